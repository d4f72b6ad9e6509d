-- regexp.lua: regular expressions: those of PCRE2, within limits
-- (src/script/regexp.h), so that a stranger's pattern is an error at worst.
-- Lua's patterns know no alternation.
local ffi = require "ffi"
local host = require "gotrace.engine.host"

ffi.cdef(host.file "src/script/regexp.h")

local C = ffi.C
local why = ffi.new("char[?]", C.GOTRACE_REGEXP_WHY)

local Regexp = {}
local meta = {
  __metatable = false,
  __index = Regexp,
  __tostring = function(re)
    return re.text
  end,
}

-- A handle is reached through its object only, so that no script can hand
-- the engine memory of its own making.
local handles = setmetatable({}, { __mode = "k" })

-- Rare: over a limit.
local function refuse()
  error("the regular expression cannot be matched: " .. ffi.string(why), 3)
end

-- True if it is found anywhere in text.
function Regexp:match(text)
  local handle = handles[self]
  if not handle then
    error("call it as re:match(text)", 2)
  elseif type(text) ~= "string" then
    error("match wants a string, not " .. type(text), 2)
  end
  local found = C.gotrace_regexp_match(handle, text, #text, why)
  if found < 0 then
    refuse()
  end
  return found == 1
end

-- What grep -E takes for the border of a word is a plain < or > here: better
-- an error than another answer.
local function word_border(text)
  for char in text:gmatch "\\(.)" do
    if char == "<" or char == ">" then
      return ("\\%s is no border of a word here: write \\b"):format(char)
    end
  end
end

-- try(text, ignore_case): the regular expression; or nil, what is wrong with it,
-- and whether that is a limit.
local function try(text, ignore_case)
  if type(text) ~= "string" then
    error("a regular expression is a string, not " .. type(text), 2)
  end
  local wrong = word_border(text)
  if wrong then
    return nil, wrong
  end
  local out = ffi.new "gotrace_regexp *[1]"
  local status = C.gotrace_regexp_new(out, text, #text,
    ignore_case and true or false, why)
  if status ~= C.GOTRACE_REGEXP_MADE then
    return nil, ffi.string(why), status == C.GOTRACE_REGEXP_LIMIT
  end
  local re = setmetatable({ text = text }, meta)
  handles[re] = ffi.gc(out[0], C.gotrace_regexp_free)
  return re
end

-- compile(text, options): the regular expression, or nil and what is wrong with
-- it; an error if it is over a limit. options.ignore_case does what it says.
local function compile(text, options)
  if type(text) ~= "string" then
    error("compile wants a string, not " .. type(text), 2)
  elseif options ~= nil and type(options) ~= "table" then
    error("options of compile are a table, not " .. type(options), 2)
  end
  local re, wrong, limit = try(text, options and options.ignore_case)
  if limit then
    error("the regular expression is refused: " .. wrong, 2)
  end
  return re, wrong
end

return { compile = compile, try = try }
