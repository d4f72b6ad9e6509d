-- What only dropped events referred to is not in what we write: no string, no
-- function, no file name, not one byte of it.
local programs = require "oracle.programs"

local SHORTEST = 4 -- bytes; less may be there by chance

local scratch = programs.scratch()
local out = scratch .. "/out.trace"

local function recording(name)
  return ("%s/testdata/real/%s.trace"):format(programs.root, name)
end

-- A script that prints the strings that events refer to, in hexadecimal, a line
-- each: `kept` those of events for which the expression holds, else `dropped`.
local REFERRED = [[
  local kept, dropped = {}, {}
  local function refer(set, value)
    if type(value) == "string" then
      set[value] = true
    elseif type(value) ~= "number" and type(value) ~= "boolean" then
      for i = 1, #value do
        set[value[i].func], set[value[i].file] = true, true
      end
    end
  end
  function on.any(ev)
    local set = (%s) and kept or dropped
    for name, value in pairs(ev) do
      if name ~= "type" and name ~= "status" then
        refer(set, value)
      end
    end
  end
  local function show(word, set)
    for s in pairs(set) do
      print(word, (s:gsub(".", function(c) return ("%%02x"):format(c:byte()) end)))
    end
  end
  function on.finish()
    show("kept", kept)
    show("dropped", dropped)
  end]]

-- A script that prints the strings in a trace's tables, likewise.
local TABLE = [[
  function on.any() end
  function on.finish(t)
    for s in t.strings() do
      print("table", (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)))
    end
  end]]

-- What such a script prints of a trace: { kept = { string = true }, ... }.
local function strings(path, code)
  local sets = { kept = {}, dropped = {}, table = {} }
  local status, text = programs.run({ "-e", code, path }, true)
  assert.equal(0, status, text)
  for word, hex in text:gmatch("(%l+)\t(%x*)") do
    sets[word][hex:gsub("%x%x", function(digits)
      return string.char(tonumber(digits, 16))
    end)] = true
  end
  return sets
end

local function within_one_of(set, s)
  for other in pairs(set) do
    if other:find(s, 1, true) then
      return true
    end
  end
  return false
end

-- What only dropped events refer to, and can be told from the rest.
local function secrets(path, keeps)
  local sets, list = strings(path, REFERRED:format(keeps)), {}
  for s in pairs(sets.dropped) do
    if #s >= SHORTEST and not within_one_of(sets.kept, s) then
      table.insert(list, s)
    end
  end
  table.sort(list)
  return list
end

local function write(path, words)
  os.remove(out)
  local line = { "-o", out }
  for _, word in ipairs(words) do
    table.insert(line, word)
  end
  table.insert(line, path)
  local status, text = programs.run(line)
  assert.equal(0, status, text)
  return programs.read(out)
end

local function assert_without(list, bytes)
  local found = {}
  for _, s in ipairs(list) do
    if bytes:find(s, 1, true) then
      table.insert(found, ("%q"):format(s))
    end
  end
  local shown = table.concat(found, "\n  ", 1, math.min(#found, 8))
  assert(#found == 0, ("%d of %d secrets are in the output:\n  %s"):format(#found, #list, shown))
end

-- Each: recording, and the condition under which events are kept.
local CASES = {
  { "go1.27-annotations", 'ev.type ~= "UserLog"' },
  { "go1.21-annotations", 'ev.type ~= "UserLog"' },
  { "go1.15-annotations", 'not ev.type:find "^User"' },
  { "go1.27-annotations", 'not ev.type:find "^User"' },
  { "go1.27-annotations", "ev.g ~= 1" },
  { "go1.27-http", 'ev.type == "GoStart" or ev.type:find "^Proc"' },
  { "go1.22-http", 'ev.type ~= "GoCreate" and ev.type ~= "GoStatusStack"' },
  { "go1.19-http", "ev.n % 7 ~= 0" },
  { "go1.27-cpusamples", 'ev.type ~= "CPUSample"' },
  { "go1.27-gc", 'ev.type == "HeapAlloc"' },
  { "go1.24-turnover", "ev.gen % 2 == 0" },
  { "go1.25-flight", "#ev.stack == 0" },
  { "go1.27-mix", "ev.p == 0" },
  { "go1.19-mix", "ev.p == 0" },
}

describe("the output has nothing of dropped events' strings:", function()
  lazy_teardown(function()
    programs.remove(scratch)
  end)

  for _, case in ipairs(CASES) do
    local path, keeps = recording(case[1]), case[2]

    it(case[1] .. ", keeping " .. keeps, function()
      local list = secrets(path, keeps)
      assert.is_true(#list > 0, "nothing secret here")
      local code = ("function on.any(ev) if not (%s) then return false end end"):format(keeps)
      assert_without(list, write(path, { "-e", code }))
    end)
  end

  it("those outside a window", function()
    local path = recording("go1.27-annotations")
    local list = secrets(path, 'ev.time <= 2e6 or ev.type:find "Status"')
    assert.is_true(#list > 0)
    assert_without(list, write(path, { "--to", "2ms" }))
  end)

  it("those that were overwritten", function()
    local path = recording("go1.27-annotations")
    local list = secrets(path, 'ev.type ~= "UserLog"')
    local code = 'function on.UserLog(ev) ev.key, ev.value, ev.stack = "gone", "public", nil end'
    local bytes = write(path, { "-e", code })
    assert_without(list, bytes)
    assert.is_truthy(bytes:find("public", 1, true))
  end)

  it("those of a hidden goroutine", function()
    local path = recording("go1.27-http")
    -- What it did to others stays, with the stacks from which it did it.
    local list = secrets(path, 'ev.g ~= 1 or ev.type == "GoCreate" or ev.type == "GoUnblock"')
    assert.is_true(#list > 0)
    assert_without(list, write(path, { "-e", "function on.begin() trace.hide(1) end" }))
  end)

  -- And of strings that nothing refers to, whoever left them there.
  for _, name in ipairs { "go1.27-http", "go1.26-annotations", "go1.22-turnover", "go1.21-mix", "go1.15-channels" } do
    it("what is written of " .. name .. " has the strings that its events refer to, and no others", function()
      write(recording(name), {})
      local referred, listed = strings(out, REFERRED:format("true")).kept, strings(out, TABLE).table
      referred[""] = nil
      listed[""] = nil
      for s in pairs(listed) do
        assert(referred[s], ("nobody refers to %q"):format(s))
      end
      for s in pairs(referred) do
        assert(listed[s], ("%q is not listed"):format(s))
      end
    end)
  end

  it("or this test sees that it has", function()
    local path = recording("go1.27-annotations")
    assert.has_error(function()
      assert_without(secrets(path, 'ev.type ~= "UserLog"'), programs.read(path))
    end)
  end)
end)
