-- What is said of the part behind damage, where begins and ends are lost: recordings that are
-- cut off, or lack a part, are compared with the whole ones.
local program = require "support.program"

teardown(program.clean)

local DAMAGED = 3

local function recording(name)
  return program.root .. "testdata/real/go" .. name .. ".trace"
end

-- Recordings of several generations, of which the last of a cut one lacks its end.
local names = {
  "1.22-generations", "1.22-turnover", "1.23-generations", "1.23-turnover", "1.24-generations", "1.24-turnover",
  "1.25-generations", "1.26-turnover", "1.27-generations",
}
local SHARES = { 0.5, 0.7, 0.9 }

local function cut(name, share)
  local bytes = program.read(recording(name))
  return program.tmpfile(bytes:sub(1, math.floor(#bytes * share)))
end

-- each(visit): visit(path, what) for each cut recording.
local function each(visit)
  for _, name in ipairs(names) do
    for _, share in ipairs(SHARES) do
      visit(cut(name, share), ("%s, cut at %g"):format(name, share), name)
    end
  end
end

-- The lines that code prints, each as its words.
local function rows(code, path, ...)
  local words = { "-q", "-e", code, ... }
  words[#words + 1] = path
  local r = program.run(words)
  local list = {}
  for line in r.out:gmatch "[^\n]+" do
    local row = {}
    for word in line:gmatch "%S+" do
      row[#row + 1] = tonumber(word) or word
    end
    list[#list + 1] = row
  end
  return list, r.status
end

local function spans_of(kind, fields, path)
  return rows(("function on.%s(s) print(%s) end"):format(kind, fields), path)
end

local WHOLE = "function on.damage(d) print(d.time, d.lost > 0 or d.cut) end"

-- Since when events are lost; 0: of all, nil: of none.
local function whole_until(path)
  for _, row in ipairs((rows(WHOLE, path))) do
    if row[2] == "true" then
      return row[1]
    end
  end
end

describe("Behind damage", function()
  it("nothing begins before it whose begin is lost", function()
    local seen = 0
    each(function(path, what)
      local from = whole_until(path)
      for _, kind in ipairs { "gc", "assist", "sweep", "stw", "state", "proc" } do
        for _, s in ipairs((spans_of(kind, "s.from, s.to, s.open or '-'", path))) do
          local is_guess = s[3] == "begin" or s[3] == "both"
          if from and is_guess and s[2] > from then
            seen = seen + 1
            assert.is_true(s[1] >= from, ("%s: %s %d .. %d, damage at %d"):format(what, kind, s[1], s[2], from))
          end
        end
      end
    end)
    assert.is_true(seen > 50, "there were " .. seen)
  end)

  it("collections follow each other, and take no longer than there was time", function()
    local seen = 0
    each(function(path, what)
      local last = 0
      for _, s in ipairs((spans_of("gc", "s.from, s.to", path))) do
        seen = seen + 1
        assert.is_true(s[1] >= last, ("%s: one begins at %d, before %d"):format(what, s[1], last))
        last = s[2]
      end
    end)
    assert.is_true(seen > 20, "there were " .. seen)
  end)

  it("nothing runs longer at a stretch than it does in the whole trace", function()
    local code = "local most = 0 function on.state(s) if s.state == 'Running' or s.state == 'Syscall' then "
      .. "most = math.max(most, s.dur) end end function on.finish() print(most) end"
    each(function(path, what, name)
      local want, got = rows(code, recording(name))[1][1], rows(code, path)[1][1]
      assert.is_true(got <= want, ("%s: %d, and %d in the whole trace"):format(what, got, want))
    end)
  end)

  it("a goroutine has one life", function()
    each(function(path, what)
      local seen = {}
      for _, s in ipairs((spans_of("goroutine", "s.g, s.from, s.to", path))) do
        assert.is_nil(seen[s[1]], ("%s: goroutine %d has two"):format(what, s[1]))
        seen[s[1]] = true
      end
    end)
  end)

  it("what was before it is as in the whole trace", function()
    local fields = "s.g, s.state, s.from, s.to"
    each(function(path, what, name)
      local from, is_there, n = whole_until(path) or 0, {}, 0
      for _, s in ipairs((spans_of("state", fields, recording(name)))) do
        is_there[table.concat(s, " ")] = true
      end
      for _, s in ipairs((spans_of("state", fields, path))) do
        if s[4] < from then
          n = n + 1
          assert.is_true(is_there[table.concat(s, " ")], what .. ": " .. table.concat(s, " "))
        end
      end
      assert.is_true(n > 0 or from == 0, what)
    end)
  end)

  it("a damage has the time of the last event before it, and the program says so", function()
    local path = cut("1.24-generations", 0.9)
    local from = whole_until(path)
    assert.is_true(from > 0)
    local r = program.run { "-e", "", path }
    assert.equal(DAMAGED, r.status)
    local time = r.err:match "it is whole up to (%S+); behind that events are missing %(%-%-to"
    assert.is_string(time)
    local page = program.run { "-q", path }.out
    assert.truthy(page:find("whole up to " .. time, 1, true), page)
    local before = program.run { "-q", "--to", time, path }.out
    assert.truthy(before:find("damage      none", 1, true), before)
    assert.falsy(before:find("could not be read", 1, true), before)
  end)

  it("a window before it shows what it does of the whole trace", function()
    each(function(path, what, name)
      local from = whole_until(path) or 0
      if from > 2 then
        local code = "function on.state(s) if s.to < %d then print(s.g, s.state, s.from, s.dur) end end"
        local to = ("%dns"):format(from / 2)
        local by = code:format(from / 2)
        assert.same((rows(by, recording(name), "--to", to)), (rows(by, path, "--to", to)), what)
      end
    end)
  end)
end)

describe("gc", function()
  it("says which collections it knows no begin of", function()
    local n = 0
    each(function(path, what)
      local guessed, from = 0, whole_until(path) or math.huge
      for _, s in ipairs((spans_of("gc", "s.open or '-', s.to", path))) do
        guessed = guessed + (s[1] ~= "-" and s[1] ~= "end" and s[2] > from and 1 or 0)
      end
      local out = program.run({ "-q", "gc", path }).out
      local said = out:match "begin is lost[^\n]-(%d+)[^\n]*\n" or out:match "\n *(%d+)[^\n]*begin is lost"
      assert.equal(guessed, tonumber(said or 0), what .. "\n" .. out)
      n = n + guessed
    end)
    assert.is_true(n > 0)
  end)
end)
