-- logged.lua: what a task logged: the first of it, as that may be much.
local format = require "gotrace.format"

local KEPT = 32 -- logs of a task
local SHOWN, BYTES = 3, 24 -- of them in a text, and of each value

local logged = {}

-- of(task): a list of { key =, value = }.
function logged.of(task)
  local all, list = task and task.logs or {}, {}
  for i = 1, math.min(#all, KEPT) do
    list[i] = { key = all[i].key, value = all[i].value }
  end
  return list
end

-- In a line, and without the parts of a character at the cut.
local function short(value)
  local text = format.line(value)
  if #text <= BYTES then
    return text
  end
  return (text:sub(1, BYTES):gsub("[\192-\255][\128-\191]*$", "")) .. "..."
end

-- text(list): "key: value; key: value"; nil: there is none.
function logged.text(list)
  local parts = {}
  for i = 1, math.min(#list, SHOWN) do
    local key = list[i].key
    parts[i] = (key ~= "" and short(key) .. ": " or "") .. short(list[i].value)
  end
  if #list > SHOWN then
    parts[#parts + 1] = "..."
  end
  return parts[1] and table.concat(parts, "; ")
end

return logged
