-- entries.lua: what is written in place of what, by the engine's ids of both texts: of logs
-- there can be millions, so that no text is kept.
local names = require "gotrace.engine.strings"
local numbers = require "gotrace.base.numbers"

-- In the order in which they are told.
local roles = { "func", "file", "reason", "stw", "label", "task", "region",
  "logkey", "logvalue", "experiment" }
local number_of = {}
for i, role in ipairs(roles) do
  number_of[role] = i
end
local KEPT = 2 ^ 8 -- beside the number of a role

local Entries = {}
Entries.__index = Entries

-- Whether a role is met for the first time in a set of bits by id.
local function is_first(set, id, role)
  local mask, flag = set:get(id), 2 ^ number_of[role]
  if mask % (2 * flag) >= flag then
    return false
  end
  set:set(id, mask + flag)
  return true
end

-- add(role, old, new, is_kept): texts. is_kept: new is old, or a part of it.
function Entries:add(role, old, new, is_kept)
  local from, to = names.intern(old), names.intern(new)
  local counts = is_kept and self.kept_counts or self.made_counts
  local set, id = self.made, from
  if is_kept then
    set, id = self.kept, to
  end
  self.written:set(to, 1)
  if id ~= 0 and is_first(set, id, role) then
    counts[role] = counts[role] + 1
  end
  self.old:set(self.len, from)
  self.new:set(self.len, to)
  self.role:set(self.len, number_of[role] + (is_kept and KEPT or 0))
  self.len = self.len + 1
end

-- is_written(id): whether a text is written in place of another, or of itself.
function Entries:is_written(id)
  return id == 0 or self.written:get(id) ~= 0
end

-- each(): an iterator over role, old, new, is_kept, as they were added; a text may have
-- been added for several that stand together with it.
function Entries:each()
  local i = -1
  return function()
    i = i + 1
    if i < self.len then
      local role = self.role:get(i)
      local is_kept = role >= KEPT
      return roles[is_kept and role - KEPT or role],
        names.text_of(self.old:get(i)), names.text_of(self.new:get(i)), is_kept
    end
  end
end

-- role_of(id): what a text of the trace was first; nil: it was none of what is replaced
-- or kept.
function Entries:role_of(id)
  for i = 0, self.len - 1 do
    if self.old:get(i) == id then
      return roles[self.role:get(i) % KEPT]
    end
  end
end

local function zeros()
  local counts = {}
  for _, role in ipairs(roles) do
    counts[role] = 0
  end
  return counts
end

local function new()
  return setmetatable({ len = 0, old = numbers.new(), new = numbers.new(),
    role = numbers.new(), made = numbers.new(), kept = numbers.new(),
    written = numbers.new(), made_counts = zeros(), kept_counts = zeros() },
    Entries)
end

return { new = new, roles = roles }
