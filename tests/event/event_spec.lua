local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.cdef [[
extern const uint8_t event_varints[256];
extern const uint8_t event_arg_type[256][4];
extern const uint8_t event_ids[256];
const char *event_name(uint8_t type, char other[24]);
const char *event_gstatus(uint64_t status);
const char *event_pstatus(uint64_t status);
]]

local ARG = {
  [C.GOTRACE_ARG_NUM] = "NUM", [C.GOTRACE_ARG_G] = "G", [C.GOTRACE_ARG_P] = "P", [C.GOTRACE_ARG_M] = "M",
  [C.GOTRACE_ARG_TASK] = "TASK", [C.GOTRACE_ARG_STR] = "STR", [C.GOTRACE_ARG_STACK] = "STACK",
  [C.GOTRACE_ARG_SEQ] = "SEQ", [C.GOTRACE_ARG_GSTATUS] = "GSTATUS", [C.GOTRACE_ARG_PSTATUS] = "PSTATUS",
}

local rows = {} -- by id
for id = 0, 255 do
  local spec = lib.gotrace_spec_of(id)
  if spec ~= nil then
    local row = { name = ffi.string(spec.name), timed = spec.timed == 1, args = {} }
    row.since, row.begin = spec.since, spec.begin
    for i = 0, spec.nargs - 1 do
      row.args[i + 1] = { ffi.string(spec.arg_name[i]), ARG[tonumber(spec.arg_type[i])] }
    end
    rows[id] = row
  end
end

local by_name = {}
for id, row in pairs(rows) do
  by_name[row.name] = id
end

-- Rows as Go 1.27 internal/trace/tracev2/events.go has them.
local SAMPLES = {
  { 9, "ProcsChange", "procs NUM, stack STACK" },
  { 12, "ProcSteal", "target_p P, p_seq SEQ, target_m M" },
  { 13, "ProcStatus", "target_p P, status PSTATUS" },
  { 14, "GoCreate", "new_g G, new_stack STACK, stack STACK" },
  { 17, "GoDestroy", "" },
  { 20, "GoBlock", "reason STR, stack STACK" },
  { 25, "GoStatus", "target_g G, target_m M, status GSTATUS" },
  { 40, "UserTaskBegin", "task TASK, parent_task TASK, name STR, stack STACK" },
  { 44, "UserLog", "task TASK, key STR, value STR, stack STACK" },
  { 48, "GoStatusStack", "target_g G, target_m M, status GSTATUS, stack STACK" },
  { 1, "EventBatch", "gen NUM, m M, time NUM, size NUM" },
}

