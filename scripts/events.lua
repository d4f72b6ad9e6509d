-- events.lua: how often each type of event occurs.
--
--   $ gotrace-lua events -F csv testdata/real/go1.27-http.trace | head -4
--   type,count
--   GoStart,5543
--   GoStop,5021
--   GoBlock,459
--
--   $ gotrace-lua events testdata/real/go1.27-http.trace | grep GC
--   GCMarkAssistBegin     12
--   GCMarkAssistEnd       12
--   GCSweepBegin           4
--   GCSweepEnd             4
--   GCBegin                2
--   GCEnd                  2
--
--   $ gotrace-lua events --by=trace testdata/real/go1.27-http.trace testdata/real/go1.27-mix.trace | head -3
--   trace                            type                 count
--   testdata/real/go1.27-http.trace  GoStart               5543
--   testdata/real/go1.27-mix.trace   GoStart               5335
description = "How often each type of event occurs"
args = {
  { name = "by", choices = { "trace" },
    help = "each trace has rows of its own" },
}

if opt.by then
  local counts = count("count", "trace", "type")

  function on.any(ev)
    counts:add(trace, ev.type)
  end
else
  count_types "count"
end
