-- library.lua: gotrace.anonymize as scripts have it: what is written in place of each name
-- and value, and the audit of it.
local C = require "gotrace.engine.abi"
local audits = require "gotrace.anonymize.audit"
local errors = require "gotrace.base.errors"
local frames = require "gotrace.anonymize.frames"
local logged = require "gotrace.anonymize.logs"
local map = require "gotrace.anonymize.map"
local named_file = require "gotrace.base.named_file"
local names = require "gotrace.engine.strings"
local pseudonyms = require "gotrace.anonymize.pseudonyms"
local report = require "gotrace.anonymize.report"
local values = require "gotrace.anonymize.values"

-- Roles by the option that keeps them.
local options = { tasks = { "task" }, regions = { "region" },
  labels = { "label" } }

local function kept_roles(opt)
  local kept = {}
  for name, roles in pairs(options) do
    for _, role in ipairs(roles) do
      kept[role] = opt[name]
    end
  end
  local logs = opt.logs == "keep"
  kept.logkey, kept.logvalue = logs, logs
  return kept
end

-- 24 of "1.24".
local function version_of(text)
  return text and tonumber(text:match "^1%.(%d+)$")
end

-- What the engine leaves out.
local function without(opt)
  return (opt.wall == "keep" and 0 or tonumber(C.GOTRACE_WITHOUT_WALL)) +
    (opt.times == "keep" and 0 or tonumber(C.GOTRACE_WITHOUT_BOOT)) +
    (opt.ids and 0 or tonumber(C.GOTRACE_WITHOUT_IDS))
end

local Anonymizer = {}

-- What words the trace has, as far as it is known: of a file all are before the first event.
function Anonymizer:learn()
  local count = C.gotrace_string_count(names.handle)
  for id = self.learnt + 1, count - 1 do
    if not self.audit.entries:is_written(id) then
      self.words:take(names.text_of(id))
    end
  end
  self.learnt = count - 1
end

-- Where GOROOT is, in the stacks that are known.
function Anonymizer:look(st)
  for _, frame in ipairs(st) do
    if self.frames:look(frame.func, frame.file) then
      return
    end
  end
  while self.looked < C.gotrace_stack_count(names.handle) - 1 do
    self.looked = self.looked + 1
    for _, frame in ipairs(names.known_stack(self.looked)) do
      if self.frames:look(frame.func, frame.file) then
        return
      end
    end
  end
end

-- A stack that says nothing is one that the runtime could not walk.
local function is_nothing(st)
  local leaf = st[1]
  return #st == 0 or #st == 1 and leaf.func == "" and leaf.file == "" and
    leaf.pc == 0
end

function Anonymizer:stack(st)
  if is_nothing(st) then
    return nil
  end
  self:learn()
  if not self.frames.goroot then
    self:look(st)
  end
  local list = {}
  for i, frame in ipairs(st) do
    list[i] = self.frames:frame(frame)
  end
  return list
end

function Anonymizer:string(text, role)
  if role == "func" or role == "file" then
    return nil -- the stacks have what they become
  end
  self:learn()
  local new = self.value(text, role)
  self.audit:note(role, text, new, new == text)
  return new
end

-- The path of an option that is a file, or nil: a script has no paths of its own.
local function path_of(opt, name)
  local path = named_file.path_of(opt[name])
  if opt[name] ~= nil and not path then
    error(name .. " is a file that the command line names: type = \"new_file\"",
      4)
  end
  return path
end

-- What of the run is for the writer: see output/writer.lua.
local function guard_of(self, opt, context)
  local audit_path, map_path = path_of(opt, "audit"), path_of(opt, "map")
  return {
    without = without(opt),
    is_preview = opt.dry_run,
    judge = function(bytes, len)
      if opt.dry_run then
        report.show(self.audit, context.print())
        self.logs:tell(self.audit.entries, opt.logs, context.print())
      end
      self.audit:judge(bytes, len, self.words)
      if audit_path then
        report.write(audit_path, self.audit, context.trace)
      end
      if map_path and not opt.dry_run then
        map.write(map_path, self.audit.entries, self.words)
      end
    end,
    tell = function(shown)
      return report.closing(self.audit, shown, opt)
    end,
  }
end

local function new(opt, context)
  local self = { looked = 0, learnt = 0 }
  setmetatable(self, { __index = Anonymizer })
  self.words, self.audit = pseudonyms.new(names.intern, opt.key),
    audits.new()
  self.frames = frames.new {
    words = self.words, keep = opt.keep, deny = opt.deny,
    version = version_of(opt.go), lines = opt.lines, pcs = opt.pcs,
    note = function(...)
      self.audit:note(...)
    end,
    note_parts = function(...)
      self.audit:note_parts(...)
    end,
  }
  self.logs = logged.new()
  self.value = values.new { words = self.words, kept = kept_roles(opt),
    deny = opt.deny }
  context.set_guard(guard_of(self, opt, context))
  return self
end

-- library(context): what a script gets: a function that takes the options of anonymize and
-- yields the hooks begin, string and stack, and log, for what is logged where nothing is
-- written: the verdict drops it if the options say so.
--   context  { set_guard(guard), print() (the function that prints), trace }
local function library(context)
  return function(opt)
    if opt.go and not version_of(opt.go) then
      errors.usage("--go: \"%s\" is no version of Go such as 1.24", opt.go)
    end
    local self = new(opt, context)
    return {
      begin = function()
        self:learn()
      end,
      string = function(...)
        return self:string(...)
      end,
      stack = function(...)
        return self:stack(...)
      end,
      log = function(ev)
        self.logs:add(ev.key, ev.value)
        if opt.logs == "drop" then
          return false
        end
      end,
    }
  end
end

return { library = library }
