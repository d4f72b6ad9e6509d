-- asked.lua: words for what people want to know that are no script's name, and what shows
-- it. These are what first-time users type where the name of a script or a page goes.
local suggest = require "gotrace.base.suggest"

local words_of = {
  blocks = "block blocking contended contention lock locks mutex mutexes " ..
    "rwmutex semaphore wait waiting waits",
  cat = "dump print show",
  created_by = "created creators spawned",
  diff = "compare",
  dot = "graph",
  flame = "flamegraph flamegraphs",
  functions = "hot hotspots",
  gc = "collector collections garbage",
  handlers = "endpoint endpoints grpc handler http request requests server",
  heap = "allocs mem memory",
  keep = "filter",
  overview = "stats summary why",
  pprof = "cpu profile profiles",
  procs = "proc processors utilization",
  related = "wakes woken",
  report = "html",
  runnable = "runqueue",
  sched = "delay delays latencies latency scheduler",
  sqlite = "database",
  stw = "pause pauses stops",
  top = "follow live monitor watch",
  trim = "cut slice window",
}
-- What a script does not show alone, and the page that says more.
local others = {
  ["-c share-public"] = { "share", page = "sharing" },
  anonymize = { "obfuscate", "redact", "sanitize", "scrub", page = "sharing" },
  scripting = { "lua", page = "scripting" },
  ["help stability"] = { "exit", "exit-status", "exitcode", "status",
    "statuses", page = "stability" },
  ["help start"] = { "begin", "introduction", "quickstart", "tutorial",
    page = "start" },
  ["help agents"] = { "agent", "ai", "skill", page = "agents" },
}

local answers, pages = {}, {}
for answer, words in pairs(words_of) do
  for word in words:gmatch "%S+" do
    answers[word], pages[word] = answer, answer
  end
end
for answer, words in pairs(others) do
  for _, word in ipairs(words) do
    answers[word] = answer ~= words.page and answer or nil
    pages[word] = words.page
  end
end

-- hint_by(list, written, names): ` (did you mean "blocks"?)`, or "".
local function hint_by(list, written, names)
  local name = list[written:lower()]
  return name and (' (did you mean "%s"?)'):format(name) or
    suggest.hint(written, names)
end

-- script_hint(written, names): what is meant by a word in a script's place: one of these
-- names, or what answers the question.
local function script_hint(written, names)
  return hint_by(answers, written, names)
end

-- page_hint(written, topics): the same of a page of the manual.
local function page_hint(written, topics)
  return hint_by(pages, written, topics)
end

-- address_hint(word): what to say of HOST:PORT where a file or a script is wanted; nil: it
-- is none.
local function address_hint(word)
  local port = word:match "^[%w.-]+:(%d+)$" or word:match "^[%w.-]+:(%d+)/"
  return port and #port <= 5 and
    ("a running program is http://%s"):format(word) or nil
end

return { script_hint = script_hint, page_hint = page_hint,
  address_hint = address_hint }
