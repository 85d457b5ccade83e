-- A walk through a workspace in a headless Neovim: what each feature shows, step by step, written to TRANSCRIPT as text.
-- Environment: SERVER (a JSON list: the command), ROOT, TRANSCRIPT, STEPS (a JSON list, see test_tour.py).
local out = {}
local new = vim.fn.has("nvim-0.11") == 1

local function say(...)
  table.insert(out, table.concat({ ... }, " "))
end

local function write()
  local file = assert(io.open(vim.env.TRANSCRIPT, "w"))
  file:write(table.concat(out, "\n") .. "\n")
  file:close()
end

local function until_true(what, holds)
  assert(vim.wait(20000, holds, 20), "waited in vain: " .. what)
end

local function relative(name)
  name = vim.uri_to_fname(name:find("^file:") and name or vim.uri_from_fname(name))
  return (name:gsub("^" .. vim.pesc(vim.env.ROOT) .. "/", ""))
end

local client
local function attach(buffer)
  local config = { name = "eventlens", cmd = vim.fn.json_decode(vim.env.SERVER), root_dir = vim.env.ROOT }
  if not client then
    local id = vim.lsp.start and vim.lsp.start(config, { bufnr = buffer }) or vim.lsp.start_client(config)
    client = vim.lsp.get_client_by_id(id)
  end
  if not vim.lsp.buf_is_attached(buffer, client.id) then vim.lsp.buf_attach_client(buffer, client.id) end
  until_true("initialized", function() return client.initialized end)
end

local function ask(method, params, buffer)
  local answer, problem
  if new then answer, problem = client:request_sync(method, params, 10000, buffer)
  else answer, problem = client.request_sync(method, params, 10000, buffer) end
  assert(answer and not answer.err, method .. ": " .. vim.inspect(problem or answer))
  return answer.result
end

local function here()
  return vim.lsp.util.make_position_params(0, client.offset_encoding)
end

local function line_of(uri, number)
  local buffer = vim.uri_to_bufnr(uri)
  vim.fn.bufload(buffer)
  return vim.trim(vim.api.nvim_buf_get_lines(buffer, number, number + 1, false)[1] or "")
end

local function say_places(found)
  if found and found.range then found = { found } end
  for _, place in ipairs(found or {}) do
    local uri, range = place.uri or place.targetUri, place.range or place.targetSelectionRange
    say("  ", relative(uri) .. ":" .. range.start.line + 1, "|", line_of(uri, range.start.line))
  end
  if not found or #found == 0 then say("   (nothing)") end
end

local function say_diagnostics(buffer)
  local all = vim.diagnostic.get(buffer)
  table.sort(all, function(a, b) return a.lnum < b.lnum or (a.lnum == b.lnum and a.message < b.message) end)
  for _, d in ipairs(all) do
    say("  ", d.lnum + 1 .. ":" .. d.col + 1, vim.diagnostic.severity[d.severity], d.code, "|", (d.message:gsub("\n.*", "")))
  end
  if #all == 0 then say("   (none)") end
end

local steps = {}

function steps.open(step)
  vim.cmd("edit " .. vim.fn.fnameescape(vim.env.ROOT .. "/" .. step.file))
  attach(vim.api.nvim_get_current_buf())
  say("$ nvim", step.file)
end

function steps.go(step)
  assert(vim.fn.search("\\V" .. vim.fn.escape(step.to, "\\"), "cw") > 0, "no " .. step.to .. " in the file")
  say("  the cursor is on", step.to, "in line", vim.fn.line("."))
end

function steps.diagnostics()
  local buffer = vim.api.nvim_get_current_buf()
  ask("workspace/symbol", { query = "#" }, buffer)  -- answered when the whole workspace is known
  until_true("diagnostics", function() return #vim.diagnostic.get(buffer) > 0 end)
  say_diagnostics(buffer)
end

function steps.no_diagnostic(step)
  local buffer = vim.api.nvim_get_current_buf()
  until_true(step.code .. " gone", function()
    for _, d in ipairs(vim.diagnostic.get(buffer)) do if d.code == step.code then return false end end
    return true
  end)
  say_diagnostics(buffer)
end

function steps.hover()
  vim.lsp.buf.hover()
  local window
  until_true("hover", function()
    for _, one in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(one).relative ~= "" then window = one; return true end
    end
  end)
  for _, line in ipairs(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)) do
    say("   |", (line:gsub("%(<?file://[^)]*%)", "")))
  end
  vim.api.nvim_win_close(window, true)
end

function steps.jump(step)
  say_places(ask("textDocument/" .. step.to, here(), 0))
end

