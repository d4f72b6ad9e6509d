-- anonymize.lua: makes a trace safe to hand out: Go's own functions stay, all other names
-- and values become pseudonyms that keep their form, logs are dropped, clocks, numbers of
-- goroutines and threads, lines and addresses are not the machine's. What is written is
-- searched for what it must not say before it appears (docs/sharing.md).
--
--   $ gotrace-lua -o shared.trace anonymize testdata/real/go1.27-annotations.trace 2>&1 | head -2
--   gotrace-lua: shared.trace: 431 events; 51 dropped (UserLog)
--   gotrace-lua: shared.trace: 64 names stay, 31 are replaced; timing, core count and calling patterns remain visible
--
--   $ gotrace-lua -q -o t.trace anonymize testdata/real/go1.27-faults.trace && gotrace-lua tasks t.trace
--   name   complete    total     mean    p50      p99      max  open
--   task1        12  14.42ms  1.202ms  126us  4.486ms  4.486ms     0
description = "Make a trace safe to hand out: names become pseudonyms"

args = {
  { name = "keep", type = "regexp",
    help = "functions that stay, beside Go's own" },
  { name = "deny", type = "regexp", help = "names that do not stay" },
  { name = "go", arg = "1.N", matches = "^1[.][0-9]+$",
    wanted = "a version of Go such as 1.24",
    help = "only packages of this version are Go's own" },
  { name = "key", type = "key",
    help = "same names, same pseudonyms in all traces with this key" },
  { name = "logs", choices = { "drop", "hash", "keep" }, default = "drop",
    help = "what the program logged" },
  { name = "tasks", type = "bool", help = "keep types of tasks" },
  { name = "regions", type = "bool", help = "keep names of regions" },
  { name = "labels", type = "bool", help = "keep labels of goroutines" },
  { name = "lines", type = "bool", help = "keep line numbers" },
  { name = "pcs", type = "bool", help = "keep addresses of code" },
  { name = "ids", type = "bool",
    help = "keep numbers of goroutines, threads and tasks" },
  { name = "times", choices = { "shift", "keep" }, default = "shift",
    help = "since when the machine has been up" },
  { name = "wall", choices = { "drop", "keep" }, default = "drop",
    help = "when the trace was made" },
  { name = "dry-run", type = "bool",
    help = "write nothing: show what would stay" },
  { name = "audit", type = "new_file",
    help = "list what stays, in a file in the folder of -o" },
  { name = "map", type = "new_file",
    help = "keep what names stood for, likewise; see deanonymize" },
}

if not opt.dry_run then
  needs = "output"
end

local anonymize = require "gotrace.anonymize" (opt)
if opt.dry_run then
  on.UserLog = anonymize.log -- drops them, too, but has seen what they say
elseif opt.logs == "drop" then
  drop "UserLog"
end
on.begin, on.string, on.stack =
  anonymize.begin, anonymize.string, anonymize.stack
