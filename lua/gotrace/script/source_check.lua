-- source_check.lua: what can be seen to be meant otherwise in a script's text: a
-- word that a field of an event never has, a hook that is defined without on.
-- Only what is certain is refused: a hook is a function that is assigned to a
-- field of on or scan, and its parameter is not set again.
local condition = require "gotrace.syntax.condition"
local comparison = require "gotrace.syntax.comparison"
local errors = require "gotrace.base.errors"
local hooks = require "gotrace.event.hooks"
local lazy = require("gotrace.base.lazy").of
local mistakes = require "gotrace.expression.mistakes"
local source_of = require("gotrace.syntax.source").of
local spans = lazy "gotrace.span.subject"
local vintage = require "gotrace.expression.vintage"

-- Whether all that is called on or scan is the script's tables of hooks.
local function has_own_tables(source)
  local last = #source.tokens
  return not (source:sets("on", 1, last) or source:sets("scan", 1, last))
end

local function sees_events(name)
  return name == "any" or name == "unhandled" or hooks.is_event(name)
end

-- What a hook of that name is called with: "event", "span", or nil for something
-- else.
local function seen_by(name)
  return sees_events(name) and "event" or hooks.is_span[name] and "span" or nil
end

-- Notes what a function is called with; of one that is called with both is
-- nothing certain.
local function note(found, fn, what)
  if what then
    found[fn] = (found[fn] == nil or found[fn] == what) and what or false
  end
end

-- The functions that are hooks for events or spans by their text.
local function named_hooks(source, found)
  for _, fn in ipairs(source.functions) do
    local name = fn.path and not fn.is_local and
      (fn.path:match "^on%.([%w_]+)$" or fn.path:match "^scan%.([%w_]+)$")
    note(found, fn, name and seen_by(name))
  end
end

-- The function in the source that a script's function is, as far as its line
-- tells.
local function function_of(source, fn)
  local info, found = debug.getinfo(fn, "S"), nil
  for _, each in ipairs(info.source == source.chunk and source.functions or {})
  do
    if each.line == info.linedefined and found then
      return nil
    end
    found = each.line == info.linedefined and each or found
  end
  return found
end

-- And those that the script has put there.
local function hooked_functions(source, hooked, found)
  for name, fn in pairs(hooked) do
    local what = seen_by(name)
    local here = what and function_of(source, fn)
    if here then
      note(found, here, what)
    end
  end
end

-- hooks_in(source, stage): what the functions in a source that are hooks see.
local function hooks_in(source, stage)
  local found = {}
  named_hooks(source, found)
  hooked_functions(source, stage.scan, found)
  for name, parts in pairs(stage.parts) do
    for _, part in ipairs(parts) do
      hooked_functions(source, { [name] = part.fn }, found)
    end
  end
  return found
end

-- Reasons and kinds are any text where a script gives them one.
local free = { reason = true, kind = true, name = true }

-- The texts that stand in a source for something else than a comparison.
local function other_texts(source, compared)
  local texts = {}
  for i, token in ipairs(source.tokens) do
    if token.kind == "string" and token.value and not compared[i] then
      texts[token.value] = true
    end
  end
  return texts
end

