-- comparison.lua: comparisons of a variable's fields with literals and with names
-- in a source: ev.reason == "sync", "sync" ~= ev.reason, ev.reason == sync, and
-- the same of a local that is nothing but the field. Only what is certain: where another operator could have
-- a part in it there is none.

-- Signs that may bind one side of a comparison before it does, or compare again.
local binding = {}
for sign in ([[.. + - * / % ^ # not == ~= < > <= >=]]):gmatch "%S+" do
  binding[sign] = true
end

-- What goes on with a value: a call, an index, a method.
local goes_on = { ["."] = true, [":"] = true, ["["] = true, ["("] = true,
  ["{"] = true }

local function sign(source, i)
  local token = source.tokens[i]
  return token and token.kind ~= "string" and token.text
end

local function is_string(source, i)
  local token = source.tokens[i]
  return token ~= nil and token.kind == "string"
end

local function is_literal(source, i)
  local token = source.tokens[i]
  return token ~= nil and token.value ~= nil and
    (token.kind == "string" or token.kind == "number")
end

-- A name that stands for whatever it does.
local function is_name(source, i)
  local token = source.tokens[i]
  return token ~= nil and token.kind == "name" and
    source:is_variable(i, token.text)
end

local function compares(source, i)
  local text = sign(source, i)
  return text == "==" or text == "~="
end

-- Whether what stands up to token i is a value by itself.
local function ends(source, i)
  local text = sign(source, i + 1)
  return not (binding[text] or goes_on[text] or is_string(source, i + 1))
end

-- The number of the literal, or name, that tokens first to last are compared
-- with.
local function compared_with(source, first, last)
  local function is_other(i)
    return is_literal(source, i) or is_name(source, i)
  end
  if compares(source, last + 1) and is_other(last + 2) then
    local alone = not binding[sign(source, first - 1)]
    return alone and ends(source, last + 2) and last + 2 or nil
  elseif compares(source, first - 1) and is_other(first - 2) then
    local alone = not binding[sign(source, first - 3)]
    return alone and ends(source, last) and first - 2 or nil
  end
end

-- The field's name and where it ends if NAME.FIELD or NAME["FIELD"] begins at i.
local function field_at(source, i, name)
  local tokens = source.tokens
  if not source:is_variable(i, name) then
    return nil
  elseif sign(source, i + 1) == "." then
    return tokens[i + 2].text, i + 2
  elseif sign(source, i + 1) == "[" and is_string(source, i + 2) and
    sign(source, i + 3) == "]" then
    return tokens[i + 2].value, i + 3
  end
end

local function add(list, source, field, at)
  if at then
    local token = source.tokens[at]
    list[#list + 1] = { field = field, value = token.value, at = at,
      name = token.kind == "name" and token.text or nil }
  end
end

-- local NAME = ev.FIELD, and nothing behind it.
local function is_alias(source, first, last)
  local behind = sign(source, last + 1)
  return sign(source, first - 1) == "=" and
    sign(source, first - 3) == "local" and ends(source, last) and
    behind ~= "," and behind ~= "and" and behind ~= "or"
end

-- Those of a local, made at token `at`, that is the field from there on.
local function add_alias(list, source, field, at, fn)
  local name = source.tokens[at].text
  if source:sets(name, fn.first, fn.last, at) then
    return
  end
  for i = at + 1, fn.last do
    if source:is_variable(i, name) then
      add(list, source, field, compared_with(source, i, i))
    end
  end
end

-- of(source, fn): comparisons of fields of a function's first parameter:
-- { field =, value =, at = the token, name = where it is no literal }.
local function of(source, fn)
  local list, name = {}, fn.params[1]
  if not name or name == "..." or source:sets(name, fn.first, fn.last) then
    return list
  end
  for i = fn.first, fn.last do
    local field, last = field_at(source, i, name)
    if field then
      add(list, source, field, compared_with(source, i, last))
    end
    if field and is_alias(source, i, last) then
      add_alias(list, source, field, i - 2, fn)
    end
  end
  return list
end

return { of = of }
