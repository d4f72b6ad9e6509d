-- yaml.lua: a document of YAML as a tree of nodes that know their places.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local host = require "gotrace.engine.host"

ffi.cdef(host.file "src/yaml/document.h")

-- What people write by hand has less.
local BYTES, NODES = 2 ^ 20, 10000

local kinds = {
  [tonumber(C.GOTRACE_YAML_SCALAR)] = "scalar",
  [tonumber(C.GOTRACE_YAML_MAP)] = "map",
  [tonumber(C.GOTRACE_YAML_LIST)] = "list",
}

-- What reads one document.
local function new_reader(name, most)
  return { name = name, diag = ffi.new "gotrace_diag",
    raw = ffi.new "gotrace_yaml_node", nodes = 0, most = most or NODES }
end

-- The text of a scalar. Of bytes, its characters are U+0000 to U+00FF.
local function text_of(raw)
  local text = ffi.string(raw.text, raw.len)
  return raw.bytes and text:gsub("([\194\195])([\128-\191])", function(a, b)
    return string.char((a:byte() - 194) * 64 + b:byte())
  end) or text
end

-- The next node without what is in it; nil: the end of what holds it, or of all.
local function next_node(r)
  local raw = r.raw
  C.gotrace_yaml_next(r.yaml, raw)
  local kind = kinds[raw.kind]
  r.nodes = r.nodes + 1
  return kind and r.nodes <= r.most and {
    kind = kind,
    text = kind == "scalar" and text_of(raw) or nil,
    null = raw.null,
    place = ("%s:%d:%d"):format(r.name, tonumber(raw.line),
      tonumber(raw.column)),
  } or nil
end

local read_node

-- The nodes inside a list, or keys and values of a map in turn.
local function read_inside(r, node)
  for inner in read_node, r do
    node[#node + 1] = inner
  end
end

function read_node(r)
  local node = next_node(r)
  if node and node.kind ~= "scalar" then
    read_inside(r, node)
  end
  return node
end

local function read_all(r)
  local tree = read_node(r)
  if r.nodes > r.most then
    return nil, ("%s: more than %d words and lists"):format(r.name, r.most)
  elseif C.gotrace_yaml_status(r.yaml) ~= C.GOTRACE_OK then
    return nil, r.diag
  end
  return tree or { kind = "scalar", text = "", null = true,
    place = r.name .. ":1:1" }
end

local function close_after(r, tree, ...)
  C.gotrace_yaml_close(r.yaml)
  return tree, ...
end

-- read(path, text, bytes, nodes): the document of a file, or of text that has that name: a node
-- { kind = "scalar", "map" or "list", text = of a scalar, null = whether it is
-- none, place = "path:line:column" }. In a list are its nodes, in a map key, value,
-- key, value. It has no more bytes and nodes than that, or than a recipe may. Nil and what
-- is wrong if it is none: a message, or a gotrace_diag.
local function read(path, text, bytes, nodes)
  local r, out = new_reader(path, nodes), ffi.new "gotrace_yaml *[1]"
  local status
  if text then
    status = C.gotrace_yaml_open_text(out, text, #text, path, r.diag)
  else
    status = C.gotrace_yaml_open(out, path, bytes or BYTES, r.diag)
  end
  if status ~= C.GOTRACE_OK then
    return nil, r.diag
  end
  r.yaml = out[0]
  return close_after(r, read_all(r))
end

return { read = read }
