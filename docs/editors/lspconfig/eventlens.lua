---@brief
---
--- Eventlens: who publishes and who consumes which event, what is in it, and where a flow can lose, duplicate or loop a
--- message. It reads code and configuration of Kafka, RabbitMQ, SQS, NATS, Redis and their frameworks, across services
--- and languages.
---
--- `eventlens` can be installed via `pipx`:
---
--- ```sh
--- pipx install eventlens
--- ```

---@type vim.lsp.Config
return {
  cmd = { 'eventlens', 'serve' },
  filetypes = {
    'typescript',
    'typescriptreact',
    'javascript',
    'javascriptreact',
    'python',
    'java',
    'kotlin',
    'go',
    'cs',
    'yaml',
    'toml',
    'json',
    'jsonc',
    'terraform',
    'terraform-vars',
    'hcl',
    'jproperties',
    'env',
  },
  root_markers = { 'eventlens.toml', '.git' },
}
