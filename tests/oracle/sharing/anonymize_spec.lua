-- `gotrace-lua -o OUT anonymize IN` of every recording, as Go sees it: it takes what
-- comes out, and times, states, groups of goroutines, stacks and tasks are those of the trace
-- as it would be written without; and no name of the program's is in it.
local planted = require "lua.anonymize.planted"
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local plain, out = scratch .. "/plain.trace", scratch .. "/out.trace"
local figures = scratch .. "/figures"

local versions = { "1.15", "1.19", "1.21", "1.22", "1.23", "1.24", "1.25", "1.26", "1.27" }
local WORD = "innober" -- of the secrets that cgosecrets plants, whatever stands before

local function run(to, path, words)
  local line = { "-o", to }
  for _, word in ipairs(words) do
    table.insert(line, word)
  end
  table.insert(line, path)
  os.remove(to)
  local status, text = programs.run(line)
  assert.equal(0, status, text)
end

-- The lines of a file: what TAB value.
local function lines_of(path)
  local list = {}
  for line in io.lines(path) do
    local key, value = line:match "^(.*)\t([^\t]*)$"
    table.insert(list, { key = key, value = value })
  end
  return list
end

-- What is said of names; the rest must be as it was.
local function is_name(key)
  return key:find " name$" or key:find " category$" or key:find " message$"
end

-- The figures as lines, without names; without numbers of goroutines and tasks, sorted, if they
-- are given anew.
local function without_names(list, anew)
  local shown = {}
  for _, line in ipairs(list) do
    local key = line.key
    if not is_name(key) and not (anew and (key:find "goroutine$" or key:find " log " or key:find "^events Log")) then
      if anew then
        key = key:gsub("goroutine %d+", "goroutine"):gsub("^task %d+", "task")
      end
      local value = anew and (key:find "parent$" or key:find " task$") and "-" or line.value
      table.insert(shown, key .. "\t" .. value)
    end
  end
  if anew then
    table.sort(shown)
  end
  return shown
end

-- The first lines in which two lists differ; nil: none.
local function assert_same_lines(a, b)
  for i = 1, math.max(#a, #b) do
    local one, other = a[i] or "(none)", b[i] or "(none)"
    assert(one == other, ("%s, and it was %s"):format(other, one))
  end
end

-- What each name stands for: a name of one for each of the other, and no two for one.
local function assert_same_groups(a, b)
  local there, back = {}, {}
  for i, line in ipairs(a) do
    if is_name(line.key) then
      local kind = line.key:gsub("%d+", "")
      local one, other = kind .. line.value, kind .. b[i].value
      assert.equal(line.key, b[i].key)
      assert.equal(there[one] or other, other)
      assert.equal(back[other] or one, one)
      there[one], back[other] = other, one
    end
  end
end

-- How the words of a profile stand together: count, ns and how many frames of each stack, and
-- how many places there are in all.
local function shape(path)
  local stacks, places, count = {}, {}, 0
  for line in io.lines(path) do
    local figure, frames = line:match "^(%d+ %-?%d+) (.*)$"
    local n = 0
    for frame in frames:gmatch "[^;]+" do
      n = n + 1
      count = count + (places[frame] and 0 or 1)
      places[frame] = true
    end
    table.insert(stacks, figure .. " " .. n)
  end
  table.sort(stacks)
  return stacks, count
end

describe("a trace that is anonymized", function()
  local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

  local function summary(path)
    assert(go:summary(path, figures))
    return lines_of(figures)
  end

  for _, path in ipairs(programs.recordings()) do
    local name = programs.name_of(path)

    check("is one that Go takes, with the same figures: " .. name, function()
      run(plain, path, {})
      run(out, path, { "anonymize" })
      assert(go:accept(out))
      run(out, path, { "anonymize", "--logs=hash" })
      assert(go:accept(out))
      assert_same_lines(without_names(summary(plain), true), without_names(summary(out), true))
    end)

    check("has the same groups, one name for each name, where numbers stay: " .. name, function()
      run(plain, path, {})
      run(out, path, { "anonymize", "--ids", "--logs=hash", "--times=keep" })
      assert(go:accept(out))
      local before, after = summary(plain), summary(out)
      assert_same_lines(without_names(before), without_names(after))
      assert_same_groups(before, after)
    end)
  end

  -- Of each version the traces with most stacks, and the one with secrets.
  for _, version in ipairs(versions) do
    for _, theme in ipairs { "http", "mix", "cgosecrets" } do
      local name = ("go%s-%s"):format(version, theme)

      check("has as many places in a profile as before: " .. name, function()
        local path = ("%s/testdata/real/%s.trace"):format(programs.root, name)
        run(plain, path, {})
        run(out, path, { "anonymize", "--lines" })
        assert(go:blocked(plain, figures))
        local stacks, places = shape(figures)
        assert(go:blocked(out, figures))
        local own, own_places = shape(figures)
        assert.is_true(places > 0)
        assert.same({ stacks, places }, { own, own_places })
      end)
    end
  end

  for _, version in ipairs(versions) do
    check("has no word of the program's, whatever stays of the rest: " .. version, function()
      local path = ("%s/testdata/real/go%s-cgosecrets.trace"):format(programs.root, version)
      assert.is_truthy(programs.read(path):find(WORD, 1, true))
      local keeping = { "--lines", "--pcs", "--ids", "--times=keep", "--wall=keep" }
      for _, words in ipairs { {}, { "--logs=hash" }, keeping } do
        run(out, path, { "-c", "share-public", unpack(words) })
        assert(go:accept(out))
        assert.equal("", planted.found(programs.read(out), { "z" .. WORD }))
      end
    end)
  end

  -- Versions that no toolchain at hand makes: where Go was built, and a package that is not Go's own.
  for _, path in ipairs(programs.corpus()) do
    check("has no folder and no test of the machine's: " .. programs.name_of(path), function()
      local secrets, seen = { "ExampleLogger" }, {}
      for text in select(2, programs.run({ "strings", path }, true)):gmatch "[^\n]+" do
        local folder = text:match "^(/.-/)src/"
        secrets[#secrets + 1] = folder and not seen[folder] and folder or nil
        seen[folder or ""] = true
      end
      assert.is_true(#secrets > 1 or programs.version(path) == 5)
      run(out, path, { "-c", "share-public" })
      assert(go:accept(out))
      assert.equal("", planted.found(programs.read(out), secrets, "testing.runExample log.(*Logger).Output"))
    end)
  end
end)
