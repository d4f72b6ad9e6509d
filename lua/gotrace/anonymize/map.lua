-- map.lua: what the pseudonyms of a run stand for, as a file of YAML that only its owner
-- can read; and names put back by it.
local diag = require "gotrace.engine.diag"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local yaml = require "gotrace.engine.yaml"

local HEAD = [[
# What the pseudonyms of anonymize stand for: it stays here when the trace goes.
pseudonyms:
]]
local BYTES, NODES = 2 ^ 30, 1e8 -- more than any trace's

-- Text as YAML has it in quotes. Of what is not printable ASCII the bytes are told.
local function quoted(text)
  local tag = text:find "[%c\128-\255]" and "!bytes " or ""
  return tag .. '"' .. text:gsub('[%c\128-\255"\\]', function(c)
    local is_mark = c == '"' or c == "\\"
    return is_mark and "\\" .. c or ("\\x%02x"):format(c:byte())
  end) .. '"'
end

-- New and old line numbers in turn.
local function lines_text(lines)
  local order, words = {}, {}
  for new in pairs(lines or {}) do
    order[#order + 1] = new
  end
  table.sort(order)
  for i, new in ipairs(order) do
    words[i] = ("%d, %d"):format(new, lines[new])
  end
  return #words > 0 and ", lines: [" .. table.concat(words, ", ") .. "]" or ""
end

-- "" where all is as it was.
local function entry_text(role, old, new, words)
  local lines = lines_text(role == "func" and words:lines_of(old) or nil)
  if old == new and lines == "" then
    return ""
  end
  return ("- {role: %s, new: %s, old: %s%s}\n"):format(role, quoted(new),
    quoted(old), lines)
end

-- Each once, sorted.
local function texts_of(entries, words)
  local texts, seen = {}, {}
  for role, old, new in entries:each() do
    local text = entry_text(role, old, new, words)
    if not seen[text] then
      seen[text] = true
      texts[#texts + 1] = text
    end
  end
  table.sort(texts)
  return texts
end

-- write(path, entries, words): a new file; words know the lines of functions
-- (entries.lua, pseudonyms.lua).
local function write(path, entries, words)
  local ok, why = host.write_private(path, HEAD ..
    table.concat(texts_of(entries, words)))
  if not ok then
    errors.stop(errors.status.output, "--map=%s cannot be written: %s (it " ..
      "has to be a new file in the folder of -o)", path, why)
  end
end

-- Reading

local Map = {}
local meta = {
  __metatable = false,
  __index = Map,
  __tostring = function()
    return "map"
  end,
}

-- original(role, text): what a pseudonym stands for; nil: it is none.
function Map:original(role, text)
  local of_role = self.roles[role]
  return of_role and of_role[text]
end

-- frame(frame): func, file and line that a frame had.
function Map:frame(frame)
  local lines = self.lines[frame.func]
  return {
    func = self:original("func", frame.func) or frame.func,
    file = self:original("file", frame.file) or frame.file,
    line = lines and lines[frame.line] or frame.line,
    pc = frame.pc,
  }
end

-- The longest pseudonym that a run of characters begins with, whole words of it; nil: none.
local function longest(all, most, run)
  for last = math.min(#run, most), 1, -1 do
    local old = not run:find("^[%w_][%w_]", last) and all[run:sub(1, last)]
    if old then
      return old, last
    end
  end
end

-- text(line): the same with original names in place of pseudonyms.
function Map:text(line)
  local out, done, at = {}, 1, line:find "%f[%w_]"
  while at do
    local run = line:match("^%S+", at)
    local old, size = longest(self.all, self.most, run)
    if old then
      out[#out + 1] = line:sub(done, at - 1) .. old
      done = at + size
    end
    local word = line:match("^[%w_]+", at)
    at = line:find("%f[%w_]", old and done or at + #word)
  end
  return table.concat(out) .. line:sub(done)
end

-- The values of a map's keys; nil: it is none.
local function fields_of(node)
  local fields = {}
  for i = 1, node.kind == "map" and #node or 0, 2 do
    fields[node[i].text or ""] = node[i + 1]
  end
  return fields
end

local function numbers_of(node)
  local lines = {}
  for i = 1, #node, 2 do
    local old = node[i + 1] and node[i + 1].text
    local new = tonumber(node[i].text or "")
    old = tonumber(old or "")
    if new and old then
      lines[new] = old
    end
  end
  return lines
end

local function take(map, node)
  local f = fields_of(node)
  local function text(name)
    return f[name] and f[name].text
  end
  local role, new, old = text "role", text "new", text "old"
  if not (role and new and old) then
    return false
  end
  map.roles[role] = map.roles[role] or {}
  map.roles[role][new], map.all[new] = old, old
  map.most = math.max(map.most, #new)
  map.lines[new] = f.lines and numbers_of(f.lines)
  return true
end

-- read(path): a map; or nil and what is wrong.
local function read(path)
  local tree, wrong = yaml.read(path, nil, BYTES, NODES)
  if not tree then
    return nil, type(wrong) == "string" and wrong or tostring(diag.of(wrong))
  end
  local map = { roles = {}, all = {}, lines = {}, most = 0 }
  local list = fields_of(tree).pseudonyms
  for _, node in ipairs(list and list.kind == "list" and list or { tree }) do
    if not take(map, node) then
      return nil, node.place .. ": this is no map that anonymize wrote"
    end
  end
  return setmetatable(map, meta)
end

return { write = write, read = read }