function steps.references()
  vim.fn.setqflist({})
  vim.lsp.buf.references()
  until_true("references", function() return #vim.fn.getqflist() > 0 end)
  for _, item in ipairs(vim.fn.getqflist()) do
    say("  ", relative(vim.api.nvim_buf_get_name(item.bufnr)) .. ":" .. item.lnum, "|", vim.trim(item.text))
  end
  vim.cmd("cclose")
end

function steps.highlight()
  for _, one in ipairs(ask("textDocument/documentHighlight", here(), 0) or {}) do
    say("   line", one.range.start.line + 1, one.kind == 3 and "write" or "read")
  end
end

function steps.lenses()
  local buffer = vim.api.nvim_get_current_buf()
  vim.lsp.codelens.refresh(new and { bufnr = buffer } or nil)
  local found
  until_true("lenses", function()
    found = vim.lsp.codelens.get(new and { bufnr = buffer } or buffer)
    return #found > 0
  end)
  for _, one in ipairs(found) do
    one = one.lens or one
    say("   line", one.range.start.line + 1, "|", one.command and one.command.title or "?")
  end
end

-- The way of a person: `vim.lsp.codelens.run()` on the lens's line, and a choice where there are several. Neovim 0.7 cannot be sent to a
-- place; there the place is told.
function steps.follow(step)
  local select, from = vim.ui.select, vim.api.nvim_buf_get_name(0)
  vim.ui.select = function(items, options, done)
    for at, item in ipairs(items) do
      if options.format_item(item):find(step.title, 1, true) then return done(item, at) end
    end
    error("no lens " .. step.title)
  end
  vim.cmd("messages clear")
  vim.lsp.codelens.run()
  local told
  until_true("another file", function()
    told = vim.fn.execute("messages"):match("%[eventlens%].* (%S+:%d+)")
    return told or vim.api.nvim_buf_get_name(0) ~= from
  end)
  vim.ui.select = select
  say("   leads to", told or relative(vim.api.nvim_buf_get_name(0)) .. ":" .. vim.fn.line("."))
  vim.cmd("edit " .. vim.fn.fnameescape(from))
end

function steps.hints()
  local last = vim.fn.line("$")
  local params = { textDocument = vim.lsp.util.make_text_document_params(0) }
  params.range = { start = { line = 0, character = 0 }, ["end"] = { line = last, character = 0 } }
  for _, one in ipairs(ask("textDocument/inlayHint", params, 0) or {}) do
    local label = type(one.label) == "string" and one.label or one.label[1].value
    say("   line", one.position.line + 1, "|", label)
  end
end

function steps.symbols(step)
  local found = step.query and ask("workspace/symbol", { query = step.query }, 0)
    or ask("textDocument/documentSymbol", { textDocument = vim.lsp.util.make_text_document_params(0) }, 0)
  for _, one in ipairs(found or {}) do
    local where = one.location and relative(one.location.uri) .. ":" .. one.location.range.start.line + 1
      or "line " .. one.range.start.line + 1
    say("  ", one.name, "|", where)
  end
end

function steps.calls(step)
  for _, item in ipairs(ask("textDocument/prepareCallHierarchy", here(), 0) or {}) do
    say("  ", item.name, "|", relative(item.uri) .. ":" .. item.selectionRange.start.line + 1)
    local method = step.direction == "from" and "incomingCalls" or "outgoingCalls"
    for _, call in ipairs(ask("callHierarchy/" .. method, { item = item }, 0) or {}) do
      local other = call.from or call.to
      say("    ", step.direction == "from" and "<-" or "->", other.name, "|", relative(other.uri) .. ":" .. other.selectionRange.start.line + 1)
    end
  end
end

function steps.complete(step)
  local found = ask("textDocument/completion", here(), 0)
  for _, one in ipairs(found and (found.items or found) or {}) do
    say("  ", one.label, one.detail and "| " .. one.detail or "")
  end
  assert(step)
end

-- The way of a person: `vim.lsp.buf.code_action()`, and a choice from the list.
function steps.fix(step)
  local before = {}
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do before[buffer] = vim.api.nvim_buf_get_changedtick(buffer) end
  local original = vim.ui.select
  local chosen
  vim.ui.select = function(items, options, done)
    for at, item in ipairs(items) do
      local action = item.action or item[2]
      say("  ", at .. ".", action.title)
      if action.title:find(step.title, 1, true) then chosen = { item, at } end
    end
    assert(chosen, "no " .. step.title)
    done(chosen[1], chosen[2])
    assert(options)
  end
  local ticks = vim.api.nvim_buf_get_changedtick(0)
  vim.lsp.buf.code_action()
  until_true("the edit", function() return vim.api.nvim_buf_get_changedtick(0) ~= ticks end)
  vim.ui.select = original
  say("   chosen:", step.title)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.api.nvim_buf_get_name(buffer)
    if name ~= "" and before[buffer] ~= vim.api.nvim_buf_get_changedtick(buffer) and vim.bo[buffer].modified then
      say("   changed:", relative(name))
    end
  end
end

-- The way of a person: `vim.lsp.buf.rename()`, and a new name typed at its question. What Neovim says instead is kept.
function steps.rename(step)
  local ask, tell, told = vim.ui.input, vim.notify, nil
  local default
  vim.ui.input = function(options, done)
    default = options.default
    done(step.name)
  end
  vim.notify = function(message) told = message end
  vim.cmd("messages clear")
  local ticks = vim.api.nvim_buf_get_changedtick(0)
  vim.lsp.buf.rename()
  until_true("the rename", function()
    told = told or vim.fn.execute("messages"):match("%S.*")
    return told or vim.api.nvim_buf_get_changedtick(0) ~= ticks
  end)
  vim.ui.input, vim.notify = ask, tell
  say("   asked with:", default or "(nothing)")
  if vim.api.nvim_buf_get_changedtick(0) == ticks then say("   told:", (told:gsub("\n", " "))) end
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.bo[buffer].modified then say("   changed:", relative(vim.api.nvim_buf_get_name(buffer))) end
  end
end

function steps.save()
  vim.cmd("wall")
end

function steps.show(step)
  for number, text in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    if text:find(step.text, 1, true) then say("  ", number .. ":", vim.trim(text)) end
  end
end

local ok, problem = xpcall(function()
  vim.o.swapfile, vim.o.hidden = false, true
  for _, step in ipairs(vim.fn.json_decode(vim.env.STEPS)) do
    if step.title_line then say("", "# " .. step.title_line) end
    steps[step.step](step)
  end
end, debug.traceback)
if not ok then say("FAILED: " .. problem) end
write()
if client then vim.lsp.stop_client(client.id) end
vim.cmd(ok and "qa!" or "cq 1")
