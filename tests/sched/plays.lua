-- Plays for the scheduler model: a line is an event of a thread and what the model
-- must say to it.
--
--   THREAD TYPE ARGUMENT...            it must advance
--   ... -> M P G                       and have this context (- for none)
--   ... -> M P G before 1 after 2      and these events that Go adds
--   ... -> M P G as Syscall            and amount to this status
--   ... -> not yet
--   ... -> broken: TEXT                and this is part of the reason
--   force THREAD TYPE ARGUMENT... -> M P G   it happens whatever the model knows
--   gen N                              what follows is of generation N (1 at first)
--   reset                              sched_reset
--
-- Arguments are in the order of the event table; - is none (all ones), what is
-- left out is 0, 'x' is a name.
local assert = require "luassert"
local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.header "src/sched/waiting/assume.h"

local RESULT = {
  [C.SCHED_ADVANCED] = "advanced",
  [C.SCHED_NOT_YET] = "not yet",
  [C.SCHED_BROKEN] = "broken",
  [C.SCHED_NO_MEMORY] = "no memory",
}
local GSTATUS = { Bad = 0, Runnable = 1, Running = 2, Syscall = 3, Waiting = 4 }
local PSTATUS = { Bad = 0, Running = 1, Idle = 2, Syscall = 3, Abandoned = 4 }

local types = {}
for id = 0, 255 do
  local spec = lib.gotrace_spec_of(id)
  if spec ~= nil then
    types[ffi.string(spec.name)] = id
  end
end

local function number(word, statuses)
  if word == "-" then
    return -1LL
  end
  return statuses[word] or assert(tonumber(word), word)
end

-- The names of a play, by what is between the quotes.
local function name_of(word)
  local name = word:match "^'(.*)'$"
  return name and name:byte() -- any number will do, if it differs
end

-- What the model says to an event, and the event; `force` has no say.
local function advance(sched, gen, words, diag, force)
  local ev = ffi.new "struct sched_event"
  local arg = ffi.new "uint64_t[4]"
  local handle = ffi.new "uint32_t[1]"
  local statuses = words[2] == "ProcStatus" and PSTATUS or GSTATUS
  assert(lib.sched_thread(sched, number(words[1], {}), handle))
  ev.thread, ev.gen, ev.arg = handle[0], gen, arg
  ev.type = assert(types[words[2]], words[2])
  for i = 3, #words do
    local name = name_of(words[i])
    if name then
      ev.name = name
    end
    arg[i - 3] = name or ffi.cast("int64_t", number(words[i], statuses))
  end
  if force then
    for _ = 1, 2 do
      local r = lib.sched_advance(sched, ev, diag)
      if r == C.SCHED_ADVANCED then
        return "advanced", ev
      end
      lib.sched_mend(sched, ev, r, nil)
    end
    lib.sched_assume(sched, ev)
    return "advanced", ev
  end
  return RESULT[tonumber(lib.sched_advance(sched, ev, diag))], ev
end

local function split(text)
  local words = {}
  for word in text:gmatch "%S+" do
    words[#words + 1] = word
  end
  return words
end

local function id(v)
  return v == -1 and "-" or tostring(tonumber(v))
end

-- What came of an event, in the words of the play.
local function answer(result, ev, diag, want)
  if result == "broken" then
    local why = ffi.string(diag.what)
    local expected = want:match "^broken: (.*)$"
    if expected and why:find(expected, 1, true) then
      return want
    end
    return "broken: " .. why
  elseif result ~= "advanced" then
    return result
  end
  local text = ("%s %s %s"):format(id(ev.m), id(ev.p), id(ev.g))
  if ev.before ~= 0 or ev.after ~= 0 then
    text = text .. (" before %d after %d"):format(ev.before, ev.after)
  end
  if want:find " as " then
    for word, status in pairs(PSTATUS) do
      text = ev.promoted == status and text .. " as " .. word or text
    end
  end
  return text
end

local function perform(sched, text)
  local gen = 1
  for line in text:gmatch "[^\n]+" do
    local event, want = line:match "^%s*(.-)%s*%->%s*(.-)%s*$"
    local words = split(event or line)
    local diag = engine.diag()
    if words[1] == "gen" then
      gen = tonumber(words[2])
    elseif words[1] == "reset" then
      lib.sched_reset(sched)
    elseif #words > 0 then
      local force = words[1] == "force" and table.remove(words, 1)
      local result, ev = advance(sched, gen, words, diag, force)
      if want then
        assert.equal(want, answer(result, ev, diag, want), line)
      else
        assert.equal("advanced", result, line .. ": " .. ffi.string(diag.what))
      end
    end
  end
end

local function play(text)
  local sched = lib.sched_new()
  local ok, err = pcall(perform, sched, text)
  lib.sched_free(sched)
  assert(ok, err)
end

-- A function that makes a test of each play in a list of name, play, name, play ...;
-- `it` is the spec's, which a module cannot see.
local function plays_by(it)
  return function(list)
    for i = 1, #list, 2 do
      it(list[i], function()
        play(list[i + 1])
      end)
    end
  end
end

return { advance = advance, perform = perform, play = play, plays_by = plays_by }
