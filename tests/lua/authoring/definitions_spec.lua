-- gotrace-lua init, and the definition files: what scripts have when they run is what editors are told,
-- each with its type and a sentence.
local annotations = require "lua.authoring.annotations"
local program = require "support.program"

local files = {
  "events", "hooks", "objects", "sandbox", "script", "spans", "tables", "gotrace/expect", "gotrace/format",
  "gotrace/goroutine_sums", "gotrace/regexp", "gotrace/sums", "gotrace/test",
}

local small, all
setup(function()
  local texts = {}
  for i, name in ipairs(files) do
    texts[i] = program.read(program.root .. "library/" .. name .. ".lua")
  end
  all = annotations.read(texts)
  small = program.recording "annotations"
end)
teardown(program.clean)

-- The lines that a script prints.
local function printed(code, trace)
  local r = program.run { "-q", "-e", code, trace or small }
  assert.equal("", r.err)
  local list = {}
  for line in r.out:gmatch "[^\n]+" do
    list[#list + 1] = line
  end
  assert.is_true(#list > 0)
  return list
end

local function names_of(fields)
  local names = {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- The names of an error that lists them: "it has a, b, c".
local function listed(text)
  local names = {}
  for name in text:match "it has ([%w_, ()]+)":gsub(", and .*", ""):gmatch "[%w_]+" do
    names[#names + 1] = name
  end
  assert.is_true(#names > 2)
  return names
end

local function refused(code, ...)
  local r = program.run { "-e", code, ... or small }
  assert.equal(4, r.status)
  return listed(r.err:match "^[^\n]*")
end

local function has_all(class, names)
  for _, name in ipairs(names) do
    assert.is_truthy(annotations.field(all, class, name), class .. " has no " .. name)
  end
end

describe("the definitions", function()
  it("have all hooks, and no other", function()
    local hooks = {}
    local text = program.run({ "-lv" }).out
    for name in text:gmatch "\non%.([%w_]+)" do
      hooks[name] = true
    end
    for event in program.run({ "-F", "json", "-lv" }).out:gmatch '"event":"(%w+)"' do
      hooks[event] = true
    end
    for old in text:match "Names of Go 1.5 to 1.21.-\n\n(.-)\n\n":gmatch "\n(%w+)" do
      hooks[old] = true
    end
    assert.is_true(hooks.GoCreate and hooks.anyspan and hooks.finish and hooks.GoSysCall)
    for _, where in ipairs { "on", "scan" } do
      assert.same(names_of(hooks), names_of(all.classes["gotrace." .. where].fields))
    end
  end)

  it("say of on and scan that they have nothing else", function()
    for _, where in ipairs { "on", "scan" } do
      assert.equal("gotrace." .. where, all.globals[where].type)
      assert.is_true(all.classes["gotrace." .. where].exact)
      assert.is_nil(all.classes["gotrace." .. where].fields.GoCraete)
    end
  end)

  it("have a type and a sentence for each field", function()
    -- What scripts and tests give, whose names say all.
    local given = { TaskLog = true, TaskRegion = true, NewRegion = true, NewTask = true, NewLog = true, NewFrame = true,
      Option = true, Columns = true, SeriesSpec = true, SumSpec = true, GoroutineSumSpec = true, AnyEvent = true,
      RegexpOptions = true, ExpectOptions = true, Figure = true, GoroutineSum = true }
    local wrong = {}
    for name, class in pairs(all.classes) do
      for field, is in pairs(class.fields) do
        local wants_sentence = field ~= "[integer]" and not given[name:match "([^.]*)$"]
        if is.type == "" or wants_sentence and not (is.sentence and #is.sentence > 5) then
          wrong[#wrong + 1] = name .. "." .. field
        end
      end
    end
    table.sort(wrong)
    assert.same({}, wrong)
    for name, global in pairs(all.globals) do
      assert.is_truthy(name == "io" or name == "os" or #global.sentence > 5, name)
    end
  end)

  it("name no class or set of words that is not there", function()
    local wrong = {}
    local function look(text, where)
      for name in text:gmatch "gotrace%.[%w_.]+" do
        if not (all.classes[name] or all.aliases[name]) then
          wrong[#wrong + 1] = where .. ": " .. name
        end
      end
    end
    for name, class in pairs(all.classes) do
      look(class.parent or "", name)
      for field, is in pairs(class.fields) do
        look(is.type, name .. "." .. field)
      end
    end
    for name, global in pairs(all.globals) do
      look(global.type or "", name)
    end
    assert.same({}, wrong)
  end)

  it("have the arguments of all events", function()
    local n = 0
    for event, arguments in program.run({ "-F", "json", "-lv" }).out:gmatch '"event":"(%w+)".-"arguments":"(.-)"' do
      for name in arguments:gmatch "%S+" do
        assert.is_truthy(annotations.field(all, "gotrace.Event." .. event, name), event .. "." .. name)
      end
      n = n + 1
    end
    assert.is_true(n > 40)
    has_all("gotrace.Event", { "type", "time", "m", "p", "g", "stack", "n", "gen", "off", "func", "system", "region",
      "task_name", "copy", "fields", "wall", "raw" })
  end)

  it("have what spans have", function()
    has_all("gotrace.Span", refused "function on.state(s) return s.nothing end")
    has_all("gotrace.Span", { "place", "cause", "event_stack", "waker_func", "stats", "copy" })
    for _, kind in ipairs { "state", "proc", "stw", "gc", "region", "task", "goroutine" } do
      local rows = program.run({ "-F", "json", "-lv", kind }).out
      for field in rows:gmatch '"field":"([%w_]+)"' do
        has_all("gotrace.Span", { field })
      end
    end
  end)

  -- What pairs shows of an object, and nothing that it lacks.
  it("have what objects have", function()
    local function shows(class, object, trace)
      local of = "function on.finish() for k in pairs(%s) do print(k) end end"
      local names = printed(of:format(object), trace)
      has_all(class, names)
      return names
    end
    for class, object in pairs { Goroutine = "trace.goroutine(1)", Task = "trace.task(2)", Proc = "trace.proc(0)",
      Stats = "trace.goroutine(1).stats" } do
      local names = shows("gotrace." .. class, object)
      local known = names_of(all.classes["gotrace." .. class].fields)
      for i = #known, 1, -1 do
        -- What is nil is not shown.
        local is_optional = all.classes["gotrace." .. class].fields[known[i]].type:find "[?]$"
        if is_optional or known[i] == "state" then
          table.remove(known, i)
        end
      end
      for _, name in ipairs(known) do
        assert.is_truthy((" " .. table.concat(names, " ") .. " "):find(" " .. name .. " ", 1, true),
          class .. " has no " .. name)
      end
    end
    shows("gotrace.GC", "trace.gc(1)", program.recording "gc")
    shows("gotrace.Trace", "trace")
    has_all("gotrace.Thread", { "id", "p", "g" })
  end)

  it("have what generations, damages, stacks and frames have", function()
    for _, name in ipairs(printed "function on.generation(g) for k in pairs(g) do print(k) end end") do
      has_all("gotrace.Generation", { name })
    end
    has_all("gotrace.Frame", printed [[
      function on.GoCreate(ev) for k in pairs(ev.new_stack.leaf) do print(k) end end]])
    has_all("gotrace.Stack", { "leaf", "root", "user", "id", "has", "match", "folded" })
    local broken = program.tmpfile(program.read(program.recording "http"):sub(1, -3000))
    local r = program.run { "-q", "-e", "function on.damage(d) for k in pairs(d) do print(k) end end", broken }
    for name in r.out:gmatch "%S+" do
      has_all("gotrace.Damage", { name })
    end
    assert.matches("what", r.out)
  end)

  it("have what becomes of a trace that is written", function()
    local r = program.run { "-q", "-o", program.tmpname(), "-e", [[
      function on.finish() for k in pairs(trace.written) do print(k) end end]], small }
    local names = {}
    for name in r.out:gmatch "%S+" do
      names[#names + 1] = name
    end
    table.sort(names)
    assert.same(names_of(all.classes["gotrace.Written"].fields), names)
  end)

  it("have the globals of scripts, and not what scripts cannot reach", function()
    local base = {}
    for name in ([[assert error ipairs next pcall rawequal rawget rawset select tonumber tostring type unpack xpcall
        getmetatable setmetatable string table math bit coroutine _G _VERSION pairs load loadstring collectgarbage print
        require]]):gmatch "%S+" do
      base[name] = true
    end
    for _, name in ipairs(printed "for k in pairs(_G) do print(k) end") do
      assert.is_truthy(base[name] or all.globals[name], name)
    end
    for _, name in ipairs(printed "for k in pairs(os) do print(k) end") do
      assert.is_truthy(program.read(program.root .. "library/sandbox.lua"):find("function os." .. name, 1, true))
    end
  end)

  it("have what tables have", function()
    has_all("gotrace.Table", refused "local c = count 'n' function on.finish() c:nothing() end")
    has_all("gotrace.Rows", refused "local r = rows 'n' function on.finish() r:nothing() end")
  end)

  it("have what modules have", function()
    has_all("gotrace.regexp", { "compile" })
    local internal = { columns = true, csv_line = true, json_object = true, text = true }
    for _, name in ipairs(printed 'for k in pairs(require "gotrace.format") do print(k) end') do
      assert.is_truthy(internal[name] or annotations.field(all, "gotrace.format", name), name)
    end
    for _, name in ipairs(printed 'for k in pairs(require "gotrace.expect") do print(k) end') do
      has_all("gotrace.expect", { name })
    end
  end)

  it("have the types of options and formats", function()
    local r = program.run { "-n", "-e", "args = { { name = 'x', type = 'nothing' } }", small }
    local types = {}
    for name in r.err:match "there are ([%w_, ]+)":gmatch "[%w_]+" do
      types[#types + 1] = name ~= "size" and name or nil -- the program's own
    end
    assert.same(types, all.aliases["gotrace.OptionType"])
    r = program.run { "-n", "-e", "writes = 'nothing'", small }
    for name in r.err:match "is one of ([%w, ]+)":gmatch "%w+" do
      assert.is_truthy(all.classes["gotrace.Export"].fields[name], name)
    end
  end)

  it("mark hooks and fields that are none, and nothing else", function()
    assert.same({ "on.GoCraete", "ev.nwe_g", "s.from_" }, annotations.judge(all, [[
function on.GoCraete(ev)
  print(ev.anything)
end
function on.GoCreate(ev)
  print(ev.new_g, ev.nwe_g, ev.new_stack)
end
function on.state(s)
  print(s.from_, s.reason)
end
]]))
    for _, name in ipairs { "grep", "cat", "gc", "sched", "stw", "wakers", "heap" } do
      local text = program.read(program.root .. "scripts/" .. name .. ".lua")
      assert.same({}, annotations.judge(all, text), name)
    end
  end)
end)

describe("init", function()
  local function run_in(dir, ...)
    return program.shell(("cd '%s' && %s"):format(dir, program.line { ... }))
  end

  it("writes the files and the settings, and says so", function()
    local dir = program.folder {}
    local r = run_in(dir, "init")
    assert.equal("", r.err)
    assert.equal("written:  .gotrace-lua/library (15 files)\nwritten:  .luarc.json\n", r.out)
    for _, name in ipairs(files) do
      assert.equal(program.read(program.root .. "library/" .. name .. ".lua"),
        program.read(("%s/.gotrace-lua/library/%s.lua"):format(dir, name)))
    end
    local settings = program.read(dir .. "/.luarc.json")
    assert.matches('"runtime.version": "LuaJIT"', settings, 1, true)
    assert.matches('"workspace.library": [".gotrace-lua/library"]', settings, 1, true)
    for name in pairs(all.globals) do
      local is_function = all.globals[name].type == "function" or name == "io" or name == "os"
      assert.is_truthy(is_function or settings:find('"' .. name .. '"', 1, true), name)
    end
    r = run_in(dir, "init")
    assert.equal("is there: .gotrace-lua/library (15 files)\nis there: .luarc.json\n", r.out)
  end)

  it("takes a folder", function()
    local dir = program.folder { ["a/x"] = "" }
    local r = run_in(dir, "init", "a/")
    assert.equal("written:  a/.gotrace-lua/library (15 files)\nwritten:  a/.luarc.json\n", r.out)
    r = run_in(dir, "init", "b")
    assert.equal("gotrace-lua: b is no folder\n", r.err)
    assert.equal(2, r.status)
  end)

  it("leaves settings that are not its own, and says what they want", function()
    local dir = program.folder { [".luarc.json"] = "{}\n" }
    local r = run_in(dir, "init")
    assert.equal(0, r.status)
    assert.matches('left:     .luarc.json, which is none of ours; it wants "workspace.library": [".gotrace-lua/',
      r.out, 1, true)
    assert.equal("{}\n", program.read(dir .. "/.luarc.json"))
    run_in(dir, "init", "--force")
    assert.matches("LuaJIT", program.read(dir .. "/.luarc.json"))
  end)

  it("writes nothing where a definition file is another's, and takes the place of older ones", function()
    local path = ".gotrace-lua/library/events.lua"
    local dir = program.folder { [path] = "-- mine\n" }
    local r = run_in(dir, "init")
    assert.equal(2, r.status)
    assert.matches("^gotrace%-lua: %./%.gotrace%-lua/library/events%.lua is there and is none of ours: nothing", r.err)
    assert.is_nil(io.open(dir .. "/.luarc.json"))
    program.write(dir .. "/" .. path, "---@meta\n-- What scripts of gotrace-lua have, of old\n")
    assert.equal(0, run_in(dir, "init").status)
    assert.matches("GoCreate", program.read(dir .. "/" .. path))
  end)

  it("follows no link that leads nowhere, and waits for no FIFO", function()
    local dir, out = program.folder {}, program.folder {}
    program.shell(("ln -s '%s/made' '%s/.luarc.json'"):format(out, dir))
    local r = run_in(dir, "init")
    assert.equal(5, r.status)
    assert.matches("cannot write .luarc.json", r.err, 1, true)
    assert.is_nil(io.open(out .. "/made"))
    program.shell(("cd '%s' && rm .luarc.json && mkfifo .luarc.json"):format(dir))
    assert.matches("left:     .luarc.json, which is none of ours", run_in(dir, "init").out, 1, true)
    assert.matches("it is no file", run_in(dir, "init", "--force").err, 1, true)
  end)

  it("says where it cannot write", function()
    local dir = program.folder { [".gotrace-lua"] = "a file" }
    local r = run_in(dir, "init")
    assert.equal(5, r.status)
    assert.matches("^gotrace%-lua: cannot write ", r.err)
  end)
end)
