-- expression.lua: what an expression says: Lua's, and what people who come from
-- elsewhere write (!= && || !x, 5ms, x in { ... }), as a tree.
--
-- A node is { op =, first =, last = its bytes in the text } and
--   constant   value =, text = Lua's
--   name       name =
--   index      [1] of what, [2] the key
--   call       [1] the function, [2] ... its arguments
--   method     [1] of what, name =, [2] ... its arguments
--   binary     sign =, [1], [2]        and or == ~= < <= > >= .. + - * / % ^
--   unary      sign =, [1]             not # -
--   in         [1] in [2]
--   group      [1] in brackets
--   table      [i] values, keys = { [i] = a node, if it has one }
--   raw        text =: a function, and what stands for several values
-- This is syntax alone: what names there are, and whether words make sense, is
-- for others.
local duration = require "gotrace.syntax.duration"
local lexer = require "gotrace.syntax.lexer"

local DEEPEST = 150 -- brackets in brackets; LuaJIT takes 200

-- As Lua writes what others write otherwise.
local lua_sign = { ["!="] = "~=", ["&&"] = "and", ["||"] = "or", ["!"] = "not" }

-- How strongly operators bind, to the left and to the right of them.
local binds = {
  ["or"] = { 1, 1 }, ["and"] = { 2, 2 },
  ["<"] = { 3, 3 }, [">"] = { 3, 3 }, ["<="] = { 3, 3 }, [">="] = { 3, 3 },
  ["=="] = { 3, 3 }, ["~="] = { 3, 3 }, ["in"] = { 3, 3 },
  [".."] = { 5, 4 }, ["+"] = { 6, 6 }, ["-"] = { 6, 6 },
  ["*"] = { 7, 7 }, ["/"] = { 7, 7 }, ["%"] = { 7, 7 }, ["^"] = { 10, 9 },
}
local UNARY = 8
local is_unary = { ["not"] = true, ["-"] = true, ["#"] = true }

-- What other languages have and Lua writes in another way.
local instead = {
  ["="] = "= sets a variable; == compares",
  ["?"] = "a ? b : c is a and b or c here",
  ["??"] = "a ?? b is a or b here",
  ["&"] = "bits are bit.band(a, b) here, and what holds both is a and b",
  ["|"] = "bits are bit.bor(a, b) here, and one of two is a or b",
  ["<<"] = "shifts are bit.lshift(a, n) here",
  [">>"] = "shifts are bit.rshift(a, n) here",
  ["//"] = "whole numbers are math.floor(a / b) here",
  ["~"] = "not equal is ~= or != here, and a pattern is x:find \"...\"",
  ["`"] = "strings are in quotes: \"sync\"",
  ["=~"] = "a pattern is asked for with x:find \"...\"",
  ["!~"] = "that a pattern is not found is not x:find \"...\"",
  ["==="] = "equal is == here",
  ["!=="] = "not equal is ~= or != here",
  ["<>"] = "not equal is ~= or != here",
  ["=>"] = "at least is >= here",
  ["=<"] = "at most is <= here",
  [";"] = "expressions are separated by commas, and none ends with ;",
  [":="] = "an expression sets no variable; == compares",
}

-- A parser is { text, tokens, i = the next token, depth }.

