-- pseudonyms.lua: words in place of names: fn31, T3, pkg7. The same name has the same word,
-- no two names share one, and none is a word of the trace that is read.
local errors = require "gotrace.base.errors"
local numbers = require "gotrace.base.numbers"

-- What words are made of; what the tokens of a trace are looked for.
local heads = { pkg = true, fn = true, T = true, file = true, task = true,
  region = true, key = true, value = true, label = true, reason = true }

local Pseudonyms = {}
Pseudonyms.__index = Pseudonyms

-- A name as a key: kinds do not share names.
local function key_of(kind, text)
  return kind .. "\0" .. text
end

-- Functions and types share their names, so their numbers too.
local shares = { fn = { "fn", "T" }, T = { "fn", "T" } }

function Pseudonyms:is_taken(heads_of, n)
  for _, head in ipairs(heads_of) do
    if self.taken[head .. n] then
      return true
    end
  end
  return false
end

-- The next number that is in no word of the trace.
function Pseudonyms:count(head)
  local all = shares[head] or { head }
  local n = (self.counts[all[1]] or 0) + 1
  while self:is_taken(all, n) do
    n = n + 1
  end
  self.counts[all[1]] = n
  return n
end

local function refuse(hash)
  errors.stop(errors.status.output, "two names of this trace have " ..
    "the same keyed hash, %s: nothing is written; another key will do", hash)
end

-- The keyed hash, of which no two names may have the same.
function Pseudonyms:digest(key)
  local hash = self.hash(key)
  local other = self.of_hash[hash]
  if other and other ~= key then
    refuse(hash)
  end
  self.of_hash[hash] = key
  return "_" .. hash
end

-- number(kind, text, head): what stands behind the head of the word for a name of a kind:
-- a number, or with a key its hash. Names of one kind have one number under all heads.
function Pseudonyms:number(kind, text, head)
  local key = key_of(kind, text)
  local known = self.numbers[key]
  if not known then
    known = self.hash and self:digest(key) or self:count(head)
    self.numbers[key] = known
  end
  return known
end

-- word(kind, text, head): the word; head is the kind if there is none.
function Pseudonyms:word(kind, text, head)
  head = head or kind
  local word = head .. self:number(kind, text, head)
  self.made[word] = true
  return word
end

-- The number of a value of that id, by head.
function Pseudonyms:value_number(head, id)
  local list = self.values[head] or numbers.new()
  self.values[head] = list
  local n = list:get(id)
  if n == 0 then
    n = self:count(head)
    list:set(id, n)
  end
  return n
end

-- Whose word it is, by the id of the word: the first with a hash has it alone.
function Pseudonyms:value_hash(head, text, id)
  local hash = self.hash(key_of(head, text))
  local word = self.intern(head .. "_" .. hash)
  local owner = self.owners:get(word)
  if owner ~= 0 and owner ~= id then
    refuse(hash)
  end
  self.owners:set(word, id)
  return "_" .. hash
end

-- value(head, text): the word for what is no name of code: tasks, logs and the like. There
-- can be millions, so that no text is kept.
function Pseudonyms:value(head, text)
  local id = self.intern(text)
  return head .. (self.hash and self:value_hash(head, text, id) or
    self:value_number(head, id))
end

-- Whether a word was made.
function Pseudonyms:is_made(word)
  local head, n = word:match "^(%a+)(%d+)$"
  local is_value = head and self.values[head] and
    tonumber(n) <= self.counts[head] and head .. tonumber(n) == word
  return self.made[word] or is_value and not self.taken[word] or false
end

-- line(func, line): a line number in place of one in a function: the how manieth of those
-- that were met, or with a key of its hash. Lines of one function stay apart.
function Pseudonyms:line(func, line)
  local lines = self.lines[func]
  if not lines then
    lines = { count = 0, used = {} }
    self.lines[func] = lines
  end
  if not lines[line] then
    lines.count = lines.count + 1
    local own = self.hash and self.line_of(key_of("line", func .. ":" .. line))
      or lines.count
    while lines.used[own] do
      own = own + 1
    end
    lines[line], lines.used[own] = own, line
  end
  return lines[line]
end

-- lines_of(func): line numbers by those in their place; nil: none was replaced.
function Pseudonyms:lines_of(func)
  local lines = self.lines[func]
  return lines and lines.used
end

-- Calls fn with what in a text could be of our making. Hashes are nobody's words.
local function each_word(text, fn)
  for head, number in text:gmatch "%f[%w_](%a+)(%d+)" do
    if heads[head] then
      fn(head .. number)
    end
  end
end

-- take(text): none of its words is going to be made, unless it was.
function Pseudonyms:take(text)
  each_word(text, function(word)
    self.taken[word] = not self:is_made(word) or nil
  end)
end

-- clash(text): a word in it that was made; nil: none was.
function Pseudonyms:clash(text)
  local found
  each_word(text, function(word)
    found = found or self:is_made(word) and word or nil
  end)
  return found
end

-- new(intern, key): with numbers, or with a key (base/key.lua) its hashes.
--   intern(text)  a number from 1 on, the same for the same text
local function new(intern, key)
  return setmetatable({
    intern = intern, values = {}, owners = numbers.new(),
    hash = key and function(text)
      return key:hash(text)
    end,
    line_of = key and function(text)
      return key:number(text)
    end,
    counts = {}, numbers = {}, of_hash = {}, made = {}, taken = {}, lines = {},
  }, Pseudonyms)
end

return { new = new }
