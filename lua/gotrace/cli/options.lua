-- options.lua: the program's own options. This table is their parser, their
-- help and the names that scripts may not take.
--
-- stage: they add a stage to the pipeline, in the order given.
-- code: the value is Lua, which may begin with a comment: --x.
-- later: not in this version; the row keeps the name and its place.
-- hidden_choices: help does not list them.
local rows = {
  { name = "script", short = "s", long = false, arg = "SCRIPT",
    stage = true, repeatable = true,
    help = "run a further script; scripts form a pipeline" },
  { name = "eval", short = "e", long = false, arg = "CODE", code = true,
    stage = true, repeatable = true, help = "run Lua code as a script" },
  { name = "filter", short = "f", long = false, arg = "EXPR",
    stage = true, repeatable = true,
    help = "only events for which EXPR holds: -f 'reason == \"sleep\"'" },
  { name = "print", short = "p", long = false, arg = "EXPR,...",
    stage = true, repeatable = true,
    help = "print the expressions for each event: -p time,type,g" },
  { name = "aggregate", short = "a", long = false, arg = "AGG",
    stage = true, repeatable = true,
    help = "a table: -a 'count() by type', -a 'sum(dur) by reason'" },
  { name = "spans", arg = "KIND,...", type = "list", optional = true,
    choices = { "state", "proc", "stw", "gc", "sweep", "assist", "region",
      "task", "goroutine" },
    hidden_choices = true,
    help = "expressions are about spans, of these kinds (states)" },
  { name = "format", short = "F", long = false, arg = "FORMAT",
    choices = { "text", "json", "csv" }, default = "text",
    help = "form of tables and of -p" },
  { name = "wide", type = "bool",
    help = "tables as wide as they are, not as the terminal (else 80)" },
  { name = "csv-safe", type = "bool",
    help = "with -F csv: a ' before what a spreadsheet runs: = + - @" },
  { name = "output", short = "o", long = false, arg = "FILE",
    help = "write a trace: what the scripts leave, as Go 1.26 has it" },
  { name = "strict", type = "bool",
    help = "with -o: refuse what is illegal, do not repair it" },
  { name = "from", arg = "T", type = "duration",
    help = "only events from this time on: 12ms; -1s: from the end" },
  { name = "to", arg = "T", type = "duration",
    help = "only events before this time" },
  { name = "binary", arg = "PROGRAM",
    help = "the traced program: names for the stacks of Go 1.5" },
  { name = "verify", arg = "FILE...",
    help = "read traces as Go's tools do, and say what breaks a rule" },
  { name = "check", short = "n", long = false, type = "bool",
    help = "load and check the scripts, read no trace" },
  { name = "explain", type = "bool",
    help = "say how the run is executed, and why" },
  { name = "list", short = "l", long = false, type = "bool",
    help = "list the scripts that come with it; -l 'g*': some of them" },
  { name = "list_events", short = "lv", long = false, type = "bool",
    help = "list events and hooks; -lv NAME: fields and words of one" },
  { name = "starter", short = "g", long = false, arg = "TRACE",
    help = "print a script with a hook for each event type in TRACE" },
  { name = "sandbox", type = "bool",
    help = "scripts reach no files and processes (the default)" },
  { name = "unsafe", type = "bool",
    help = "open io, os and ffi to the scripts" },
  { name = "quiet", short = "q", long = false, type = "bool",
    help = "no progress, no reports of damage and repairs" },
  { name = "progress", type = "bool",
    help = "show progress, also where it would not show by itself" },
  { name = "memory-limit", arg = "SIZE", type = "size",
    help = "memory at most: 512M, 4G, none (default: half of it)" },
  { name = "version", type = "bool", help = "print the version" },
  { name = "help", short = "h", type = "bool",
    help = "print this, or with SCRIPT the script's own help" },
  { name = "recipe", short = "c", long = false, arg = "RECIPE", later = true },
}

for _, row in ipairs(rows) do
  row.type = row.type or "string"
end

return rows
