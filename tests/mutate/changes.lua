-- The small changes that can be made to a text of C or Lua: what ./dev mutate picks
-- from. A change is { kind, at, last, with }: the bytes from `at` to `last` become
-- `with`. Its kind:
--
--   comparison   < becomes <= or >=, == becomes !=
--   logic        && becomes ||, and becomes or
--   negation     !x becomes x; if (x) becomes if (!(x))
--   arithmetic   + becomes -, ++ becomes --, << becomes >>, & becomes |
--   constant     a whole number is one more or less; true is false
--   statement    a call or an assignment is dropped, or a break, a continue
--   arguments    two neighbours change places
--
-- Only what runs is changed: no declaration, nothing that is asserted. A dropped free
-- is a leak, which the specs see under ASan only, so that none is dropped.
local tokens = require "tests.mutate.tokens"

local replaced = {
  c = {
    comparison = { ["<"] = { "<=", ">=" }, [">"] = { ">=", "<=" }, ["<="] = { "<", ">" }, [">="] = { ">", "<" },
      ["=="] = { "!=" }, ["!="] = { "==" } },
    logic = { ["&&"] = { "||" }, ["||"] = { "&&" } },
    arithmetic = { ["+"] = { "-" }, ["-"] = { "+" }, ["+="] = { "-=" }, ["-="] = { "+=" }, ["++"] = { "--" },
      ["--"] = { "++" }, ["<<"] = { ">>" }, [">>"] = { "<<" }, ["&"] = { "|" }, ["|"] = { "&" }, ["*"] = { "+" },
      ["/"] = { "*" } },
    constant = { ["true"] = { "false" }, ["false"] = { "true" } },
  },
  lua = {
    comparison = { ["<"] = { "<=", ">=" }, [">"] = { ">=", "<=" }, ["<="] = { "<", ">" }, [">="] = { ">", "<" },
      ["=="] = { "~=" }, ["~="] = { "==" } },
    logic = { ["and"] = { "or" }, ["or"] = { "and" } },
    arithmetic = { ["+"] = { "-" }, ["-"] = { "+" }, ["*"] = { "+" }, ["/"] = { "*" } },
    constant = { ["true"] = { "false" }, ["false"] = { "true" } },
  },
}

local function set(words)
  local out = {}
  for word in words:gmatch "%S+" do
    out[word] = true
  end
  return out
end

local keywords = {
  c = set [[if else for while do switch case default return goto sizeof struct union enum const static typedef break
      continue _Static_assert assert]],
  lua = set [[and break do else elseif end false for function goto if in local nil not or repeat return then true until
      while]],
}
local not_conditions = set "== != ~= < > <= >= && || and or"
local opening, closing = set "( [ {", set ") ] }"
-- What can be read as well with one operand has two here.
local either = set "+ - * &"
-- Functions that do not care which argument comes first.
local either_way = set "min max"
local assigning = set "( . -> [ = += -= *= /= %= &= |= ^= <<= >>= ++ -- :"

local Finder = {}
Finder.__index = Finder

