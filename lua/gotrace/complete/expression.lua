-- expression.lua: what may come next in an expression of -f, -p or -a, or in the keys of
-- --by: fields, the words that a field can be, signs between them.
local agg = require("gotrace.base.lazy").of "gotrace.expression.aggregate"
local events = require "gotrace.expression.mistakes"
local functions = require("gotrace.expression.functions").functions
local lexer = require "gotrace.syntax.lexer"
local spans = require "gotrace.span.subject"
local subjects = { events.events, spans }

-- What stands behind a dot.
local members = {
  stack = { "leaf", "root", "user", "id" },
  frame = { "func", "file", "line", "pc", "pkg", "std" },
  trace = { "file" },
}
for _, name in ipairs { "leaf", "root", "user", "place" } do
  members[name] = members.frame
end
-- Behind a colon.
local methods = { stack = { "has(", "match(", "folded(" },
  text = { "find(", "match(", "sub(", "lower(", "upper(" } }

local signs = {
  number = { "==", "~=", "<", "<=", ">", ">=" }, text = { "==", "~=" },
}
local parts = { "by", "every", "top", "as" }
local joins = { "and", "or" }

local is_quote = { ['"'] = true, ["'"] = true }

-- Where the text of a string begins that is not closed, and its quote; nil: there is none.
local function open_string(text)
  local quote, begins
  local at = 1
  while at <= #text do
    local sign = text:sub(at, at)
    if quote and sign == "\\" then
      at = at + 1
    elseif sign == quote then
      quote = nil
    elseif not quote and is_quote[sign] then
      quote, begins = sign, at + 1
    end
    at = at + 1
  end
  return quote and begins, quote
end

-- The kind of a field, of whatever has it.
local function kind_of(name)
  return events.events.kind_of[name] or spans.kind_of[name]
end

-- Which of the two the tokens so far can only be about; nil: both.
local function subject_of(tokens, asked)
  for _, token in ipairs(tokens) do
    local name = token.kind == "name" and token.text
    local of_events = name and events.events.kind_of[name]
    local of_spans = name and spans.kind_of[name]
    if name and (of_events == nil) ~= (of_spans == nil) then
      return of_events and events.events or spans
    end
  end
  return asked and spans or nil
end

-- The subjects that the tokens leave open.
local function open_subjects(place)
  local one = subject_of(place.tokens, place.spans)
  return one and { one } or subjects
end

