-- args.lua: command lines. One table of rows is the parser, the help and the
-- validator, for the program's own options and for those a script declares.
--
-- A row: { name =, short =, type =, arg =, default =, default_data = the default where
-- programs read what is printed (-F csv, json), choices =, matches = a
-- regular expression, and wanted = what that asks for in words, required =,
-- repeatable =, positional =, long = false for none, optional = true for a value that
-- may be left out ({} then), was = { names that it had before }, help = }. A command line
-- is a list of tokens; each set of rows takes what is its own and leaves the
-- rest, since nobody knows all options before the scripts are loaded.
local errors = require "gotrace.base.errors"
local lazy = require("gotrace.base.lazy").of
local suggest = require "gotrace.base.suggest"
local types = require "gotrace.script.types"

-- It asks the engine: once it is used.
local regexp = lazy "gotrace.base.regexp"

local function tokens(argv)
  local list, literal = {}, false
  for i, text in ipairs(argv) do
    local ends = text == "--" and not literal
    list[i] = { text = text, literal = literal, used = ends }
    literal = literal or ends
  end
  return list
end

-- "-" is standard input, and what follows "--" is never an option.
local function is_option(token)
  return not token.used and not token.literal and
    token.text:find "^%-." ~= nil
end

local function is_flag(row)
  return types[row.type].flag
end

