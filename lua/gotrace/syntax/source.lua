-- source.lua: a script's text as tokens, with the functions in it: what can be
-- said of a script without running it. Whoever asks has a text that LuaJIT has
-- compiled, so nothing is judged here.
--
-- A source is { text, tokens, inside = what each token stands in: "(", "{", "["
-- or a word that opens a block; functions }. A function is
--   path            "on.GoBlock", "f", "t:f"; nil where it has no name
--   is_local        whether the name is a local's
--   params          names; params_at = the numbers of their tokens
--   head, first, last  numbers of tokens: `function`, and the body's
--   line            of `function`
local lexer = require "gotrace.syntax.lexer"

local Source = {}
Source.__index = Source

-- What ends what, by what begins it; of loops do counts.
local opens = { ["("] = true, ["{"] = true, ["["] = true, ["function"] = true,
  ["do"] = true, ["if"] = true, ["repeat"] = true }
local closes = { [")"] = true, ["}"] = true, ["]"] = true, ["end"] = true,
  ["until"] = true }

local function is_sign(token, text)
  return token ~= nil and token.text == text and token.kind ~= "string"
end

local function is_name(token, text)
  return token ~= nil and token.kind == "name" and
    (text == nil or token.text == text)
end

-- Whether token i has this text and is no string.
function Source:is(i, text)
  return is_sign(self.tokens[i], text)
end

-- The line that token i stands in.
function Source:line_of(i)
  local line, at, starts = 1, self.tokens[i].at, self.starts
  while starts[line + 1] and starts[line + 1] <= at do
    line = line + 1
  end
  return line
end

-- Where each line of a text begins.
local function line_starts(text)
  local starts = { 1 }
  for behind in text:gmatch "\n()" do
    starts[#starts + 1] = behind
  end
  return starts
end

-- The name that ends at token i: `on.GoBlock` from its first token on.
local function path_before(source, i)
  local tokens, first = source.tokens, i
  while is_name(tokens[first]) and (source:is(first - 1, ".") or
    source:is(first - 1, ":")) and is_name(tokens[first - 2]) do
    first = first - 2
  end
  return first
end

local function text_between(source, first, last)
  local parts = {}
  for i = first, last do
    parts[#parts + 1] = source.tokens[i].text
  end
  return table.concat(parts)
end

-- NAME = function: where the name stands before its sign of equality.
local function assigned(source, head)
  if source:is(head - 1, "=") and is_name(source.tokens[head - 2]) then
    local first = path_before(source, head - 2)
    if not source:is(first - 1, ",") and source.inside[first] ~= "{" then
      return first, head - 2
    end
  end
end

local function name_of(source, head)
  local open = head + 1
  while source.tokens[open] and not source:is(open, "(") do
    open = open + 1
  end
  local first, last, before = head + 1, open - 1, head - 1
  if open == head + 1 then
    first, last = assigned(source, head)
    before = first and first - 1
  end
  if not first then
    return nil, false, open
  end
  return text_between(source, first, last), source:is(before, "local"), open
end

local function read_function(source, head)
  local path, is_local, open = name_of(source, head)
  local fn = { path = path, is_local = is_local, head = head,
    params = {}, params_at = {}, line = source:line_of(head) }
  local i = open + 1
  while source.tokens[i] and not source:is(i, ")") do
    if not source:is(i, ",") then
      fn.params[#fn.params + 1] = source.tokens[i].text
      fn.params_at[i] = true
    end
    i = i + 1
  end
  fn.first = i + 1
  return fn
end

-- of(text): the source of a script, or nil if it is none.
local function of(text)
  local tokens = lexer.tokens(text)
  if not tokens then
    return nil
  end
  local source = setmetatable({ text = text, tokens = tokens, inside = {},
    functions = {}, starts = line_starts(text) }, Source)
  local stack = {}
  for i, token in ipairs(tokens) do
    local sign = token.kind ~= "string" and token.text
    if closes[sign] and #stack > 0 then
      local opener = table.remove(stack)
      if opener.fn then
        opener.fn.last = i - 1
      end
    end
    source.inside[i] = stack[#stack] and stack[#stack].sign
    if opens[sign] then
      local fn = sign == "function" and read_function(source, i) or nil
      stack[#stack + 1] = { sign = sign, fn = fn }
      source.functions[#source.functions + 1] = fn
    end
  end
  return #stack == 0 and source or nil
end

-- Whether token i is a variable of that name, and no field or key.
function Source:is_variable(i, name)
  return is_name(self.tokens[i], name) and not self:is(i - 1, ".") and
    not self:is(i - 1, ":") and
    not (self.inside[i] == "{" and self:is(i + 1, "="))
end

local function is_param(source, i)
  for _, fn in ipairs(source.functions) do
    if fn.params_at[i] then
      return true
    end
  end
  return false
end

-- Whether a variable at token i gets a value there, or may: in a list outside of
-- brackets each is taken for one that does. What is in it may change.
function Source:is_set(i)
  local before, behind = self.tokens[i - 1], self.tokens[i + 1]
  if self:is(i + 1, ".") or self:is(i + 1, "[") or self:is(i + 1, ":") then
    return false
  end
  local bracket = self.inside[i] == "(" or self.inside[i] == "{"
  return is_sign(behind, "=") or is_sign(before, "local") or
    is_sign(before, "for") or
    is_sign(before, "function") and is_sign(behind, "(") or
    not bracket and (is_sign(behind, ",") or is_sign(before, ",")) or
    is_param(self, i)
end

-- sets(name, first, last, but): whether the variable is set from token `first`
-- to `last`, other than at token `but`.
function Source:sets(name, first, last, but)
  for i = first, last do
    if i ~= but and self:is_variable(i, name) and self:is_set(i) then
      return true
    end
  end
  return false
end

return { of = of }