-- The words that a field can be, each once.
local function words_of(place, name)
  local list, seen = {}, {}
  for _, subject in ipairs(open_subjects(place)) do
    for _, word in ipairs(subject.words[name] or {}) do
      list[#list + 1] = not seen[word] and word ~= "" and word or nil
      seen[word] = true
    end
  end
  return list
end

-- What candidates are added to: a list in which each begins with the text so far.
local function adder(found, before)
  return function(word, more)
    more = more or {}
    found[#found + 1] = { text = before .. word, shown = more.shown or word,
      about = more.about, part = more.part ~= false }
  end
end

local function add_all(add, list, more)
  for _, word in ipairs(list or {}) do
    add(word, more)
  end
end

-- The kinds of a field: "number of events", "text of spans".
local function about_field(of, kind)
  return ("%s of %s"):format(kind or "value", table.concat(of, " and "))
end

local function add_fields(add, place)
  local of, kinds, names = {}, {}, {}
  for _, subject in ipairs(open_subjects(place)) do
    for name, kind in pairs(subject.kind_of) do
      names[#names + 1] = not of[name] and name or nil
      of[name] = of[name] or {}
      table.insert(of[name], subject.name .. "s")
      kinds[name] = kinds[name] or kind or nil
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    add(name, { about = about_field(of[name], kinds[name]) })
  end
end

local function add_functions(add)
  local names = {}
  for name in pairs(functions) do
    names[#names + 1] = name .. "("
  end
  table.sort(names)
  add_all(add, names, { about = "function" })
end

-- The field that is compared where the tokens end: type ==; nil: none is.
local function compared(tokens)
  local sign, field = tokens[#tokens], tokens[#tokens - 1]
  local is_sign = sign and (sign.text == "==" or sign.text == "~=")
  return is_sign and field and field.kind == "name" and field.text or nil
end

-- What type:find(" looks in.
local function looked_in(tokens)
  local n = #tokens
  local is_call = n >= 4 and tokens[n].text == "(" and tokens[n - 2].text == ":"
  return is_call and tokens[n - 3].text or nil
end

-- In a string: the words of the field.
local function add_words(add, place)
  local field = compared(place.tokens) or looked_in(place.tokens)
  for _, word in ipairs(field and words_of(place, field) or {}) do
    add(word .. place.quote, { part = false, shown = word })
  end
end

-- Whether the tokens end in the keys of -a, behind by.
local function is_key(tokens)
  for i = #tokens, 1, -1 do
    if tokens[i].text == "by" then
      return true
    end
  end
  return false
end

local function depth_of(tokens)
  local depth = 0
  for _, token in ipairs(tokens) do
    local sign = token.kind == "op" and token.text
    depth = depth + (sign == "(" and 1 or sign == ")" and -1 or 0)
  end
  return depth
end

-- Where a value is to come.
local function add_operands(add, place)
  local tokens = place.tokens
  local field = compared(tokens)
  local words = field and words_of(place, field) or {}
  if #words > 0 then
    for _, word in ipairs(words) do
      add('"' .. word .. '"', { part = false })
    end
  elseif place.form == "aggregate" and depth_of(tokens) == 0 and
    not is_key(tokens) then
    for _, name in ipairs(agg().names) do
      add(name == "count" and "count()" or name .. "(", { about = "measure" })
    end
  else
    add_fields(add, place)
    add_functions(add)
    add_all(add, place.form == "filter" and { "not" } or {})
  end
end

-- Behind a value: signs and words that go on.
local function add_signs(add, place)
  local last = place.tokens[#place.tokens]
  if place.form == "aggregate" and depth_of(place.tokens) == 0 then
    add_all(add, parts)
    return
  end
  local kind = last.kind == "name" and kind_of(last.text)
  add_all(add, kind and (signs[kind] or signs.text))
  add_all(add, place.form ~= "keys" and joins or { "as" })
end

local function add_members(add, place)
  local tokens = place.tokens
  local dot, owner = tokens[#tokens], tokens[#tokens - 1]
  local name = owner and owner.text or ""
  local kind = kind_of(name)
  if name == "ev" or name == "s" then
    add_fields(add, { tokens = {}, spans = name == "s" })
  elseif dot.text == ":" then
    add_all(add, methods[kind or ""])
  else
    add_all(add, members[kind or ""] or members[name])
  end
end

local is_end = { name = true, number = true, string = true }

local function is_value_end(token)
  return token and (is_end[token.kind] and
    not (token.text == "by" or token.text == "as") or token.text == ")" or
    token.text == "}" or token.text == "]" or token.text == "nil" or
    token.text == "true" or token.text == "false")
end

-- Where a text ends: where its last word begins, and the tokens before.
local function place_of(text, form, asked)
  local begins, quote = open_string(text)
  local before = begins and text:sub(1, begins - 2) or
    text:match "^(.*)%f[%a_][%w_]*$" or text
  local at = begins or #before + 1
  if not begins and before:find "[=~<>]$" then -- type =
    local start = before:match "^(.-)[=~<>]+$"
    local tokens = lexer.tokens(start) or {}
    local sign = before:sub(#start + 1)
    if sign == "=" or sign == "~" then
      return { tokens = tokens, at = #start + 1, form = form, spans = asked }
    end
  end
  return { tokens = lexer.tokens(before) or {}, at = at, quote = quote,
    form = form, spans = asked }
end

local function add_next(add, place, text)
  local last = place.tokens[#place.tokens]
  local dot = last and (last.text == "." or last.text == ":")
  if place.quote then
    add_words(add, place)
  elseif dot then
    add_members(add, place)
  elseif not is_value_end(last) then
    add_operands(add, place)
  elseif place.at > 1 and (text:sub(place.at - 1, place.at - 1):find "[%s)%]}]"
    or text:find "[=~<>]+$") then
    add_signs(add, place)
  end
end

local function only_starting(found, text)
  local list = {}
  for _, one in ipairs(found) do
    list[#list + 1] = one.text:sub(1, #text) == text and one or nil
  end
  return list
end

-- A field that is all there is: shells would take it for the whole expression, so what can
-- follow it stands beside it.
local function go_on(list, place)
  local only, last = list[1], place.tokens[#place.tokens]
  local is_right = last and last.text:find "^[=~<>]=?$"
  if #list == 1 and only.part and only.text:find "[%w_]$" and
    place.form == "filter" and not is_right then
    list[2] = { text = only.text .. " ==", shown = only.shown .. " ==",
      part = true }
  end
  return list
end

-- candidates(text, form, asked): what the text may go on as. form: "filter", "print",
-- "aggregate" or "keys"; asked: it is about spans.
local function candidates(text, form, asked)
  local place, found = place_of(text, form, asked), {}
  add_next(adder(found, text:sub(1, place.at - 1)), place, text)
  return go_on(only_starting(found, text), place)
end

return { candidates = candidates }
