-- vintage.lua: -f expressions that hold for no event of a trace of some version,
-- as they ask for a type or a word that came later.
--
-- Only the whole expression counts: one that is written for several versions, such
-- as type in {"GoStop", "GoSwitch"}, is as good as it can be in each.
local mistakes = require "gotrace.expression.mistakes"
local spec = require "gotrace.engine.event_table"
local words = require "gotrace.event.words"

local OLDEST_V2 = 22
-- The last Go that writes a header, where it is not that of the same number.
local last_go = { [23] = 24, [26] = 27 }

-- Words that came later, with the version of Go: { reason = { word = N } }. The
-- traces of Go 1.10 to 1.20 know two kinds of stops, older ones none.
local later = { reason = { ["GC weak to strong wait"] = 24, synctest = 24 },
  kind = {} }
for _, kind in ipairs(words.kind) do
  later.kind[kind] = 21
end
for _, kind in ipairs { "GC mark termination", "GC sweep termination", "",
  "unknown" } do
  later.kind[kind] = nil
end

-- since(field, word): the N of the Go 1.N that the word came with, nil for 1.5.
-- What older traces become events of is as old as they are.
local function since(field, word)
  local row = field == "type" and spec.by_name[word]
  if row then
    return row.since > OLDEST_V2 and row.since or nil
  end
  return later[field] and later[field][word]
end

-- What is wrong with field == value in that version, or nil.
local function too_early(field, value, version)
  local came = value and since(field, value)
  if came and came > (last_go[version] or version) then
    return ('no trace of Go 1.%d has %s "%s", which came with Go 1.%d')
      :format(version, field, value, came)
  end
end

local never = {}

-- Why the tree holds for no event of that version; nil: it may.
local function why_never(node, version)
  local rule = never[node.op == "binary" and node.sign or node.op]
  return rule and rule(node, version)
end

function never.group(node, version)
  return why_never(node[1], version)
end

never["and"] = function(node, version)
  return why_never(node[1], version) or why_never(node[2], version)
end

never["or"] = function(node, version)
  return why_never(node[1], version) and why_never(node[2], version)
end

never["=="] = function(node, version)
  local field, value = mistakes.constant_pair(node[1], node[2])
  return field and too_early(field, value, version)
end

never["in"] = function(node, version)
  local why
  for _, item in ipairs(node[2].op == "table" and node[2] or {}) do
    local field, value = mistakes.constant_pair(node[1], item)
    why = field and too_early(field, value, version)
    if not why then
      return nil
    end
  end
  return why
end

-- of(tree): a function that says of a version, N of Go 1.N as a trace's header
-- has it, why nothing in such a trace comes through; nil: it may.
local function of(tree)
  return function(version)
    return why_never(tree, version)
  end
end

return { of = of, since = since }
