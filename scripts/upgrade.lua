-- upgrade.lua: a trace of any version of Go, from 1.5 on, as one of Go 1.26.
-- It changes nothing else: gotrace-lua -o NEW.trace OLD.trace does the same.
--
--   $ gotrace-lua -o new.trace upgrade testdata/real/go1.15-http.trace
--   $ gotrace-lua --verify new.trace
--   new.trace: valid go 1.26 trace, 2907 events
--
--   $ gotrace-lua -q -o v2.trace upgrade testdata/real/go1.21-http.trace && gotrace-lua --verify v2.trace
--   v2.trace: valid go 1.26 trace, 2832 events
description = "Rewrite a trace of any version as one of the latest (-o)"
needs = "output"
