-- report.lua: what of a trace stays and what was replaced: for people, and as a list.
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local printable = require "gotrace.base.printable"

local SAMPLES, WIDTH = 3, 40
local roles = require("gotrace.anonymize.entries").roles

local function short(text)
  return printable.line(#text > WIDTH and text:sub(1, WIDTH - 3) .. "..." or
    text)
end

-- Puts an entry among the first ones by their old text, each once.
local function insert_first(list, old, new)
  local at = #list + 1
  while at > 1 and old < list[at - 1].old do
    at = at - 1
  end
  if at > SAMPLES or list[at - 1] and list[at - 1].old == old then
    return
  end
  table.insert(list, at, { old = old, new = new })
  list[SAMPLES + 1] = nil
end

-- By role the first entries that are replaced.
local function samples_of(entries)
  local samples = {}
  for role, old, new, is_kept in entries:each() do
    if not is_kept and old ~= "" then
      samples[role] = samples[role] or {}
      insert_first(samples[role], old, new)
    end
  end
  return samples
end

local function samples_text(list)
  local some = {}
  for i, entry in ipairs(list or {}) do
    some[i] = short(entry.old) .. " > " .. short(entry.new)
  end
  return table.concat(some, ", ")
end

-- show(audit, print): a line a role: how many stay, how many are replaced, and some.
local function show(audit, print)
  local entries = audit.entries
  local samples = samples_of(entries)
  print(("%-10s  %5s  %8s  %s"):format("role", "stay", "replaced", "such as"))
  for _, role in ipairs(roles) do
    local stay, replaced = entries.kept_counts[role], entries.made_counts[role]
    if stay + replaced > 0 then
      print((("%-10s  %5d  %8d  %s"):format(role, stay, replaced,
        samples_text(samples[role])):gsub(" +$", "")))
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

-- By role the texts that stay, each once, sorted.
local function kept_by_role(entries)
  local lists, seen = {}, {}
  for _, role in ipairs(roles) do
    lists[role], seen[role] = {}, {}
  end
  for role, _, new, is_kept in entries:each() do
    if is_kept and new ~= "" and not seen[role][new] then
      seen[role][new] = true
      table.insert(lists[role], new)
    end
  end
  for _, list in pairs(lists) do
    table.sort(list)
  end
  return lists
end

-- write(path, audit, trace): each string that stays, a line each: its role and itself.
local function write(path, audit, trace)
  check(path, trace)
  local lists, lines = kept_by_role(audit.entries), {}
  for _, role in ipairs(roles) do
    for _, text in ipairs(lists[role]) do
      lines[#lines + 1] = role .. "\t" .. printable.line(text) .. "\n"
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

local function sum(counts)
  local n = 0
  for _, count in pairs(counts) do
    n = n + count
  end
  return n
end

-- What stays, by role: of one, and of several.
local words = {
  func = { "function of Go itself", "functions of Go itself" },
  file = { "file of its source", "files of its source" },
  reason = { "reason of a wait", "reasons of waits" },
  stw = { "reason of a stop", "reasons of stops" },
  label = { "label of the runtime's", "labels of the runtime's" },
  task = { "type of tasks", "types of tasks" },
  region = { "name of a region", "names of regions" },
  logkey = { "key of logs", "keys of logs" },
  logvalue = { "logged value", "logged values" },
  experiment = { "type of the runtime's", "types of the runtime's" },
}

local function kinds_of(counts)
  local list = {}
  for _, role in ipairs(roles) do
    local n = counts[role]
    if n > 0 then
      list[#list + 1] = ("%d %s"):format(n, words[role][n == 1 and 1 or 2])
    end
  end
  return table.concat(list, ", ")
end

-- The options that let stay what is the program's own.
local function asked_of(opt)
  local list = {}
  for _, name in ipairs { "keep", "tasks", "regions", "labels" } do
    list[#list + 1] = opt[name] and "--" .. name or nil
  end
  list[#list + 1] = opt.logs == "keep" and "--logs=keep" or nil
  return table.concat(list, ", ")
end

local function stay_text(counts, opt)
  local asked = asked_of(opt)
  return kinds_of(counts) .. (asked == "" and
    ": safe to hand out, as they tell only which parts of Go it uses" or
    ": look at what " .. asked .. " lets stay before you hand it out")
end

-- closing(audit, shown, opt): what remains visible, and what of it is to be thought about.
local function closing(audit, shown, opt)
  local counts = audit.entries.kept_counts
  local stay, replaced = sum(counts), sum(audit.entries.made_counts)
  local begin = opt.dry_run and "nothing is written" or shown
  local text = ("%s: %d names stay, %d are replaced; timing, core count and " ..
    "calling patterns remain visible"):format(begin, stay, replaced)
  local stays = stay > 0 and ("%s: what stays: %s (--audit=FILE lists " ..
    "it, --deny=REGEXP replaces some of it, too)"):format(begin,
    stay_text(counts, opt)) or nil
  return text, stays
end

return { show = show, write = write, closing = closing }