local function comparisons(source, found)
  local list, compared = {}, {}
  for _, fn in ipairs(source.functions) do
    for _, each in ipairs(found[fn] and comparison.of(source, fn) or {}) do
      each.sees = found[fn]
      list[#list + 1] = each
      compared[each.at] = true
    end
  end
  return list, compared
end

-- Whether a script may give events words of its own.
local function may_edit(source)
  for i, token in ipairs(source.tokens) do
    if token.kind == "name" and (token.text == "emit" or
      free[token.text] and source:is(i - 1, ".") and source:is(i + 1, "=")) then
      return true
    end
  end
  return false
end

-- Names of globals through which any other may be meant.
local anything = { _G = true, load = true, loadstring = true, setfenv = true,
  getfenv = true }

-- Whether a source may reach a global by a name that is not in its text.
local function opens(source)
  for _, token in ipairs(source.tokens) do
    if token.kind == "name" and anything[token.text] then
      return true
    end
  end
  return false
end

-- What is wrong with a comparison with a name that nothing has: it is nil.
local function wrong_name(each, sources, env)
  local name = each.name
  if env[name] ~= nil or not mistakes.is_text(each.field) then
    return nil
  end
  for _, source in ipairs(sources) do
    if source:sets(name, 1, #source.tokens) or source.opens then
      return nil
    end
  end
  local meant = mistakes.nearest_word(each.field, name)
  return ("%s is compared with %s, which is nothing here: text is in " ..
    "quotes, %q"):format(each.field, name, meant)
end

-- What is wrong with a comparison, whatever it is about.
local function wrong_with(each, sources, env)
  if each.name then
    return wrong_name(each, sources, env)
  end
  return mistakes.comparison(each.field, each.value)
end

-- words(source, stage, sources, edited): the line and what is wrong with the
-- first comparison in a source of a script that never holds, or nil. sources:
-- all of the script's; edited: whether a script before this one may edit.
local function words(source, stage, sources, edited)
  if not has_own_tables(source) then
    return nil
  end
  local list, compared = comparisons(source, hooks_in(source, stage))
  local texts = #list > 0 and other_texts(source, compared)
  for _, each in ipairs(list) do
    local wrong = each.sees == "event" and
      wrong_with(each, sources, stage.env) or each.sees == "span" and
      mistakes.about(spans(), wrong_with, each, sources, stage.env)
    local may_be = free[each.field] and each.value and
      (edited or texts[each.value])
    if wrong and not may_be then
      return source:line_of(each.at), wrong
    end
  end
end

-- why_never(source, stage): of a script that does nothing but what its hooks do
-- where a condition holds, a function that says of a version of Go why none of
-- them does (vintage.lua); nil of any other script.
local function why_never(source, stage)
  local whys = {}
  for _, hooked in ipairs { stage.hooks, stage.scan } do
    for name, fn in pairs(hooked) do
      local here = sees_events(name) and function_of(source, fn)
      local tree = here and condition.of(source, here)
      if not tree then
        return nil
      end
      whys[#whys + 1] = vintage.of(tree)
    end
  end
  if #whys == 0 or #stage.made > 0 or next(stage.leaves_out) then
    return nil
  end
  return function(version)
    local why
    for _, each in ipairs(whys) do
      why = each(version)
      if not why then
        return nil
      end
    end
    return why
  end
end

-- Whether a function's name is said anywhere but where it is defined.
local function is_used(sources, fn)
  for _, source in ipairs(sources) do
    for i = 1, #source.tokens do
      if source:is_variable(i, fn.path) and not
        (source:is(i - 1, "function") or source:is(i + 1, "=")) then
        return true
      end
    end
    if source.opens then
      return true
    end
  end
  return false
end

-- The hook that a function called finish, on_finish or on:finish was meant to be.
local function meant_by(path)
  local name = path:match "^on[:_](.+)$" or path:match "^on(%u.*)$" or
    path
  return (hooks.is_event(name) or hooks.is_general[name]) and
    hooks.shown(name) or nil
end

-- stray(sources): the first function that looks like a hook and is called by
-- nobody: its source, line and what to say.
local function stray(sources)
  for _, source in ipairs(sources) do
    for _, fn in ipairs(source.functions) do
      local hook = meant_by(fn.path or "")
      if hook and fn.path:find ":" then
        return source, fn.line, ("function %s has a hidden parameter, self: " ..
          "a hook is function %s"):format(fn.path, hook)
      elseif hook and not is_used(sources, fn) then
        return source, fn.line, ("function %s is called by nobody: a hook " ..
          "is function %s"):format(fn.path, hook)
      end
    end
  end
end

local LARGEST = 2 ^ 18 -- bytes: more is data, and takes its time

-- The sources of chunks, each a function and its text; and whether they are all.
local function sources_of(chunks)
  local sources, whole = {}, true
  for i, chunk in ipairs(chunks) do
    local source = #chunk.text <= LARGEST and source_of(chunk.text)
    local info = debug.getinfo(chunk.fn, "S")
    if source then
      source.chunk, source.shown = info.source, info.short_src
      source.opens = opens(source)
      sources[#sources + 1] = source
    end
    whole = whole and #sources == i
  end
  return sources, whole
end

local function refuse(source, line, wrong)
  errors.usage("%s:%d: %s", source.shown, line, wrong)
end

-- check(stage): ends with exit status 2 at the first mistake in a script's main
-- text and its modules' (stage.texts, a list of { fn, text }). Notes in
-- context.edits what is to be known of it for scripts behind it, and in
-- stage.why_never of which versions it sees nothing.
local function check(stage)
  local sources, whole = sources_of(stage.texts)
  local context = stage.context
  local edited = context.edits
  context.edits = edited or not whole
  for _, source in ipairs(sources) do
    local line, wrong = words(source, stage, sources, edited)
    if line then
      refuse(source, line, wrong)
    end
    context.edits = context.edits or may_edit(source)
  end
  local source, line, wrong = stray(whole and sources or {})
  if source then
    refuse(source, line, wrong)
  end
  stage.why_never = whole and #sources == 1 and why_never(sources[1], stage)
    or nil
end

-- Whether NAME.word or NAME["word"] is in a text, of a word in the set: where it is not, the
-- text need not be looked at closer.
local function mentions(text, set)
  for word in text:gmatch "[.%[]%s*[\"']?([%a_]+)" do
    if set[word] then
      return true
    end
  end
  return false
end

-- A word of the set that a variable is asked for from token `first` to `last`.
local function field_of(source, name, first, last, set)
  for i = first, last do
    local behind = source:is_variable(i, name) and
      (source:is(i + 1, ".") or source:is(i + 1, "[")) and source.tokens[i + 2]
    local field = behind and (behind.value or behind.text)
    if set[field] then
      return field
    end
  end
end

-- The same of hooks for events and their parameters, and of whatever is called ev.
local function field_in(source, stage, set)
  for fn in pairs(hooks_in(source, stage)) do
    local field = fn.params[1] and
      field_of(source, fn.params[1], fn.first, fn.last, set)
    if field then
      return field
    end
  end
  return field_of(source, "ev", 1, #source.tokens, set)
end

-- asked(stage, set): a word of the set that events are asked for, as far as that shows in
-- the script's text; nil: none is.
local function asked(stage, set)
  for _, chunk in ipairs(stage.texts) do
    local sources = mentions(chunk.text, set) and sources_of { chunk } or {}
    for _, source in ipairs(sources) do
      local field = field_in(source, stage, set)
      if field then
        return field
      end
    end
  end
end

return { check = check, asked = asked }
