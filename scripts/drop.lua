-- drop.lua: leaves out events of some types. A name may have * and ?. Without
-- -o it shows what scripts behind it would see.
--
--   $ gotrace-lua -o shared.trace drop --types='User*,GoLabel' testdata/real/go1.27-annotations.trace
--   gotrace-lua: shared.trace: 253 events; 229 dropped
--   $ gotrace-lua drop --types='Proc*,Go*' -s events testdata/real/go1.27-annotations.trace
--   type             count
--   UserRegionBegin     61
--   UserRegionEnd       58
--   UserLog             51
--   UserTaskEnd         30
--   UserTaskBegin       29
--   HeapAlloc           26
--   HeapGoal             1
--   STWBegin             1
--   STWEnd               1
--
-- A begin takes its end with it, and what others need to stay valid is put in
-- again: dropping GoStart alone leaves no goroutine running.
description = "Leave out events of some types: --types='User*,GoLabel'"
args = {
  { name = "types", short = "t", type = "events", required = true,
    help = "names of event types, * and ? as for files" },
}

drop(opt.types or {})
