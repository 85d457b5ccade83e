-- Opens FILE in a headless Neovim with the server attached, and prints as JSON what a person would see there.
-- Environment: SERVER (a JSON list: the command), ROOT, FILE, AT (a word: the cursor goes to it), REPLACE and WITH (one edit).
local seen = {}

local function finish(code)
  io.stdout:write(vim.fn.json_encode(seen) .. "\n")
  io.stdout:flush()
  local clients = vim.lsp.get_clients or vim.lsp.get_active_clients
  for _, client in ipairs(clients()) do vim.lsp.stop_client(client.id) end
  vim.wait(3000, function() return #clients() == 0 end, 20)
  seen.stopped = #clients() == 0
  vim.cmd(code == 0 and "qa!" or ("cq " .. code))
end

local function until_true(what, holds)
  assert(vim.wait(20000, holds, 20), "waited in vain: " .. what)
end

-- Neovim 0.11 has vim.lsp.start and methods; 0.8 has vim.lsp.start; 0.7 has start_client alone.
local function attach(buffer)
  local config = {
    name = "eventlens",
    cmd = vim.fn.json_decode(vim.env.SERVER),
    root_dir = vim.env.ROOT,
    on_error = function(code, problem) seen.client_error = tostring(code) .. vim.inspect(problem) end,
  }
  local id = vim.lsp.start and vim.lsp.start(config, { bufnr = buffer }) or vim.lsp.start_client(config)
  assert(id, "the server did not start")
  if not vim.lsp.buf_is_attached(buffer, id) then vim.lsp.buf_attach_client(buffer, id) end
  return vim.lsp.get_client_by_id(id)
end

local function floating_lines()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      return vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), window
    end
  end
end

local function diagnostics(buffer)
  local found = {}
  for _, d in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(found, { line = d.lnum, column = d.col, end_column = d.end_col, message = d.message, source = d.source, code = d.code })
  end
  return found
end

local ok, problem = xpcall(function()
  vim.o.swapfile = false
  vim.cmd("edit " .. vim.fn.fnameescape(vim.env.FILE))
  local buffer = vim.api.nvim_get_current_buf()
  local client = attach(buffer)
  until_true("initialized", function() return client.initialized end)
  seen.encoding = client.offset_encoding
  -- Answered when the whole workspace is known.
  local whole = { "workspace/symbol", { query = "#" }, 20000, buffer }
  assert(vim.fn.has("nvim-0.11") == 1 and client:request_sync(unpack(whole)) or client.request_sync(unpack(whole)))
  until_true("diagnostics", function() return #vim.diagnostic.get(buffer) > 0 end)
  seen.diagnostics = diagnostics(buffer)

  assert(vim.fn.search(vim.env.AT, "cw") > 0, "no " .. vim.env.AT .. " in the file")
  vim.lsp.buf.hover()
  local lines, window
  until_true("hover", function() lines, window = floating_lines(); return lines ~= nil end)
  seen.hover = lines
  vim.api.nvim_win_close(window, true)

  vim.lsp.buf.definition()
  until_true("definition", function()
    return vim.api.nvim_buf_get_name(0) ~= vim.env.FILE or #vim.fn.getqflist() > 0
  end)
  seen.definition = { file = vim.api.nvim_buf_get_name(0), line = vim.api.nvim_win_get_cursor(0)[1] }
  -- Several targets are listed in the quickfix window instead.
  seen.places = {}
  for _, item in ipairs(vim.fn.getqflist()) do
    table.insert(seen.places, { file = vim.api.nvim_buf_get_name(item.bufnr), line = item.lnum })
  end
  vim.cmd("cclose")
  vim.api.nvim_set_current_buf(buffer)

  if vim.env.REPLACE then
    local before = vim.inspect(diagnostics(buffer))
    vim.cmd("%s/\\V" .. vim.env.REPLACE .. "/" .. vim.env.WITH .. "/")
    until_true("changed diagnostics", function() return vim.inspect(diagnostics(buffer)) ~= before end)
    seen.after_edit = diagnostics(buffer)
  end
end, debug.traceback)
if not ok then seen.error = problem end
finish(ok and 0 or 1)
