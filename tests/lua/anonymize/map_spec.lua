-- The map of an anonymized trace: what it names comes back, in texts and in traces.
local program = require "support.program"

local annotations = program.recording "annotations"
teardown(program.clean)

local function run(...)
  return program.run { ... }
end

local function prints(...)
  local r = run(...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- A trace without names, and its map, in a folder of their own.
local function anonymized(path, ...)
  local folder = program.folder {}
  local shared, map = folder .. "/shared.trace", folder .. "/map.yaml"
  local r = run("-q", "-o", shared, "anonymize", "--map=" .. map, ...)
  assert.equal(0, r.status, path .. r.err)
  return shared, map
end

describe("the map of an anonymized trace", function()
  it("is its owner's alone, and never written over", function()
    local _, map = anonymized(annotations, annotations)
    assert.equal("600\n", program.shell("stat -c %a " .. program.quote(map)).out)
    local folder = map:match "^(.*)/"
    local r = run("-q", "-o", folder .. "/other.trace", "anonymize", "--map=" .. map, annotations)
    assert.equal(5, r.status)
    assert.matches("cannot be written: File exists", r.err, 1, true)
    assert.equal(1, program.shell("test -e " .. program.quote(folder .. "/other.trace")).status)
  end)

  it("is not written by --dry-run", function()
    local folder = program.folder {}
    local r = run("-q", "anonymize", "--dry-run", "--map=" .. folder .. "/map.yaml", annotations)
    assert.equal(0, r.status, r.err)
    assert.equal("", program.shell("ls " .. program.quote(folder)).out)
  end)

  it("puts functions, lines, types and values back in a trace", function()
    local kept = program.tmpname()
    prints("-q", "-o", kept, annotations)
    for _, how in ipairs { "--logs=hash", "--logs=drop" } do
      local shared, map = anonymized(annotations, how, "--times=keep", "--wall=keep", "--ids", annotations)
      local back = program.tmpname()
      prints("-q", "-o", back, "deanonymize", "--map=" .. map, shared)
      for _, question in ipairs { { "tasks" }, { "regions" }, { "goroutines", "--by=func" },
        { "-a", "count() by reason, stack", "-f", 'state == "Waiting"' } } do
        local function answer(path)
          local words = { "-F", "json", unpack(question) }
          words[#words + 1] = path
          return prints(unpack(words))
        end
        assert.equal(answer(kept), answer(back))
      end
    end
  end)

  it("puts names back in text", function()
    local shared, map = anonymized(annotations, "--logs=hash", annotations)
    local text = program.tmpfile(prints("regions", "--wide", shared))
    local back = prints("deanonymize", "--map=" .. map, text)
    for name in prints("-F", "csv", "regions", annotations):gmatch "\n([^,\n]+)" do
      assert.is_truthy(back:find(name, 1, true), name)
    end
    assert.equal(back, program.run { "deanonymize", "--map=" .. map, stdin = program.read(text) }.out)
  end)

  it("knows whole words only, the longest first", function()
    local map = program.tmpfile [[
pseudonyms:
- {role: func, new: "pkg1.fn1", old: "a.B"}
- {role: func, new: "pkg1.fn1.func1", old: "a.B.func1"}
- {role: func, new: "pkg1.fn12", old: "a.C"}
- {role: file, new: "pkg1/file1.go", old: "/Users/a/b.go"}
- {role: task, new: "task1", old: !bytes "\xff \"two\"\nlines"}
]]
    local function text(s)
      return program.run { "deanonymize", "--map=" .. map, stdin = s }.out
    end
    assert.equal("a.B a.C a.B.func1 a.B.func2 pkg1.fn123 xpkg1.fn1", text
      "pkg1.fn1 pkg1.fn12 pkg1.fn1.func1 pkg1.fn1.func2 pkg1.fn123 xpkg1.fn1")
    assert.equal("(a.B) \"a.B\", /Users/a/b.go:3\n\n", text "(pkg1.fn1) \"pkg1.fn1\", pkg1/file1.go:3\n\n")
    assert.equal("\255 \"two\"\nlines task12 task", text "task1 task12 task")
    assert.equal("", text "")
  end)

  it("holds any name", function()
    local long = ("n"):rep(5000)
    local renamed = program.tmpname()
    local code = [[function on.string(s, role)
      if role == "logvalue" then return "\255\0\"\\\n]] .. long .. [[" end end]]
    prints("-q", "-o", renamed, "-e", code, annotations)
    local shared, map = anonymized(renamed, "--logs=hash", renamed)
    local back = program.tmpname()
    prints("-q", "-o", back, "deanonymize", "--map=" .. map, shared)
    local value = 'function on.UserLog(ev) io.write(ev.value, "\\1") end'
    assert.equal(prints("-e", value, renamed), prints("-e", value, back))
  end)

  it("is refused where it is none", function()
    for text, message in pairs {
      ["pseudonyms:\n- {role: func, new: a}\n"] = "m.yaml:2:3: this is no map that anonymize wrote",
      ["pipeline: []\n"] = "m.yaml:1:1: this is no map that anonymize wrote",
      ["- a\n"] = "m.yaml:1:1: this is no map that anonymize wrote",
      ["pseudonyms: {\n"] = "m.yaml:2:1: not YAML: did not find expected node content",
    } do
      local folder = program.folder { ["m.yaml"] = text }
      local r = program.shell(("cd %s && %s"):format(program.quote(folder),
        program.line { "deanonymize", "--map=m.yaml", "/dev/null" }))
      assert.equal(2, r.status)
      assert.equal(("gotrace-lua: --map 'm.yaml': %s\n"):format(message), r.err)
    end
    assert.equal("gotrace-lua: deanonymize wants --map: the file that anonymize --map has written\n",
      run("deanonymize", "/dev/null").err)
    local r = run("deanonymize", "--map=" .. program.tmpfile "pseudonyms: []\n", annotations)
    assert.matches("annotations.trace is a trace: say where it is to be written, with -o NEW.trace", r.err, 1, true)
  end)
end)

describe("a script that anonymizes", function()
  it("names no files: what it would write is the command line's to say", function()
    for _, option in ipairs { "audit", "map" } do
      local folder = program.folder { ["mine.txt"] = "mine\n" }
      local code = ([[local a = require "gotrace.anonymize" { logs = "drop", times = "shift", %s = "%s" }
        on.string, on.stack = a.string, a.stack]]):format(option, folder .. "/mine.txt")
      local r = run("-q", "-o", folder .. "/out.trace", "-e", code, annotations)
      assert.equal(2, r.status, r.err)
      assert.matches(option .. " is a file that the command line names", r.err, 1, true)
      assert.equal("mine.txt\n", program.shell("ls " .. program.quote(folder)).out)
      assert.equal("mine\n", program.read(folder .. "/mine.txt"))
    end
  end)
end)