local function index(rows)
  local by = { long = {}, short = {} }
  for _, row in ipairs(rows) do
    if not row.positional then
      if row.long ~= false then
        by.long[row.name] = row
      end
      for _, name in ipairs(row.was or {}) do
        by[#name == 1 and "short" or "long"][name] = row
      end
      by.short[row.short or ""] = row
    end
  end
  by.short[""] = nil
  return by
end

-- "-nqF csv", "-Fcsv": flags in a row, the last of which may want a value.
local function match_bundle(by, letters)
  local hits = {}
  for i = 1, #letters do
    local row = by.short[letters:sub(i, i)]
    if not row then
      return nil
    end
    local rest = letters:sub(i + 1)
    if not is_flag(row) then
      hits[#hits + 1] = { row = row, text = rest ~= "" and rest or nil }
      return hits
    end
    hits[#hits + 1] = { row = row }
  end
  return hits
end

-- The rows that an option token means, with the text attached to it; nil when
-- it is nobody's here.
local function match(by, text)
  local name, value = text:match "^%-%-([^=]+)=(.*)$"
  name = name or text:match "^%-%-(.+)$"
  if name then
    local row = by.long[name]
    return row and { { row = row, text = value } }
  end
  local row = by.short[text:sub(2)]
  if row then
    return { { row = row } }
  end
  return match_bundle(by, text:sub(2))
end

local function shown(row)
  if row.positional then
    return row.arg or row.name:upper()
  end
  return row.long == false and "-" .. row.short or "--" .. row.name
end

local function check_choice(row, value)
  if not row.choices then
    return
  end
  local words = {}
  for i, choice in ipairs(row.choices) do
    if choice == value then
      return
    end
    words[i] = tostring(choice)
  end
  errors.usage('%s: "%s" is none of %s%s', shown(row), tostring(value),
    table.concat(words, ", "), suggest.hint(tostring(value), words))
end

local function check_form(row, value)
  if row.matches and not regexp().try(row.matches):match(value) then
    errors.usage('%s: "%s" is not %s', shown(row), value, row.wanted or
      "like " .. row.matches)
  end
end

local function check_value(row, value)
  check_choice(row, value)
  check_form(row, value)
end

-- What was written for a value that is no plain one: an expression, a set of keys.
local texts = setmetatable({}, { __mode = "k" })

local is_object = { table = true, ["function"] = true, userdata = true,
  cdata = true }

local function text_of(value)
  return texts[value]
end

-- The value that text stands for; a usage error if it does not.
local function convert(row, text)
  local value, expected, wrong = types[row.type].parse(text)
  if value == nil and wrong then
    errors.usage("%s '%s': %s", shown(row), text, wrong)
  elseif value == nil then
    errors.usage('%s: "%s" is not %s', shown(row), text, expected)
  end
  if row.type == "list" then
    for _, item in ipairs(value) do
      check_value(row, item)
    end
  else
    check_value(row, value)
  end
  if is_object[type(value)] then
    texts[value] = text
  end
  return value
end

-- Whether a token is an option by its whole text, and so no value of another.
local function is_known(by, token)
  local text = token.text
  local row = by.long[text:match "^%-%-(.+)$" or ""] or
    by.short[text:match "^%-(%a+)$" or ""]
  return row ~= nil and is_option(token)
end

-- Whether a token can be no value: an option, known here or not. Code may begin
-- with a comment.
local function is_misplaced(row, token, by)
  return is_known(by, token) or
    not row.code and is_option(token) and token.text:find "^%-%-%a" ~= nil
end

local function no_value(row, option, following, by)
  local instead = following and not following.used and
    (is_known(by, following) and ", not the option %s" or
    ", and %s looks like an option"):format(following.text) or ""
  errors.usage("%s wants a value%s: %s", option, instead, row.help)
end

-- The value of a hit at token i, which may be the next token.
local function value_of(hit, list, i, by)
  local row = hit.row
  if (is_flag(row) or row.optional) and not hit.text then
    return is_flag(row) or {}
  end
  if hit.text then
    return convert(row, hit.text)
  end
  local following = list[i + 1]
  if not following or following.used or is_misplaced(row, following, by) then
    no_value(row, list[i].text, following, by)
  end
  following.used = true
  return convert(row, following.text)
end

local function is_among(list, name)
  for _, one in ipairs(list or {}) do
    if one == name then
      return true
    end
  end
  return false
end

-- What an option is called that is written by a name which it had before; else nil.
local function old_name(row, text)
  local name = text:match "^%-%-([^=]+)" or text:sub(2, 2)
  return is_among(row.was, name) and (#name == 1 and "-" or "--") .. name or nil
end

-- tell_old(found): of each such option, once a run, what to write instead.
local told = {}
local function tell_old(found)
  for _, f in ipairs(found) do
    if f.was and not told[f.was] then
      told[f.was] = true
      errors.warn("%s is %s now: the old name goes with the next major version",
        f.was, shown(f.row))
    end
  end
end

-- take(rows, tokens): what the command line gives to these rows, in its order:
-- a list of { row =, value =, was = the old name by which it is written, or nil }.
local function take(rows, list)
  local by, found = index(rows), {}
  for i, token in ipairs(list) do
    local hits = is_option(token) and match(by, token.text)
    for _, hit in ipairs(hits or {}) do
      token.used = true
      local value = value_of(hit, list, i, by)
      found[#found + 1] = { row = hit.row, value = value, at = i,
        was = old_name(hit.row, token.text) }
    end
  end
  return found
end

-- pending(rows, tokens): as take, of a line that is being written: nothing is judged. Tokens
-- get the row that they name (token.row), and those that are values are used. The row whose
-- value comes next, or nil.
local function pending(rows, list)
  local by, waits = index(rows), nil
  for _, token in ipairs(list) do
    if waits then
      token.used, waits = true, nil
    else
      local hits = is_option(token) and match(by, token.text)
      for _, hit in ipairs(hits or {}) do
        token.used, token.row = true, hit.row
        local is_whole = is_flag(hit.row) or hit.row.optional or hit.text
        waits = not is_whole and hit.row or nil
      end
    end
  end
  return waits
end

-- named(rows, text): the row of an option as it is written, "--top" or "-t"; nil: none.
local function named(rows, text)
  local by = index(rows)
  return by.long[text:match "^%-%-(.+)$" or ""] or
    by.short[text:match "^%-(%a+)$" or ""]
end

local function row_named(rows, name)
  local names = {}
  for i, row in ipairs(rows) do
    if row.name == name or is_among(row.was, name) then
      return row
    end
    names[i] = row.name
  end
  local hint = suggest.hint(name, names)
  errors.usage('no option "%s"%s', name, hint ~= "" and hint or
    #names > 0 and "; there are " .. table.concat(names, ", ") or "")
end

-- What a recipe gives one row.
local function add_given(found, rows, g)
  local row = row_named(rows, g.name)
  if #g.values > 1 and not (row.repeatable or types[row.type].join) then
    errors.usage("%s takes one value", g.name)
  end
  for _, value in ipairs(g.values) do
    found[#found + 1] = { row = row, at = 0,
      value = errors.at(value.place, convert, row, value.text) }
  end
end

-- take_given(rows, list): as take, of what a recipe gives by the names of rows: a list of
-- { name =, values = { { text =, place = }, ... }, place = "file:line:column" }.
local function take_given(rows, list)
  local found = {}
  for _, g in ipairs(list) do
    errors.at(g.place, add_given, found, rows, g)
  end
  return found
end

-- Gives the first free words of the command line to the positional rows.
local function take_positional(rows, list, found)
  local i = 1
  for _, row in ipairs(rows) do
    while row.positional and i <= #list do
      local token = list[i]
      i = i + 1
      if not token.used and not is_option(token) then
        token.used, token.positional = true, row
        found[#found + 1] = { row = row, value = convert(row, token.text) }
        break
      end
    end
  end
end

-- "max-len" is opt.max_len.
local function key(row)
  return (row.name:gsub("-", "_"))
end

local function default_of(row, is_data)
  local value = row.default
  if is_data and row.default_data ~= nil then
    value = row.default_data
  end
  if value == nil and is_flag(row) then
    return false
  end
  if type(value) == "table" then -- help shows the row's own
    value = { unpack(value) }
  end
  local from = types[row.type].from_default
  return value ~= nil and from and from(value) or value
end

local function combine(row, old, new)
  local join = types[row.type].join
  if row.repeatable then
    old = old or {}
    old[#old + 1] = new
    return old
  end
  return old and join and join(old, new) or new
end

-- values(rows, found, is_data): { name = value } with defaults filled in. What was given
-- twice counts once, the last, except lists and repeatable rows. is_data: -F is csv or json.
local function values(rows, found, is_data)
  local given = {}
  for _, f in ipairs(found) do
    given[key(f.row)] = combine(f.row, given[key(f.row)], f.value)
  end
  for _, row in ipairs(rows) do
    if given[key(row)] == nil then
      given[key(row)] = default_of(row, is_data)
    end
  end
  return given
end

-- The first row that is required and has no value, or nil.
local function missing(rows, given)
  for _, row in ipairs(rows) do
    if row.required and given[key(row)] == nil then
      return row
    end
  end
end

local function long_names(rows)
  local names = {}
  for _, row in ipairs(rows) do
    if not row.positional then
      names[#names + 1] = shown(row)
    end
  end
  return names
end

-- What is meant by an option that there is not: by the whole name of one that
-- has a letter only, as well.
local function option_hint(name, rows)
  local whole = name:match "^%-%-(.+)$"
  for _, row in ipairs(rows) do
    if row.long == false and row.name == whole then
      return (" (that is -%s)"):format(row.short)
    end
  end
  return name:lower() == "-v" and ' (did you mean "--version"?)' or
    suggest.hint(name, long_names(rows))
end

-- Scripts that put rows together by keys have --by, of which `trace` is one everywhere.
local function without_keys(script)
  return script and (": %s does not put rows together by trace or other " ..
    "keys; a run for each trace tells them apart"):format(script) or
    ": nothing here puts rows together by trace, as -a 'count() by trace' does"
end

-- leftover(tokens, rows, script, hint_of): ends with a usage error at the first option that
-- nobody took; rows are all that could have. script: whose help lists them, or nil. hint_of: what
-- to say of one whose name is that of something else, or nil.
local function leftover(list, rows, script, hint_of)
  for _, token in ipairs(list) do
    if is_option(token) then
      local name = token.text:match "^[^=]+"
      local hint = hint_of and hint_of(name) or
        (name == "--by" and without_keys(script)) or option_hint(name, rows)
      if hint == "" and script then
        hint = (" (see gotrace-lua --help %s)"):format(script)
      end
      errors.usage("unknown option %s%s", name, hint)
    end
  end
end

-- Words that nobody took: the traces.
local function rest(list)
  local words = {}
  for _, token in ipairs(list) do
    if not token.used then
      words[#words + 1] = token.text
    end
  end
  return words
end

local function meta(row)
  return row.arg or types[row.type].meta
end

-- "-F, --format WORD"
local function heading(row)
  if row.positional then
    return shown(row)
  end
  local short = row.short and row.long ~= false and "-" .. row.short .. ", "
  local text = (short or "") .. shown(row)
  if is_flag(row) then
    return text
  end
  return text .. (row.optional and "[=%s]" or " %s"):format(meta(row))
end

local function describe_default(row)
  local value = row.default
  if value == nil or value == false then
    return ""
  elseif type(value) == "table" then
    if #value == 0 then
      return ""
    end
    value = table.concat(value, ",")
  elseif row.type == "duration" then
    value = value / 1e6 .. "ms"
  end
  local data = row.default_data
  return (" (default %s%s)"):format(tostring(value), data ~= nil and
    ("; %s in csv and json"):format(tostring(data)) or "")
end

local function describe(row)
  local text = row.help or ""
  if row.choices and not row.hidden_choices then
    text = text .. ": " .. table.concat(row.choices, ", ")
  end
  return text .. (row.required and " (required)" or describe_default(row))
end

-- help(rows): a line or two for each row.
local function help(rows)
  local lines, width = {}, 0
  for _, row in ipairs(rows) do
    width = math.max(width, math.min(#heading(row), 24))
  end
  for _, row in ipairs(rows) do
    local head, text = heading(row), describe(row)
    local gap = #head > width and "\n" .. (" "):rep(width + 2) or
      (" "):rep(width - #head)
    lines[#lines + 1] = ("  %s%s  %s"):format(head, gap, text)
  end
  return table.concat(lines, "\n")
end

return {
  tokens = tokens,
  is_option = is_option,
  is_flag = is_flag,
  pending = pending,
  named = named,
  meta = meta,
  heading = heading,
  describe = describe,
  take = take,
  tell_old = tell_old,
  take_given = take_given,
  take_positional = take_positional,
  values = values,
  missing = missing,
  leftover = leftover,
  text_of = text_of,
  rest = rest,
  shown = shown,
  key = key,
  help = help,
}
