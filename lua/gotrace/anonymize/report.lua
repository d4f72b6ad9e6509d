-- report.lua: what of a trace stays and what was replaced: for people, and as a list.
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local printable = require "gotrace.base.printable"

local SAMPLES, WIDTH = 3, 40

-- In the order in which they are told.
local roles = { "func", "file", "reason", "stw", "label", "task", "region",
  "logkey", "logvalue", "experiment" }

-- By role the texts of entries, each once, sorted.
local function by_role(entries, field)
  local lists, seen = {}, {}
  for _, role in ipairs(roles) do
    lists[role] = {}
  end
  for _, entry in ipairs(entries) do
    local key = entry.role .. "\0" .. entry[field]
    if not seen[key] and entry[field] ~= "" then
      seen[key] = true
      table.insert(lists[entry.role], entry)
    end
  end
  for _, list in pairs(lists) do
    table.sort(list, function(a, b)
      return a[field] < b[field]
    end)
  end
  return lists
end

local function count(lists)
  local n = 0
  for _, list in pairs(lists) do
    n = n + #list
  end
  return n
end

local function short(text)
  return printable.line(#text > WIDTH and text:sub(1, WIDTH - 3) .. "..." or
    text)
end

-- show(audit, print): a line a role: how many stay, how many are replaced, and some.
local function show(audit, print)
  local kept, made = by_role(audit.kept, "new"), by_role(audit.made, "old")
  print(("%-10s  %5s  %8s  %s"):format("role", "stay", "replaced", "such as"))
  for _, role in ipairs(roles) do
    if #kept[role] + #made[role] > 0 then
      local some = {}
      for i = 1, math.min(SAMPLES, #made[role]) do
        local entry = made[role][i]
        some[i] = short(entry.old) .. " > " .. short(entry.new)
      end
      print((("%-10s  %5d  %8d  %s"):format(role, #kept[role], #made[role],
        table.concat(some, ", ")):gsub(" +$", "")))
    end
  end
end

-- Of the files that were written none can be the one that is read.
local function check(path, trace)
  if host.is_same(path, trace.file) or trace.output and
    host.is_same(path, trace.output) then
    errors.usage("--audit=%s would overwrite a trace", path)
  end
end

-- write(path, audit, trace): each string that stays, a line each: its role and itself.
local function write(path, audit, trace)
  check(path, trace)
  local lists, lines = by_role(audit.kept, "new"), {}
  for _, role in ipairs(roles) do
    for _, entry in ipairs(lists[role]) do
      lines[#lines + 1] = role .. "\t" .. printable.line(entry.new) .. "\n"
    end
  end
  local file, why = io.open(path, "wb")
  local ok = file and file:write(table.concat(lines))
  if file then
    ok = file:close() and ok
  end
  if not ok then
    errors.stop(errors.status.output, "--audit=%s cannot be written: %s " ..
      "(it has to be in the folder of -o)", path, why or "write failed")
  end
end

-- closing(audit, shown, opt): what remains visible.
local function closing(audit, shown, opt)
  local stay = count(by_role(audit.kept, "new"))
  local replaced = count(by_role(audit.made, "old"))
  return ("%s: %d names stay, %d are replaced; timing, core count and " ..
    "calling patterns remain visible"):format(
    opt.dry_run and "nothing is written" or shown, stay, replaced)
end

return { show = show, write = write, closing = closing }
