-- advice.lua: what Lua says of a script, with what was most likely meant: names
-- that there are not, what other languages write, what is closed to scripts.
local expression = require "gotrace.syntax.expression"
local hooks = require "gotrace.event.hooks"
local suggest = require "gotrace.base.suggest"

-- By the kind of a name that is nothing, what it may have been meant to be.
local names = {
  global = [[on scan opt trace shared order needs description args drop emit
    fail count sum min max mean last gauge stats quantile durations spread
    columns hist lhist tseries top rows count_types probe group print
    require pairs ipairs tostring tonumber type select next error pcall assert
    string table math bit os io coroutine unpack load]],
  field = [[json csv line duration bytes number style value event event_head
    compile window split hide strings find match gmatch gsub format rep sub
    upper lower byte char len reverse concat insert remove sort floor ceil abs
    max min sqrt huge random clock date time write band bor bxor lshift
    rshift]],
  method = [[find match gmatch gsub format rep sub upper lower byte len
    reverse]],
}

local function words_of(text)
  local list = {}
  for word in text:gmatch "%S+" do
    list[#list + 1] = word
  end
  return list
end

-- What only --unsafe has.
local closed = { open = true, popen = true, lines = true, read = true,
  tmpfile = true, execute = true, exit = true, getenv = true, remove = true,
  rename = true, setlocale = true, tmpname = true }

-- What is nil for a reason of its own.
local reasons = {
  ev = "ev is what a hook is called with: function on.GoCreate(ev)",
  written = "trace.written is nil without -o",
  dofile = "scripts load others with require",
  loadfile = "scripts load others with require",
  setfenv = "scripts have one environment",
  getfenv = "scripts have one environment",
  debug = "scripts reach it with --unsafe only, by require",
  ffi = "scripts reach it with --unsafe only",
}

-- Hooks that are called instead of being defined.
local function of_hook(kind, name)
  local is_hook = kind == "global" and (name == "on" or name == "scan") or
    kind == "field" and (hooks.is_event(name) or hooks.is_general[name])
  return is_hook and (": a hook is function %s ... end"):format(
    hooks.shown(kind == "field" and name or "GoCreate")) or nil
end

local function of_nil(kind, name, does)
  if reasons[name] then
    return ": " .. reasons[name]
  elseif kind == "field" and does == "call" and closed[name] then
    return ": scripts reach files and processes with --unsafe only"
  elseif does == "concatenate" and kind ~= "global" then
    return ": tostring(...) makes text of what may be missing"
  elseif names[kind] and (kind == "global" or does == "call") then
    local hint = suggest.hint(name, words_of(names[kind]))
    return not hint:find('"' .. name .. '"', 1, true) and hint or ""
  end
  return ""
end

local function of_value(message)
  local does, kind, name, what = message:match("attempt to (%a+)[%a ]- " ..
    "(%a+) '([^']*)' %(a (%a+) value%)$")
  local called = does == "call" and of_hook(kind, name)
  if called then
    return called
  elseif what == "nil" then
    return of_nil(kind, name, does)
  elseif does == "call" and (what == "number" or what == "string") then
    return ": it is a field, without brackets behind it"
  elseif message:find "is not callable$" or
    message:find "attempt to call a userdata value$" then
    return ": a loop goes through it with pairs(x) or ipairs(x)"
  elseif message:find "got cdata%)$" or message:find "got userdata%)$" then
    return ": events, stacks and the like are objects and no tables"
  end
end

-- Of a chunk that does not compile: by what stands where it went wrong.
local near = {
  ["!"] = "!= is ~= in Lua, and !x is not x",
  ["&"] = "&& is and in Lua",
  ["|"] = "|| is or in Lua",
  ["++"] = "x = x + 1 adds one",
}

local function of_syntax(message)
  local found = message:match "near '(.-)'$"
  if not found then
    return ""
  elseif message:find "'then' expected near '='$" then
    return ": == compares"
  elseif near[found] then
    return ": " .. near[found]
  elseif message:find "'=' expected near '[-+*/.]" then
    return (": x = x %s y is how Lua writes it"):format(found)
  end
  local ns = message:find "malformed number" and expression.duration(found)
  return ns and (": times are in ns here, %s is %.14g"):format(found, ns) or ""
end

-- of(message): the message, and what helps.
local function of(message)
  message = message:gsub("'struct gotrace_(%a+)_object'", "a %1")
  return message .. (of_value(message) or of_syntax(message))
end

return { of = of }
