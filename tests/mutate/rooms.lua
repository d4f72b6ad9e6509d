-- Which specs are asked about which folder: those that stand where it does, under
-- tests, and these besides. Of names that begin as the folder's the longest counts.
local lfs = require "lfs"

local further = {
  ["src/base"] = { "tests/v1/order_spec.lua", "tests/v2/generation/generation_spec.lua", "tests/v2/full_order_spec.lua",
    "tests/symbols" },
  ["src/base/thread"] = { "tests/base/thread_spec.lua", "tests/read", "tests/api/trace_spec.lua" },
  ["src/io"] = { "tests/api/trace_spec.lua", "tests/api/changing_spec.lua", "tests/lua/cli/files_spec.lua" },
  ["src/read"] = { "tests/v2/full_order_spec.lua", "tests/v2/thread_order_spec.lua", "tests/v2/skipped_spec.lua",
    "tests/lua/run/plan_spec.lua", "tests/lua/run/scan_spec.lua" },
  ["src/sched"] = { "tests/v2/full_order_spec.lua", "tests/v2/one_removed_spec.lua", "tests/v2/damaged_spec.lua",
    "tests/write/keeper_spec.lua", "tests/write/emitter_spec.lua" },
  ["src/event"] = { "tests/v2/full_order_spec.lua" },
  ["src/spans"] = { "tests/lua/scripts" },
  ["src/script"] = { "tests/lua/cli", "tests/lua/sandbox" },
  ["src/api"] = { "tests/lua/run/run_spec.lua", "tests/lua/run/plan_spec.lua", "tests/lua/output" },
  ["src/export"] = { "tests/lua/export/perfetto_spec.lua", "tests/lua/export/chrome_spec.lua",
    "tests/lua/export/exports_spec.lua" },
  ["src/write"] = { "tests/lua/output", "tests/lua/scripts/rewrites", "tests/v2/file/batch_write_spec.lua" },
  ["src/yaml"] = { "tests/lua/authoring", "tests/lua/cli/cli_spec.lua" },
  ["src/symbols"] = { "tests/lua/event/event_spec.lua", "tests/lua/engine" },
  ["lua/gotrace/anonymize"] = { "tests/lua/scripts/rewrites/anonymize_spec.lua" },
  ["lua/gotrace/authoring"] = { "tests/lua/cli/cli_spec.lua", "tests/lua/cli/start_spec.lua" },
  ["lua/gotrace/base"] = { "tests/lua/script/args_spec.lua", "tests/lua/cli/cli_spec.lua", "tests/lua/printing" },
  ["lua/gotrace/cli"] = { "tests/lua/run/plan_spec.lua", "tests/lua/run/run_spec.lua",
    "tests/lua/fleet/jobs_spec.lua" },
  ["lua/gotrace/engine"] = { "tests/lua/run/run_spec.lua", "tests/lua/event", "tests/v1/gaps_spec.lua",
    "tests/lua/anonymize/map_spec.lua" },
  ["lua/gotrace/event"] = { "tests/lua/cli/forms_spec.lua", "tests/lua/run/traces_spec.lua",
    "tests/lua/scripts/rewrites" },
  ["lua/gotrace/expect"] = { "tests/lua/scripts/expect_spec.lua", "tests/lua/scripts/leaks_spec.lua" },
  ["lua/gotrace/expression"] = { "tests/lua/syntax", "tests/lua/cli/aggregate_spec.lua", "tests/lua/cli/names_spec.lua",
    "tests/lua/cli/cli_spec.lua", "tests/lua/tables", "tests/lua/scripts/logs_spec.lua" },
  ["lua/gotrace/fleet"] = { "tests/lua/tables/merge_spec.lua" },
  ["lua/gotrace/measures"] = { "tests/lua/tables" },
  ["lua/gotrace/output"] = { "tests/lua/cli/files_spec.lua", "tests/lua/export/exports_spec.lua",
    "tests/lua/trace/window_spec.lua" },
  ["lua/gotrace/printing"] = { "tests/lua/tables", "tests/lua/cli/forms_spec.lua" },
  ["lua/gotrace/run"] = { "tests/lua/cli/cli_spec.lua", "tests/lua/cli/explain_spec.lua", "tests/lua/trace" },
  ["lua/gotrace/sandbox"] = { "tests/lua/cli/limits" },
  ["lua/gotrace/script"] = { "tests/lua/cli/scripts_spec.lua", "tests/lua/event/hooks_spec.lua" },
  ["lua/gotrace/span"] = { "tests/spans", "tests/lua/cli/span_lines_spec.lua", "tests/lua/scripts/walk_spec.lua",
    "tests/lua/scripts/goroutine_spec.lua" },
  ["lua/gotrace/syntax"] = { "tests/lua/expression", "tests/lua/cli/aggregate_spec.lua",
    "tests/lua/tables/agg_spec.lua" },
  ["lua/gotrace/tables"] = { "tests/lua/cli/aggregate_spec.lua", "tests/lua/script/advice_spec.lua" },
  ["lua/gotrace/trace"] = { "tests/lua/run", "tests/v1/gaps_spec.lua", "tests/lua/cli/foreign_spec.lua",
    "tests/lua/cli/files_spec.lua" },
}

-- all(): the folders that are asked about where none is named.
local function all()
  local out = {}
  for _, house in ipairs { "src", "lua/gotrace" } do
    for name in lfs.dir(house) do
      if not name:find "%." then
        out[#out + 1] = house .. "/" .. name
      end
    end
  end
  table.sort(out)
  return out
end

-- What stands for a path in further: its own entry, or that of the folder above.
local function further_of(folder)
  repeat
    if further[folder] then
      return further[folder]
    end
    folder = folder:match "^(.*)/"
  until not folder
  return {}
end

-- The folder of specs of a file's folder: of src/v1/file, tests/v1, all that is below.
local function mirror(folder)
  return folder:match "^src/" and folder:gsub("^src/([^/]+).*", "tests/%1")
    or folder:gsub("^lua/gotrace/([^/]+).*", "tests/lua/%1")
end

return { all = all, further = further, further_of = further_of, mirror = mirror }