local function wrong(p, message, token)
  error({ message = message, at = token and token.at or #p.text + 1 }, 0)
end

local function peek(p)
  return p.tokens[p.i]
end

local function sign_of(token)
  if token and (token.kind == "op" or token.kind == "keyword") then
    return lua_sign[token.text] or token.text
  end
end

local function is_next(p, sign)
  return sign_of(peek(p)) == sign
end

local function next_token(p)
  local token = peek(p)
  p.i = p.i + 1
  return token
end

local function shown(token)
  return token and ("'%s'"):format(token.text) or "the end"
end

-- What is meant by a word where none can be.
local function word_hint(token, before)
  local word, small = token.text, token.text:lower()
  if before and before.kind == "number" and duration.units[word] then
    return ("a duration is one word: %s%s"):format(before.text, word)
  elseif word ~= small and binds[small] then
    return ("%s is written in small letters"):format(small)
  elseif word == "function" then
    return "the function of a frame is called func"
  elseif token.kind == "keyword" and not binds[word] and word ~= "not" then
    return ("an expression is wanted, and %s is for the scripts of -e")
      :format(word)
  end
end

local function unexpected(p, token, wanted)
  local hint = token and token.kind == "op" and instead[token.text] or
    token and token.kind ~= "op" and word_hint(token, p.tokens[p.i - 1])
  if hint then
    wrong(p, hint, token)
  end
  wrong(p, ("%s expected near %s"):format(wanted, shown(token)), token)
end

local function expect(p, sign)
  if not is_next(p, sign) then
    unexpected(p, peek(p), ("'%s'"):format(sign))
  end
  return next_token(p)
end

-- The node from token number `first` on to the one that was read last.
local function finish(p, node, first)
  local last = p.tokens[p.i - 1]
  node.first, node.last = p.tokens[first].at, last.at + #last.text - 1
  return node
end

local expression

local function deeper(p, read, ...)
  p.depth = p.depth + 1
  if p.depth > DEEPEST then
    wrong(p, "it is nested too deeply", peek(p))
  end
  local node = read(p, ...)
  p.depth = p.depth - 1
  return node
end

-- Expressions up to a bracket, behind what is in `list` already.
local function arguments(p, closing, list)
  while not is_next(p, closing) do
    list[#list + 1] = deeper(p, expression, 0)
    if not is_next(p, closing) then
      expect(p, ",")
    end
  end
  next_token(p)
  return list
end

local function constant(token)
  return { op = "constant", value = token.value, text = token.text }
end

local function number(p, token)
  if token.value ~= nil then
    return constant(token)
  end
  local ns = duration.parse(token.text)
  if not ns then
    wrong(p, ("%s is no number and no duration such as 5ms"):format(
      token.text), token)
  end
  return { op = "constant", value = ns, text = ("%.17g"):format(ns),
    duration = true }
end

-- The key of a field in a table, or nil: NAME = or [EXPR] =.
local function table_key(p)
  local token, behind = peek(p), p.tokens[p.i + 1]
  if token and token.kind == "name" and sign_of(behind) == "=" then
    p.i = p.i + 2
    return { op = "constant", value = token.text,
      text = ("%q"):format(token.text) }
  elseif is_next(p, "[") then
    next_token(p)
    local key = deeper(p, expression, 0)
    expect(p, "]")
    expect(p, "=")
    return key
  end
end

local function table_of(p)
  local node = { op = "table", keys = {} }
  while not is_next(p, "}") do
    local key = table_key(p)
    node[#node + 1] = deeper(p, expression, 0)
    node.keys[#node] = key
    if not (is_next(p, "}") or is_next(p, ";")) then
      expect(p, ",")
    elseif is_next(p, ";") then
      next_token(p)
    end
  end
  next_token(p)
  return node
end

-- What begins a block that `end` closes; of a loop only its do counts.
local opens = { ["function"] = true, ["do"] = true, ["if"] = true }

local function lua_text(p, token)
  if token.kind == "number" then
    return number(p, token).text
  end
  return sign_of(token) or token.text
end

-- A function is Lua's business: its tokens as they are.
local function function_of(p, token)
  local parts, open = { token.text }, 1
  while open > 0 do
    local inner = next_token(p)
    if not inner then
      wrong(p, "'end' expected near the end")
    end
    parts[#parts + 1] = lua_text(p, inner)
    local keyword = inner.kind == "keyword" and inner.text
    open = open + (opens[keyword] and 1 or 0) - (keyword == "end" and 1 or 0)
  end
  return { op = "raw", text = table.concat(parts, " ") }
end

local LIST = "a list is in braces: in {1, 2}"
local literal = { ["nil"] = true, ["true"] = true, ["false"] = true }
local values = { ["true"] = true, ["false"] = false }

-- What stands by itself.
local function primary(p)
  local first, token = p.i, next_token(p)
  local sign = sign_of(token)
  if not token then
    unexpected(p, nil, "an expression")
  elseif token.kind == "number" then
    return finish(p, number(p, token), first)
  elseif token.kind == "string" then
    return finish(p, constant(token), first)
  elseif token.kind == "name" then
    return finish(p, { op = "name", name = token.text }, first)
  elseif literal[sign] then
    return finish(p, { op = "constant", value = values[sign], text = sign },
      first)
  elseif sign == "..." then
    return finish(p, { op = "raw", text = "..." }, first)
  elseif sign == "function" then
    return finish(p, function_of(p, token), first)
  elseif sign == "{" then
    return finish(p, table_of(p), first)
  elseif sign == "(" then
    local inner = deeper(p, expression, 0)
    if is_next(p, ",") and sign_of(p.tokens[first - 1]) == "in" then
      wrong(p, LIST, token)
    end
    expect(p, ")")
    return finish(p, { op = "group", inner }, first)
  elseif sign == "[" and sign_of(p.tokens[first - 1]) == "in" then
    wrong(p, LIST, token)
  end
  p.i = first
  unexpected(p, token, "an expression")
end

-- The arguments of a call behind list[1], or nil if none begin here.
local function call_arguments(p, list)
  local token = peek(p)
  if is_next(p, "(") then
    next_token(p)
    return arguments(p, ")", list)
  elseif token and token.kind == "string" or is_next(p, "{") then
    list[#list + 1] = primary(p)
    return list
  end
end

local function name_of(p)
  local token = next_token(p)
  if not token or token.kind ~= "name" then
    p.i = p.i - 1
    unexpected(p, token, "a name")
  end
  return token.text
end

-- What one suffix makes of a node; nil where there is none.
local function suffix(p, node)
  if is_next(p, ".") then
    next_token(p)
    local name = name_of(p)
    return { op = "index", node, { op = "constant", value = name,
      text = ("%q"):format(name) } }
  elseif is_next(p, "[") then
    next_token(p)
    local key = deeper(p, expression, 0)
    expect(p, "]")
    return { op = "index", node, key }
  elseif is_next(p, ":") then
    next_token(p)
    local name = name_of(p)
    return call_arguments(p, { op = "method", name = name, node }) or
      unexpected(p, peek(p), "'('")
  end
  return call_arguments(p, { op = "call", node })
end

-- Only what may be called or indexed in Lua takes a suffix.
local takes_suffix = { name = true, group = true, index = true, call = true,
  method = true }

local function suffixed(p)
  local first, node = p.i, primary(p)
  while takes_suffix[node.op] do
    local more = suffix(p, node)
    if not more then
      break
    end
    node = finish(p, more, first)
  end
  return node
end

local function unary(p)
  local first, sign = p.i, sign_of(peek(p))
  if not is_unary[sign] then
    return suffixed(p)
  end
  next_token(p)
  local node = deeper(p, expression, UNARY)
  if sign == "not" and is_next(p, "in") then -- not (x in list)
    next_token(p)
    node = finish(p, { op = "in", node, deeper(p, expression, binds["in"][2]) },
      first)
  end
  return finish(p, { op = "unary", sign = sign, node }, first)
end

-- The operator that comes next, and of how many tokens: "in" and "not in".
local function operator(p)
  local sign = sign_of(peek(p))
  if sign == "not" and sign_of(p.tokens[p.i + 1]) == "in" then
    return "in", 2
  end
  return binds[sign] and sign, 1
end

-- limit: operators that bind no more strongly than this are left.
function expression(p, limit)
  local first, node = p.i, unary(p)
  local sign, tokens = operator(p)
  while sign and binds[sign][1] > limit do
    p.i = p.i + tokens
    local right = deeper(p, expression, binds[sign][2])
    if sign == "in" then
      node = finish(p, { op = "in", node, right }, first)
      node = tokens == 1 and node or
        finish(p, { op = "unary", sign = "not", node }, first)
    else
      node = finish(p, { op = "binary", sign = sign, node, right }, first)
    end
    sign, tokens = operator(p)
  end
  return node
end

local function read_list(p)
  local list = { expression(p, 0) }
  while is_next(p, ",") do
    next_token(p)
    list[#list + 1] = expression(p, 0)
  end
  local token = peek(p)
  if token then
    local is_value = token.kind == "name" or token.value ~= nil
    unexpected(p, token, is_value and "an operator, a comma or the end" or
      "the end")
  end
  return list
end

-- parse(text): the expressions of a list, separated by commas; or nil, what is
-- wrong, and where.
local function parse(text)
  local tokens, problem, at = lexer.tokens(text)
  if not tokens then
    return nil, problem, at
  end
  if #tokens == 0 then
    return nil, text:find "^%s*%-%-" and "-- begins a comment, and there is " ..
      "nothing else" or "it is empty", 1
  end
  local p = { text = text, tokens = tokens, i = 1, depth = 0 }
  local ok, list = pcall(read_list, p)
  if ok then
    return list
  elseif type(list) ~= "table" then
    error(list, 0)
  end
  return nil, list.message, list.at
end

return { parse = parse, duration = duration.parse }
