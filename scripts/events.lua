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
description = "How often each type of event occurs"

count_types "count"
