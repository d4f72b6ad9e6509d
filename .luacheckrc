-- Scripts see the program's globals; the program itself has none.
std = "luajit"
max_line_length = 80
-- Dots keep LuaJIT from compiling a function by itself (fields.lua).
ignore = { "212/%.%.%." }
-- The head of a script holds the program's real output.
max_comment_line_length = 120
local script = {
  globals = { "on", "scan", "args", "description", "order", "needs", "shared", "writes" },
  read_globals = {
    "opt", "trace", "emit", "fail", "drop", "count_types", "count", "sum", "stats", "quantile", "hist",
    "lhist", "tseries", "top", "rows", "min", "max", "mean", "last", "gauge", "durations", "columns", "spread", "probe", "group",
    "export",
  },
}
files["scripts"] = script
files["tests/oracle/compare/dump.lua"] = script
files["tests/oracle/spans/figures.lua"] = script
files["tests/oracle/spans/ranges.lua"] = script
files["tests/spans/life.lua"] = script
files["tests/spans/sums.lua"] = script
files["tests/support/reach.lua"] = {
  globals = script.globals,
  read_globals = { "judge", unpack(script.read_globals) },
}
files["tests/fuzz/script_prelude.lua"] = {
  globals = script.globals,
  read_globals = script.read_globals,
  ignore = { "211/[A-Z]" }, -- for what comes behind it
}
files["tests"] = { std = "luajit+busted", max_line_length = 120 }
files["lua/gotrace/sandbox/sandbox.lua"] = { globals = { "string" } }
