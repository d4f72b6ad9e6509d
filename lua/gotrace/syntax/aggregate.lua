-- aggregate.lua: what -a says, as its parts:
--
--   AGG(EXPR) [as NAME], ... [by KEY [as NAME], ...] [every STEP] [top N]
--
-- It is cut where its tokens say so: commas and words in strings, calls and tables
-- are none of its own. What the expressions say is for others.
local expression = require "gotrace.syntax.expression"
local lexer = require "gotrace.syntax.lexer"

local opens = { ["("] = true, ["{"] = true, ["["] = true, ["function"] = true,
  ["do"] = true, ["if"] = true, ["repeat"] = true }
local closes = { [")"] = true, ["}"] = true, ["]"] = true, ["end"] = true,
  ["until"] = true }

-- The words that begin a part, and what stands in it.
local wants = {
  by = "what to group by: by reason",
  every = "a step of time: every 100ms",
  top = "how many rows: top 10",
}
local order = { by = 1, every = 2, top = 3 }

local function wrong(message, ...)
  error({ message = message:format(...) }, 0)
end

-- The tokens, each with how many brackets it stands in.
local function read(text)
  local tokens, problem = lexer.tokens(text)
  if not tokens then
    wrong("%s", problem)
  elseif #tokens == 0 then
    wrong "it is empty"
  end
  local depth = 0
  for _, token in ipairs(tokens) do
    local sign = token.kind ~= "string" and token.text
    depth = depth - (closes[sign] and 1 or 0)
    token.depth = depth
    depth = depth + (opens[sign] and 1 or 0)
  end
  return tokens
end

-- Whether a part begins with token i: top(x) is an aggregation.
local function begins_part(tokens, i)
  local token, behind = tokens[i], tokens[i + 1]
  local before = tokens[i - 1]
  return token.kind == "name" and token.depth == 0 and wants[token.text] and
    not (behind and behind.text == "(" and token.text == "top") and
    not (before and (before.text == "." or before.text == ":"))
end

-- A run of tokens is { first, last }, numbers of tokens.
local function parts_of(tokens)
  local parts = { columns = { 1, #tokens } }
  local open, at = "columns", 0
  for i, token in ipairs(tokens) do
    if begins_part(tokens, i) then
      local word = token.text
      if parts[word] then
        wrong("%s is there twice", word)
      elseif word == "every" and open == "by" and parts.by[1] == i then
        wrong "every stands without by: count() every 100ms"
      elseif order[word] < at then
        wrong("%s comes before %s", word, open)
      end
      parts[open][2] = i - 1
      parts[word], open, at = { i + 1, #tokens }, word, order[word]
    end
  end
  return parts
end

-- The runs between the commas of a run.
local function split(tokens, run)
  local list, first = {}, run[1]
  for i = run[1], run[2] do
    if tokens[i].depth == 0 and tokens[i].text == "," and
      tokens[i].kind == "op" then
      list[#list + 1] = { first, i - 1 }
      first = i + 1
    end
  end
  list[#list + 1] = { first, run[2] }
  return list
end

local function text_of(text, tokens, run)
  local first, last = tokens[run[1]], tokens[run[2]]
  return first and last and run[1] <= run[2] and
    text:sub(first.at, last.at + #last.text - 1) or ""
end

-- The name behind `as`, taken off the run; nil if there is none.
local function take_name(tokens, run)
  local as, name = tokens[run[2] - 1], tokens[run[2]]
  local is_as = as and as.kind == "name" and as.text == "as" and as.depth == 0
  if not is_as or run[2] - 1 <= run[1] then
    return nil
  end
  run[2] = run[2] - 2
  return name.kind == "string" and name.value or name.text
end

local function parse_one(text, what)
  local list, problem = expression.parse(text)
  if not list then
    local is_step = what == wants.by and text:find("//", 1, true)
    wrong("%s%s", text == "" and what .. " is missing" or problem,
      is_step and "; steps of time are every 100ms, without by" or "")
  end
  return list[1]
end

-- log:KEY is short for log("KEY"); nil of what is written otherwise.
local function log_key(text, tokens, run)
  local first, colon, key = tokens[run[1]], tokens[run[1] + 1],
    tokens[run[1] + 2]
  if not key or run[2] < run[1] + 2 or first.text ~= "log" or
    colon.text ~= ":" then
    return nil
  elseif key.kind == "string" and run[2] == run[1] + 2 then
    return key.value
  end
  return text_of(text, tokens, { run[1] + 2, run[2] })
end

-- A key: { text, node, name }.
local function key_of(text, tokens, run)
  local name = take_name(tokens, run)
  local own, key = text_of(text, tokens, run), log_key(text, tokens, run)
  if key then
    own, name = ("log(%q)"):format(key), name or "log:" .. key
  end
  return { text = own, node = parse_one(own, wants.by), name = name or own }
end

-- A column: { fn, args = { { text, node }, ... }, name, text }.
local function column_of(text, tokens, run)
  local name = take_name(tokens, run)
  local own = text_of(text, tokens, run)
  local node = parse_one(own, "what to aggregate, such as count(),")
  if node.op ~= "call" or node[1].op ~= "name" then
    local hint = node.op == "name" and node.name == "count" and ": count()" or
      ", such as sum(dur): what to do with it is missing"
    wrong("%s is no aggregation%s", own, hint)
  end
  local args = {}
  for i = 2, #node do
    args[i - 1] = { text = own:sub(node[i].first, node[i].last),
      node = node[i] }
  end
  return { fn = node[1].name, args = args, name = name, text = own }
end

local function each(text, tokens, run, make)
  local list = {}
  for i, one in ipairs(run and split(tokens, run) or {}) do
    list[i] = make(text, tokens, one)
  end
  return list
end

-- The number that a part is.
local function number_of(text, tokens, run, word)
  local own = text_of(text, tokens, run)
  local node = expression.parse(own)
  local value = node and #node == 1 and node[1].op == "constant" and
    node[1].value
  if type(value) ~= "number" or value <= 0 or value - value ~= 0 then
    wrong("%s wants %s", word, wants[word])
  end
  return value
end

-- tolerant(read, text): what it reads; or nil and what is wrong.
local function tolerant(read_part, text)
  local ok, said = pcall(read_part, text)
  if ok then
    return said
  elseif type(said) ~= "table" then
    error(said, 0)
  end
  return nil, said.message
end

local function read_all(text)
  local tokens = read(text)
  local parts = parts_of(tokens)
  local top = parts.top and number_of(text, tokens, parts.top, "top")
  if top and top % 1 ~= 0 then
    wrong("top wants %s", wants.top)
  end
  return {
    columns = each(text, tokens, parts.columns, column_of),
    by = each(text, tokens, parts.by, key_of),
    every = parts.every and number_of(text, tokens, parts.every, "every"),
    top = top,
  }
end

-- parse(text): { columns, by, every = in ns or nil, top = or nil }; or nil and what
-- is wrong. columns: { fn, args = { { text, node }, ... }, name = or nil, text }, by:
-- { text, node, name }, as they are written; node: as expression.parse has it.
local function parse(text)
  return tolerant(read_all, text)
end

-- keys(text): what may stand behind `by`: a list as in `by` above; or nil and what is
-- wrong.
local function keys(text)
  return tolerant(function()
    local tokens = read(text)
    return each(text, tokens, { 1, #tokens }, key_of)
  end, text)
end

return { parse = parse, keys = keys }
