-- usage.lua: what the program says of itself, for --help and for its man page: ways to call
-- it, exit statuses, examples. The options are a table of their own (cli/options.lua).

-- Ways to call it; what each does, or nil where the page says it.
local synopsis = {
  { "gotrace-lua TRACE...", "a page about each trace" },
  { "gotrace-lua [options] SCRIPT [script options] TRACE..." },
  { "gotrace-lua [options] -e CODE TRACE..." },
  { "gotrace-lua [options] -f EXPR -p EXPR,... TRACE..." },
  { "gotrace-lua [options] -a 'AGG(EXPR) by KEY' TRACE..." },
  { "gotrace-lua [options] -o NEW.trace TRACE" },
  { "gotrace-lua [options] -c RECIPE TRACE..." },
  { "gotrace-lua merge PART...", "put --partial-out's files together" },
  { "gotrace-lua yaml TRACE", "print a trace as YAML" },
  { "gotrace-lua build FILE.yaml -o TRACE", "and make it again" },
  { "gotrace-lua new NAME", "begin a script, with a test" },
  { "gotrace-lua test [FILE|DIR...]", "run tests of scripts" },
  { "gotrace-lua init [DIR]", "tell editors what scripts have" },
  { "gotrace-lua help [TOPIC]", "the manual; alone: its pages" },
}

-- What people ask of a trace, in their words, and the command whose answer that is.
local questions = {
  { "what is it, and what stands out?", "gotrace-lua TRACE" },
  { "which HTTP or gRPC handler is slow?", "handlers" },
  { "which tasks are slow, and why?", "slow_tasks; task --slowest=N" },
  { "who waits, for what, and where?", "blocks" },
  { "which lock, and who holds it?", "blocks; wakers" },
  { "which function uses the CPU?", "functions; flame --kind=exec" },
  { "why does it not run at once?", "sched --by=func; runnable" },
  { "are all CPUs busy?", "procs" },
  { "what does the collector cost?", "gc; heap" },
  { "what stops the world?", "stw" },
  { "which syscalls are slow?", "syscalls" },
  { "what leaks?", "leaks" },
  { "who starts so many goroutines?", "created_by" },
  { "what does one goroutine do?", "goroutine --goroutine=ID" },
  { "when was it?", "timeline; --from 1s --to 2s" },
  { "what changed?", "diff BEFORE AFTER" },
  { "can I see it?", "report -o X.html; perfetto -o X" },
  { "may I hand it on?", "-c share-public -o NEW" },
}

local about = [[
SCRIPT is a path, or the name of a script that comes with the program (-l).
TRACE is a file of Go 1.5 to 1.27, also packed with gzip or zstd; - is standard
input; http://HOST:PORT is a running program that serves net/http/pprof, and any
other URL is what is there.]]

-- Of several that hold the process ends with the one that comes first in
-- base/errors.lua.
local statuses = {
  { 0, "done" },
  { 1, "fail: by a script, a test, or what must hold and does not" },
  { 2, "usage, or a script that does not load" },
  { 3, "input damaged: all that is readable was delivered" },
  { 4, "a script's run-time error, or a refusal by --strict" },
  { 5, "cannot write" },
  { 6, "over the memory limit" },
  { 129, "ended by HUP: the terminal is gone" },
  { 130, "ended by Ctrl-C" },
  { 143, "ended by TERM" },
}

-- CMakeLists.txt installs them there.
local traces = [[
The examples' traces are installed in /usr/share/doc/gotrace-lua/examples: cp -r
that, and run them there. Any trace does: go test -trace trace.out makes one.]]

-- A command, and what it prints.
local examples = {
  { command = "gotrace-lua -a 'count() by type top 2' " ..
    "testdata/real/go1.27-http.trace",
    output = [[
type             count
GoStart           5543
GoStop            5021
... and 23 more   2332
]] },
  { command = "gotrace-lua sched --by=place.func --top=1 " ..
      "testdata/real/go1.27-faults.trace",
    output = [[
place.func           waits    total     mean     p50     p99      max
main.together.func1     18  147.4ms  8.187ms  95.6us  36.3ms  36.51ms
... and 9 more          96  3.348ms  34.87us  12.7us   315us  315.6us
]] },
}

local function synopsis_lines()
  local lines = {}
  for i, row in ipairs(synopsis) do
    lines[i] = (i == 1 and "usage: " or "       ") .. (row[2] and
      ("%-37s  %s"):format(row[1], row[2]) or row[1])
  end
  return table.concat(lines, "\n")
end

local function question_lines()
  local lines = { ("%-37s  %s"):format("your question",
    "SCRIPT, before TRACE") }
  for i, row in ipairs(questions) do
    lines[i + 1] = ("  %-35s  %s"):format(row[1], row[2])
  end
  return table.concat(lines, "\n")
end

local function status_lines()
  local lines = {}
  for i, row in ipairs(statuses) do
    lines[i] = ("  %-3d  %s"):format(row[1], row[2])
  end
  return table.concat(lines, "\n")
end

-- example_lines(list): examples as help shows them: two are enough, with what prints nothing
-- before them.
local function example_lines(list)
  local lines, n = {}, 0
  for _, example in ipairs(list) do
    lines[#lines + 1] = "  $ " .. example.command
    for line in example.output:gmatch "([^\n]*)\n" do
      lines[#lines + 1] = line == "" and "" or "  " .. line
    end
    if example.output ~= "" then
      n = n + 1
      lines[#lines + 1] = ""
    end
    if n == 2 then
      break
    end
  end
  return (table.concat(lines, "\n"):gsub("\n+$", ""))
end

-- help(rows): all that --help prints; rows: the help of the options.
local function help(rows)
  return ("gotrace-lua: jq for Go execution traces.\n\n%s\n\n%s\n\n%s\n\n" ..
    "options:\n%s\n\nexit status:\n%s\n\n%s\n\nexamples:\n%s\n"):format(
    question_lines(), synopsis_lines(), about, rows, status_lines(), traces,
    example_lines(examples))
end

return { question_lines = question_lines, traces = traces, synopsis = synopsis,
  about = about, statuses = statuses, examples = examples,
  example_lines = example_lines, help = help }
