-- count_gocreate.lua: how many goroutines were created while the trace ran.
--
--   $ gotrace-lua count_gocreate testdata/real/go1.27-http.trace
--   Created 70 goroutines
--
--   $ gotrace-lua count_gocreate --from=15ms testdata/real/go1.27-http.trace
--   Created 8 goroutines
description = "How many goroutines were created"
args = {
  { name = "by", choices = { "trace" },
    help = "name the trace, as where there are several" },
}

local format = require "gotrace.format"

-- What is printed in words is a table where programs read it.
local out = format.style() ~= "text" and rows("file", "goroutines")
local n = 0

local function created()
  n = n + 1
end
on.GoCreate = created
on.GoCreateBlocked = created
on.GoCreateSyscall = created -- by C code, in a thread that Go did not make

function on.finish(t)
  if out then
    out:add(t.file, n)
    return
  end
  local file = (t.inputs > 1 or opt.by) and format.line(t.file) .. ": " or ""
  print(("%sCreated %d goroutines"):format(file, n))
end
