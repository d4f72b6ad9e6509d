-- starter.lua: -g: a script to begin with, made from what is in a trace.
local output = require "gotrace.sandbox.output"
local printable = require "gotrace.base.printable"
local run = require "gotrace.run.run"
local spec = require "gotrace.engine.event_table"
local urls = require "gotrace.fetch.urls"

-- A stage that counts, in the order that is cheapest.
local function counter(counts)
  return {
    kind = "script",
    name = "-g",
    order = "thread",
    leaves_out = {},
    hooks = {
      any = function(ev)
        counts[ev.type] = (counts[ev.type] or 0) + 1
      end,
    },
  }
end

local function sorted(counts)
  local types = {}
  for name in pairs(counts) do
    types[#types + 1] = name
  end
  table.sort(types, function(a, b)
    if counts[a] ~= counts[b] then
      return counts[a] > counts[b]
    end
    return a < b
  end)
  return types
end

local function hook(name, n)
  local args = table.concat(spec.shown_args(spec.by_name[name]), " ")
  return ("-- %d events%s%s\nfunction on.%s(ev)\nend\n"):format(n,
    args ~= "" and ": " or "", args, name)
end

local function write(path, counts)
  output.write("-- A script for ", printable.line(path), ": delete what you ",
    "do not need.\n-- Every event has ", table.concat(spec.common, " "), ".\n",
    'description = "..."\n')
  for _, name in ipairs(sorted(counts)) do
    output.write("\n", hook(name, counts[name]))
  end
end

-- starter(path, options): the exit status.
local function starter(path, options)
  local counts = {}
  local status = run.run({ counter(counts) }, { path }, options)
  if next(counts) then
    write(urls.shown(path), counts)
  end
  return status
end

return starter
