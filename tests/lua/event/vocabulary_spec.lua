-- -lv NAME: all of an event or of a kind of span; and that it is what traces have.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- The rows of names, by name and field: { is =, words = a set, since = by word }.
local function told(...)
  local by = {}
  for line in prints("-F", "json", "-lv", ...):gmatch "[^\n]+" do
    local row = dkjson.decode(line)
    local fields = by[row.of] or {}
    local field = fields[row.field] or { is = row.is, words = {}, go = row["Go's name"] }
    by[row.of], fields[row.field] = fields, field
    if row.word ~= "" then
      field.words[row.word] = row.since
    end
  end
  return by
end

local kinds = { "state", "proc", "stw", "gc", "sweep", "assist", "region", "task", "goroutine" }

describe("-lv NAME", function()
  it("tells of an event since when it is, its fields, what they can be and old names", function()
    local text = prints("-lv", "GoBlock")
    assert.matches("^GoBlock, since Go 1%.22: the running goroutine waits\n\nfield +is +word +since +Go's name\n", text)
    assert.matches("\nreason +text +unspecified\n", text)
    assert.matches("\n +synctest +1%.24\n", text)
    assert.matches("\nstack +stack +Stack, stk\n", text)
    assert.matches("\nGoBlockSend +chan send\n", text)
    assert.is_nil(text:find("GoCreate", 1, true))
    assert.is_nil(text:find("runtime.Gosched", 1, true)) -- it is GoStop's
    assert.matches("^GoSwitch, since Go 1%.23: ", prints("-lv", "GoSwitch"))
  end)

  it("takes old names for what they mean, patterns, and several", function()
    assert.equal(prints("-lv", "GoBlock"), prints("-lv", "GoBlockSend"))
    local by = told("User*", "GoStop")
    assert.same({ ["unspecified"] = "", ["runtime.Gosched"] = "", preempted = "" }, by.GoStop.reason.words)
    assert.equal("trace.Log's category", by.UserLog.key.go)
    assert.equal("trace.StartRegion's regionType", by.UserRegionEnd.name.go)
    assert.is_table(by.UserTaskBegin)
  end)

  -- But for the line of a recording, which is as it is.
  it("keeps 80 columns", function()
    for line in prints("-lv", "Go*", unpack(kinds)):gsub("\n%$ [^\n]*\n[^\n]*", ""):gmatch "[^\n]+" do
      assert.is_true(#line <= 80 or line:find "^%a+, since" ~= nil or line:find "^%a+: spans" ~= nil, line)
    end
  end)

  it("refuses what is none", function()
    local r = program.run { "-lv", "GoBlok" }
    assert.equal(2, r.status)
    assert.equal('gotrace-lua: -lv: there is no event and no kind of span GoBlok (did you mean "GoBlock"?)\n', r.err)
  end)
end)

describe("-lv of kinds of spans", function()
  local by
  setup(function()
    by = told(unpack(kinds))
  end)

  -- Fields that spans of each kind have in recordings, and words that they are.
  local function seen()
    local code = [[
      needs = { "names", "spans" }
      local all = count("n", "kind", "field", "word")
      local words = { state = true, prev = true, next = true, open = true, clipped = true, reason = true }
      local function add(s, field, value)
        local is_empty = value == nil or field:find "stack$" and #value == 0
        if not is_empty then
          local is_word = words[field] or s.kind == "stw" and field == "name"
          all:add(s.kind, field, is_word and value or "")
        end
      end
      function on.anyspan(s)
        for field, value in pairs(s) do add(s, field, value) end
        for _, field in ipairs { "place", "cause", "waker_func", "event_stack", "stats" } do add(s, field, s[field]) end
      end]]
    local list = {}
    for _, name in ipairs { "1.27-annotations", "1.27-mix", "1.27-gc", "1.21-mix", "1.15-procs", "1.27-syscalls" } do
      for _, from in ipairs { "0s", "2ms" } do
        local path = program.root .. "testdata/real/go" .. name .. ".trace"
        for line in prints("-F", "json", "--from", from, "-e", code, path):gmatch "[^\n]+" do
          list[#list + 1] = dkjson.decode(line)
        end
      end
    end
    return list
  end

  it("have the fields that spans have in traces, no more and no less, and their words", function()
    local there = {}
    for _, row in ipairs(seen()) do
      local field = by[row.kind][row.field]
      assert.is_table(field, row.kind .. "." .. row.field)
      assert.is_true(row.word == "" or field.words[row.word] ~= nil,
        ("%s.%s is %s"):format(row.kind, row.field, row.word))
      there[row.kind .. "." .. row.field] = true
    end
    -- Of all kinds, and rare.
    local rare = { open = true, clipped = true, task_name = true }
    local missing = {}
    for kind, fields in pairs(by) do
      for field in pairs(fields) do
        local is_there = rare[field] or there[kind .. "." .. field]
        missing[#missing + 1] = not is_there and kind .. "." .. field or nil
      end
    end
    table.sort(missing)
    assert.same({}, missing)
  end)

  it("say what their hooks are called for", function()
    assert.matches("^stw: spans, on%.stw%(s%): the world was stopped\n", prints("-lv", "stw"))
    assert.matches("\non%.stw +the world was stopped\n", prints "-lv")
  end)
end)

describe("-lv of events", function()
  it("have the words that events have in traces", function()
    local by = told("Go*", "STW*", "Proc*")
    local n = 0
    for _, name in ipairs { "1.27-mix", "1.25-bubbles", "1.21-mix", "1.15-procs", "1.27-procs", "1.27-cgothreads" } do
      local path = program.root .. "testdata/real/go" .. name .. ".trace"
      for _, field in ipairs { "reason", "kind", "status" } do
        local out = prints("-F", "json", "-f", field, "-a", "count() as n by type, " .. field, path)
        for line in out:gmatch "[^\n]+" do
          local row = dkjson.decode(line)
          local words = by[row.type][field].words
          assert.is_true(words[row[field]] ~= nil or row[field] == "", row.type .. " " .. row[field])
          n = n + 1
        end
      end
    end
    assert.is_true(n > 50)
  end)
end)

describe("-l GLOB", function()
  it("lists the scripts that it matches", function()
    local names = {}
    for name in prints("-l", "-F", "csv", "g*", "heap"):gmatch "\n([^,\n]+)," do
      names[#names + 1] = name
    end
    assert.same({ "gc", "goroutine", "goroutines", "grep", "heap" }, names)
    local r = program.run { "-l", "nope*" }
    assert.same({ 2, "gotrace-lua: -l: there is no script nope*\n" }, { r.status, r.err })
  end)
end)
