-- condition.lua: what a function asks before it does anything at all: one whose
-- body is a single if without else.
local expression = require "gotrace.syntax.expression"

local opens = { ["if"] = 1, ["do"] = 1, ["function"] = 1, ["repeat"] = 1,
  ["end"] = -1, ["until"] = -1 }

-- Where its condition ends, and whether the if is the whole body.
local function extent(source, fn)
  local depth, behind = 0, nil
  for i = fn.first, fn.last do
    local token = source.tokens[i]
    local sign = token.kind == "keyword" and token.text
    depth = depth + (opens[sign] or 0)
    if depth == 0 then
      return behind, i == fn.last
    elseif depth == 1 and sign == "then" then
      behind = behind or i
    elseif depth == 1 and (sign == "else" or sign == "elseif") then
      return nil
    end
  end
end

-- The parameter is called ev, whatever it is in the script.
local function rename(node, from)
  if node.op == "name" then
    node.name = node.name == from and "ev" or "-"
  end
  for i = 1, #node do
    rename(node[i], from)
  end
end

-- of(source, fn): the tree of the condition, its parameter called ev; or nil.
local function of(source, fn)
  if not source:is(fn.first, "if") or not fn.params[1] then
    return nil
  end
  local behind, whole = extent(source, fn)
  if not (behind and whole) then
    return nil
  end
  local first, last = source.tokens[fn.first + 1], source.tokens[behind]
  local list = expression.parse(source.text:sub(first.at, last.at - 1))
  if list and #list == 1 then
    rename(list[1], fn.params[1])
    return list[1]
  end
end

return { of = of }
