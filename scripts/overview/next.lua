-- next.lua: three commands that ask this trace more: those of what was found, and then
-- what it has something to say to.
local words = require "overview.words"

local COMMANDS = 3

-- { whether it has an answer, option, ... }, the best first.
local function answers(seen)
  return {
    { seen.tasks:total() ~= nil or next(seen.open_tasks) ~= nil, "tasks" },
    { next(seen.waits) ~= nil, "blocks" },
    { seen.ready.count > 0, "sched", "--by=func" },
    { seen.running.count > 0, "-a", "sum(dur) by func top 10", "-f",
      'state == "Running"' },
    { seen.stops.count > 0, "stw" },
    { true, "events" },
    { true, "info" },
    { true, "cat" },
  }
end

-- of(t, seen, findings): the commands, as lines for the shell.
local function of(t, seen, findings)
  local list, is_there = {}, {}
  local function add(command)
    if #list < COMMANDS and not is_there[command] then
      list[#list + 1], is_there[command] = command, true
    end
  end
  for _, finding in ipairs(findings) do
    add(finding.command)
  end
  for _, answer in ipairs(answers(seen)) do
    if answer[1] then
      add(words.command(t, unpack(answer, 2)))
    end
  end
  return list
end

return { of = of }
