-- upgrade.lua: a trace of any version of Go, from 1.5 on, as one of Go 1.26.
-- It changes nothing else: gotrace-lua -o NEW.trace OLD.trace does the same.
--
--   $ gotrace-lua -o new.trace upgrade testdata/real/go1.11-http.trace
--   $ gotrace-lua info -F csv new.trace | grep version
description = "Rewrite a trace of any version as one of the latest (-o)"
needs = "output"
