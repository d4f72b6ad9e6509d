-- Lines that the engine makes of events are those that Lua makes, byte for byte: of names that are
-- hostile to terminals, CSV and JSON, of numbers that no double holds, of types that no table has.
local program = require "support.program"

teardown(program.clean)

-- Strings of all kinds: plain ones, and those that each form has to change.
local texts = { "plain", "", " ", "two words", "a,b", 'say "so"', "back\\slash", "semi;colon", "tab\there",
  "line\nend", "carriage\rreturn", "\27[31mred\27[0m", "\127", "\0", "nul\0inside", "ümläut", "\255\254",
  "cut \226\130",
  "\226\128\174rtl", "\239\191\189ff", "=1+1", "+x", "-1", "@sum", "'", "null", "true",
  ("x"):rep(1000), ("long \n"):rep(170) }

local function quoted(list)
  local parts = {}
  for i, text in ipairs(list) do
    parts[i] = ("%q"):format(text):gsub("\n", "n"):gsub("\r", "\\r"):gsub("%z", "\\0")
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local hostile

setup(function()
  hostile = program.tmpname()
  local r = program.run { "-o", hostile, "-e", ([[
    local texts = %s
    local n = 0
    function on.any(ev)
      for _ = 1, ev.g and ev.n %% 5 == 0 and 3 or 0 do
        n = n + 1
        emit("UserLog", { key = texts[n %% #texts + 1], value = texts[(n * 7 + 3) %% #texts + 1] })
      end
    end]]):format(quoted(texts)), program.recording "annotations" }
  assert.equal(0, r.status, r.err)
end)

-- What all paths print, and what none does.
local function compare(words, least)
  local slow, fast
  words.env = "GOTRACE_PATHS=slow"
  slow = program.run(words)
  words.env = nil
  fast = program.run(words)
  assert.equal(0, slow.status, slow.err)
  assert.equal(slow.out, fast.out)
  assert.equal(slow.err, fast.err)
  assert.equal(slow.status, fast.status)
  local _, lines = slow.out:gsub("\n", "")
  assert.is_true(lines >= (least or 100), lines .. " lines")
  return fast.out
end

describe("lines of events", function()
  it("have hostile names as Lua shows them", function()
    local out = compare { "cat", hostile }
    assert.truthy(out:find('value="\\x1b[31mred\\x1b[0m"', 1, true))
    assert.falsy(out:find "[%z\1-\9\11-\31\127-\255]" and out:find "\27")
    for _, style in ipairs { "text", "csv", "json" } do
      compare { "-F", style, "-p", "type,key,value,task,stack", hostile }
      compare { "-F", style, "-p", "value", hostile }
    end
    compare { "-F", "csv", "--csv-safe", "-p", "key,value", hostile }
    compare { "-F", "json", "cat", hostile }
  end)

  it("are the same behind filters, in hooks, of windows, of several traces and in thread order", function()
    local a, b = program.recording "http", program.recording "annotations"
    compare { "-f", "g ~= nil", a, b }
    compare { "-f", 'type == "GoStart" or type == "UserLog"', a, b }
    compare { "--from", "100us", "--to", "1ms", "cat", a, b }
    compare { "-e", "local n = 0 function on.any(ev) n = n + 1 if n % 3 == 0 then print(n) end print(ev) end", a, b }
    compare { "-e", 'on.any = print function on.GoBlock(ev) print("and", ev.reason) end', a, b }
    compare { "-e", 'order = "thread" on.any = print', a, b }
    compare { "-e", "on.GoStart = print", a, b }
    compare { "-f", 'type ~= "GoStart"', "-p", "p,g,type", "-p", "n", a }
  end)

  -- Scripts can put numbers there that no double holds.
  it("have numbers of any size", function()
    compare({ "-e", [[
      on.HeapAlloc = function(ev)
        for _, n in ipairs { 0, 9, 10, 99, 100, 999, 1000, 9999, 10000, 99999, 2^31, 2^32, 2^52, 2^53 } do
          ev.heapalloc = n
          print(ev)
        end
      end]], "-p", "heapalloc", program.recording "gc" }, 15)
  end)

  it("of what is no trace any more end where Lua's do", function()
    local bytes = program.read(program.recording "http")
    local at = math.floor(#bytes / 2)
    for _, path in ipairs { program.tmpfile(bytes:sub(1, at)),
      program.tmpfile(bytes:sub(1, at) .. "\255\1\7" .. bytes:sub(at + 40)) } do
      for _, words in ipairs { { "cat", path }, { "-p", "time,type", path } } do
        local fast = program.run(words)
        words.env = "GOTRACE_PATHS=slow"
        assert.same(program.run(words), fast)
      end
    end
  end)

  it("that cannot be written end the run", function()
    local r = program.shell(program.line { "cat", program.recording "http" } .. " >/dev/full")
    assert.equal(5, r.status, r.err)
    assert.matches("No space left", r.err)
  end)
end)