function Finder:add(kind, first, last, with)
  local text_last = last.at + #last.text - 1
  self.found[#self.found + 1] = { kind = kind, at = first.at, last = text_last, with = with }
end

function Finder:is_keyword(token)
  return keywords[self.language][token.text] ~= nil
end

function Finder:is_word(token)
  return token ~= nil and token.kind == "name" and not self:is_keyword(token)
end

-- The index of the token that closes the one at i.
function Finder:closed(i)
  local depth = 0
  for k = i, #self.list do
    local text = self.list[k].text
    depth = depth + (opening[text] and 1 or closing[text] and -1 or 0)
    if depth == 0 then
      return k
    end
  end
end

function Finder:has_left_operand(i)
  local before = self.list[i - 1]
  return self:is_word(before) or before.kind == "number" or before.text == ")" or before.text == "]"
end

function Finder:signs(i)
  local token = self.list[i]
  if token.kind == "string" or either[token.text] and not self:has_left_operand(i) then
    return
  end
  for _, kind in ipairs { "comparison", "logic", "arithmetic", "constant" } do
    for _, with in ipairs(replaced[self.language][kind][token.text] or {}) do
      self:add(kind, token, token, with)
    end
  end
end

function Finder:number(i)
  local token = self.list[i]
  local digits, suffix = token.text:match "^(%d+)([uUlL]*)$"
  if token.kind ~= "number" or not digits or #digits > 9 then
    return
  end
  self:add("constant", token, token, ("%d%s"):format(digits + 1, suffix))
  if tonumber(digits) > 0 then
    self:add("constant", token, token, ("%d%s"):format(digits - 1, suffix))
  end
end

-- The text from one token to another, with both.
function Finder:between(first, last)
  return self.text:sub(first.at, last.at + #last.text - 1)
end

-- What stands between two tokens has a sign that is changed anyway.
function Finder:is_compared(first, last)
  for k = first, last do
    if not_conditions[self.list[k].text] then
      return true
    end
  end
  return false
end

function Finder:negation(i)
  local list, token = self.list, self.list[i]
  if token.text == "!" or token.text == "not" then
    self:add("negation", token, token, "")
  elseif self.language == "c" and (token.text == "if" or token.text == "while") then
    local last = self:closed(i + 1)
    if list[i + 2].text ~= "!" and not self:is_compared(i + 2, last - 1) then
      self:add("negation", list[i + 1], list[last], "(!" .. self:between(list[i + 1], list[last]) .. ")")
    end
  elseif token.text == "if" or token.text == "elseif" then
    self:negated_in_lua(i)
  end
end

function Finder:negated_in_lua(i)
  local list, last = self.list, i
  while list[last].text ~= "then" do
    last = last + 1
  end
  if list[i + 1].text ~= "not" and not self:is_compared(i + 1, last - 1) then
    local first, final = list[i + 1], list[last - 1]
    self:add("negation", first, final, "not (" .. self:between(first, final) .. ")")
  end
end

-- The arguments of the call whose bracket is at i, each { first, last }.
function Finder:arguments_of(i)
  local list, out, depth, first = self.list, {}, 0, i + 1
  local last = self:closed(i)
  for k = i + 1, last do
    local text = list[k].text
    if depth == 0 and (text == "," or k == last) and k > first then
      out[#out + 1] = { list[first], list[k - 1] }
      first = k + 1
    end
    depth = depth + (opening[text] and 1 or closing[text] and -1 or 0)
    if text == "function" then
      return {} -- whose commas are not these
    end
  end
  return out
end

function Finder:arguments(i)
  local list = self.list
  local callee, before = list[i - 1], list[i - 2]
  if list[i].text ~= "(" or not self:is_word(callee) or either_way[callee.text] then
    return
  end
  local is_head = before and before.text == "function"
  local all = self:arguments_of(i)
  for k = 1, is_head and 0 or #all - 1 do
    local one, other = self:between(unpack(all[k])), self:between(unpack(all[k + 1]))
    if one ~= other then
      local gap = self.text:sub(all[k][2].at + #all[k][2].text, all[k + 1][1].at - 1)
      self:add("arguments", all[k][1], all[k + 1][2], other .. gap .. one)
    end
  end
end

-- C: whether a statement begins at i.
function Finder:begins(i)
  local before = self.list[i - 1]
  return before.text == ";" or before.text == "{" or before.text == "}" or before.text == "else" or before.text == "do"
    or self.heads[i - 1] == true
end

-- The index of the semicolon that ends it.
function Finder:semicolon(i)
  local depth = 0
  for k = i, #self.list do
    local text = self.list[k].text
    if depth == 0 and text == ";" then
      return k
    end
    depth = depth + (opening[text] and 1 or closing[text] and -1 or 0)
    if depth < 0 then
      return nil
    end
  end
end

function Finder:is_dropped_in_c(i)
  local list, token = self.list, self.list[i]
  if token.text == "break" or token.text == "continue" then
    return true
  elseif token.text == "*" or token.text == "++" or token.text == "--" then
    return true
  elseif token.text == "(" then
    return list[i + 1].text == "void" and list[i + 4].text ~= ";" and not list[i + 3].text:find "free$"
  end
  return self:is_word(token) and assigning[list[i + 1].text] and not token.text:find "free$"
end

function Finder:statement_in_c(i)
  if self.parens == 0 and self:begins(i) and self:is_dropped_in_c(i) then
    local last = self:semicolon(i)
    if last then
      self:add("statement", self.list[i], self.list[last], ";")
    end
  end
end

function Finder:tokens_of_c(first, last)
  local list, i = self.list, first
  self.parens, self.heads = 0, {}
  while i <= last do
    local text = list[i].text
    if text == "assert" or text == "_Static_assert" then
      i = self:closed(i + 1) + 1
    else
      if text == "if" or text == "for" or text == "while" or text == "switch" then
        self.heads[self:closed(i + 1)] = true
      end
      self:statement_in_c(i)
      self.parens = self.parens + (text == "(" and 1 or text == ")" and -1 or 0)
      self:each(i)
    end
    i = i + 1
  end
end

function Finder:each(i)
  self:signs(i)
  self:number(i)
  self:negation(i)
  self:arguments(i)
end

-- Functions only: what stands outside are declarations and tables.
function Finder:c()
  local list, i = self.list, 1
  while i <= #list do
    if list[i].text == "{" then
      local last = self:closed(i)
      if i > 1 and list[i - 1].text == ")" then
        self:tokens_of_c(i + 1, last - 1)
      end
      i = last
    end
    i = i + 1
  end
end

-- Lua has no sign between statements: one that begins a line ends before the next that
-- is no deeper, and closes nothing that it opened.
local function lua_end(text, at, indent)
  local behind = at
  while true do
    local _, last = text:find("[^\n]*", behind)
    local spaces, opens = text:match("^\n+( *)([^\n]*)", last + 1)
    if not spaces or #spaces <= #indent and not (opens:find "^[%)%]}]" or opens:find "^end[%),]") then
      return last
    end
    behind = text:find("%S", last + 1)
  end
end

function Finder:statement_in_lua(i)
  local token, behind = self.list[i], self.list[i + 1]
  local indent = self.text:sub(1, token.at - 1):match "\n( *)$"
  if not indent or not self:is_word(token) or not assigning[behind.text] then
    return
  end
  local change = { kind = "statement", at = token.at, last = lua_end(self.text, token.at, indent), with = "" }
  local field = self.text:sub(change.last, change.last) == "," -- of a table
  if not field and loadstring(self.text:sub(1, change.at - 1) .. self.text:sub(change.last + 1)) then
    self.found[#self.found + 1] = change
  end
end

function Finder:lua()
  for i = 2, #self.list - 1 do
    self:statement_in_lua(i)
    self:each(i)
  end
end

-- changes(text, language): all of them, as they lie. language is "c" or "lua".
local function changes(text, language)
  local finder = setmetatable({ text = text, language = language, list = tokens(text, language), found = {} }, Finder)
  finder[language](finder)
  return finder.found
end

-- A generator of numbers that is the same everywhere: next(n) gives 1 to n.
local function numbers(seed)
  local state = seed * 7919 % 2147483646 + 1
  return function(n)
    state = state * 16807 % 2147483647
    return math.floor(state / 2147483647 * n) + 1
  end
end

-- pick(list, seed, count): that many of a list of changes, none twice; the same for the
-- same seed. Kinds are as likely as each other, however many there are of each.
local function pick(list, seed, count)
  local random, kinds, by_kind, out = numbers(seed), {}, {}, {}
  for _, change in ipairs(list) do
    if not by_kind[change.kind] then
      by_kind[change.kind] = {}
      kinds[#kinds + 1] = change.kind
    end
    table.insert(by_kind[change.kind], change)
  end
  while #out < count and #kinds > 0 do
    local k = random(#kinds)
    local those = by_kind[kinds[k]]
    out[#out + 1] = table.remove(those, random(#those))
    if #those == 0 then
      table.remove(kinds, k)
    end
  end
  return out
end

-- apply(text, change): the text with it.
local function apply(text, change)
  return text:sub(1, change.at - 1) .. change.with .. text:sub(change.last + 1)
end

return { changes = changes, pick = pick, apply = apply }
