-- kinds.lua: what measures are called, in the order in which they are told: for tables, for
-- columns of these, and for -a. measures.lua has a function of each name, packed.lua how its
-- state goes from process to process.
--
--   takes    how many values -a wants for one, if not 1; least: at least
--   alone    its rows are none that others could be columns of
--   special  its table is made in a way of its own (tables/agg.lua)
return {
  { name = "count", least = 0 },
  { name = "sum" },
  { name = "min" },
  { name = "max" },
  { name = "mean" },
  { name = "last" },
  { name = "gauge" },
  { name = "stats" },
  { name = "quantile" },
  { name = "durations" },
  { name = "spread" },
  { name = "hist", alone = true },
  { name = "lhist", takes = 2, alone = true, special = true },
  { name = "top", alone = true, special = true },
}