describe("the event table", function()
  it("has every event of Go 1.22 to 1.27", function()
    local timed, framing = 0, 0
    for _, row in pairs(rows) do
      timed = timed + (row.timed and 1 or 0)
      framing = framing + (row.timed and 0 or 1)
    end
    assert.equal(1 + 40 + 9, timed) -- CPUSample, 9 to 48, the experiment's
    assert.equal(11, framing)
  end)

  it("has no gaps but those of the format", function()
    for id = 0, 255 do
      local there = id >= 1 and id <= 52 or id >= 128 and id <= 136
      assert.equal(there, rows[id] ~= nil, id)
    end
    assert.is_true(lib.gotrace_spec_of(256) == nil)
    assert.is_true(lib.gotrace_spec_of(2 ^ 32 - 1) == nil)
  end)

  it("has a name each", function()
    local n = 0
    for _ in pairs(by_name) do
      n = n + 1
    end
    for _ in pairs(rows) do
      n = n - 1
    end
    assert.equal(0, n)
  end)

  for _, sample in ipairs(SAMPLES) do
    it(("has %s as Go has it"):format(sample[2]), function()
      local row, args = rows[sample[1]], {}
      for i, arg in ipairs(row.args) do
        args[i] = table.concat(arg, " ")
      end
      assert.equal(sample[2], row.name)
      assert.equal(sample[3], table.concat(args, ", "))
    end)
  end

  it("says since when there is what", function()
    local since = {}
    for id, row in pairs(rows) do
      since[row.since] = since[row.since] or {}
      table.insert(since[row.since], id)
    end
    for _, ids in pairs(since) do
      table.sort(ids)
    end
    assert.same({ 45, 46, 47, 48, 49, 128, 129, 130, 131, 132, 133, 134, 135, 136 }, since[23])
    assert.same({ 50, 51 }, since[25])
    assert.same({ 52 }, since[26])
    assert.is_nil(since[24])
  end)

  it("pairs ends with their begins", function()
    local pairs_ = {}
    for id, row in pairs(rows) do
      if row.begin ~= 0 then
        pairs_[row.name] = rows[row.begin].name
        assert.not_equal(id, row.begin)
        assert.equal(0, rows[row.begin].begin)
      end
    end
    assert.same({
      GoSyscallEnd = "GoSyscallBegin", GoSyscallEndBlocked = "GoSyscallBegin", STWEnd = "STWBegin",
      GCActive = "GCBegin", GCEnd = "GCBegin", GCSweepActive = "GCSweepBegin", GCSweepEnd = "GCSweepBegin",
      GCMarkAssistActive = "GCMarkAssistBegin", GCMarkAssistEnd = "GCMarkAssistBegin", UserTaskEnd = "UserTaskBegin",
      UserRegionEnd = "UserRegionBegin",
    }, pairs_)
  end)

  it("counts the numbers of an event in a batch, its dt included", function()
    for id = 0, 255 do
      local row = rows[id]
      local n = row and row.timed and row.name ~= "CPUSample" and 1 + #row.args or 0
      assert.equal(n, lib.event_varints[id], id)
    end
  end)

  it("knows which arguments refer to tables", function()
    for id = 0, 255 do
      local ids, row = 0, rows[id]
      for i = 1, 4 do
        local arg = row and row.timed and row.args[i]
        assert.equal(arg and arg[2] or nil, ARG[tonumber(lib.event_arg_type[id][i - 1])], id)
        local kind = arg and (arg[2] == "STR" and 1 or arg[2] == "STACK" and 2) or 0
        ids = ids + kind * 4 ^ (i - 1)
      end
      assert.equal(ids, lib.event_ids[id], id)
    end
  end)

  it("gives the same row each time", function()
    assert.is_true(lib.gotrace_spec_of(14) == lib.gotrace_spec_of(14))
  end)
end)

describe("names of", function()
  it("types: the row's, or the number", function()
    local other = ffi.new "char[24]"
    for id, row in pairs(rows) do
      assert.equal(row.name, ffi.string(lib.event_name(id, other)))
    end
    for _, id in ipairs { 0, 53, 127, 137, 255 } do
      assert.equal("event type " .. id, ffi.string(lib.event_name(id, other)))
    end
  end)

  it("tasks and regions: where their rows have them", function()
    engine.cdef "uint32_t event_interned_name(uint8_t type, const uint64_t arg[4]);"
    local arg = ffi.new("uint64_t[4]", { 11, 12, 13, 14 })
    local named = {}
    for id, row in pairs(rows) do
      local name = lib.event_interned_name(id, arg)
      named[row.name] = name ~= 0 and name or nil
    end
    assert.same({ UserTaskBegin = 13, UserRegionBegin = 12, UserRegionEnd = 12 }, named)
  end)

  it("statuses: Bad for what has none", function()
    local function words(fn)
      local out = {}
      for i = 0, 5 do
        out[i + 1] = ffi.string(fn(i))
      end
      assert.equal("Bad", ffi.string(fn(2 ^ 53)))
      return table.concat(out, " ")
    end
    assert.equal("Bad Runnable Running Syscall Waiting Bad", words(lib.event_gstatus))
    assert.equal("Bad Running Idle Syscall SyscallAbandoned Bad", words(lib.event_pstatus))
  end)
end)
