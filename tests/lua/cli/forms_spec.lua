-- -F json and -F csv hold for everything that is printed.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

-- Reads one JSON value at i; where it ends, nil if there is none.
local value

local function skip(s, i, pattern)
  local _, last = s:find("^" .. pattern, i)
  return last and last + 1
end

local function several(s, i, closing, one)
  i = i + 1
  if s:sub(i, i) == closing then
    return i + 1
  end
  repeat
    i = one(s, i)
    local sign = i and s:sub(i, i)
    i = i and i + 1
  until sign ~= ","
  return i and s:sub(i - 1, i - 1) == closing and i or nil
end

local function text(s, i)
  i = i + 1
  while i <= #s do
    local c = s:sub(i, i)
    if c == '"' then
      return i + 1
    end
    i = i + (c == "\\" and 2 or 1)
  end
end

local function member(s, i)
  i = s:sub(i, i) == '"' and text(s, i)
  i = i and skip(s, i, ":")
  return i and value(s, i)
end

function value(s, i)
  local c = s:sub(i, i)
  if c == "{" then
    return several(s, i, "}", member)
  elseif c == "[" then
    return several(s, i, "]", value)
  elseif c == '"' then
    return text(s, i)
  end
  return skip(s, i, "%-?%d+%.?%d*[eE]?[-+]?%d*") or skip(s, i, "true") or skip(s, i, "false") or skip(s, i, "null")
end

local function is_json(line)
  return value(line, 1) == #line + 1
end

local function lines_of(r)
  local list = {}
  for line in r.out:gmatch "[^\n]*" do
    list[#list + 1] = line ~= "" and line or nil
  end
  return list
end

local everything = [[
  local format = require "gotrace.format"
  local c = count("n", "reason")
  function on.generation(gen) print(gen) print(ev) end
  function on.damage(d) print(d) print(d, "x") end
  function on.GoBlock(ev)
    c:add(ev.reason)
    print(ev) print(ev:copy()) print(ev.stack) print(ev.stack.leaf) print(ev, 1) print(1, 2)
    print("text, with \"quotes\"\n") print(nil) print(true, nil) print() print(1 / 0) print(1LL)
    print(format.event()) print(format.value("x,y")) print({ 1, { a = ev } }, { [1] = 2, ["1"] = 3, x = ev.stack })
    print(print == nil) print('{"a":1}')
  end
  function on.finish(t) print(t) print(t.parts) print(c) print(opt) end]]

describe("-F json", function()
  it("makes a value of whatever a script prints", function()
    local cut = program.tmpfile(program.read(small):sub(1, -60))
    for _, path in ipairs { small, cut } do
      local r = program.run { "-q", "-F", "json", "-e", everything, path }
      local lines = lines_of(r)
      assert.is_true(#lines > 30, r.err)
      for _, line in ipairs(lines) do
        assert.is_true(is_json(line), line)
      end
    end
  end)

  it("shows objects as objects, lists of values as lists, text as text", function()
    local r = program.run { "-F", "json", "-e", [[function on.HeapAlloc(ev)
      print(ev:copy()) print(ev, "a") print('{"a":1}') print(require("gotrace.format").json { 1 }) end]], small }
    local lines = lines_of(r)
    assert.matches('^{"type":"HeapAlloc","time":%d+', lines[1])
    assert.equal("[" .. lines[1] .. ',"a"]', lines[2])
    assert.equal([["{\"a\":1}"]], lines[3])
    assert.equal("[1]", lines[4])
  end)

  it("holds for bundled scripts and --verify", function()
    assert.equal(('{"file":"%s","goroutines":2}\n'):format(small),
      program.run({ "-F", "json", "count_gocreate", small }).out)
    local r = program.run { "-F", "json", "--verify", program.recording "empty" }
    assert.matches('^{"file":"[^"]*","valid":true,"version":"go 1.26","events":38,"problem":null}\n$', r.out)
    r = program.run { "-F", "json", "--verify", program.tmpfile "go 1.26 trace\0\0\0xyz" }
    assert.matches('^{"file":"[^"]*","valid":false,"version":null,"events":null,"problem":"[^"]+"}\n$', r.out)
    assert.equal(3, r.status)
  end)

  it("is refused where it cannot hold", function()
    local r = program.run { "-F", "json", "yaml", small }
    assert.same({ 2, "", "gotrace-lua: yaml takes no -F\n" }, { r.status, r.out, r.err })
  end)
end)

describe("-F csv", function()
  it("makes a row of whatever a script prints", function()
    local r = program.run { "-F", "csv", "-e", [[function on.HeapAlloc(ev)
      print(ev:copy()) print("a,b") print(1, nil, "x") print(ev.stack)
      print(require("gotrace.format").csv_line({ "a,b", 2 }, 2)) end]], small }
    local lines = lines_of(r)
    assert.equal("time,type,m,p,g,arguments,stack", lines[1])
    assert.matches("^%d+,HeapAlloc,", lines[2])
    assert.same({ '"a,b"', "1,,x", '""', '"a,b",2' }, { lines[3], lines[4], lines[5], lines[6] })
  end)

  it("has one form for stacks, whoever prints them", function()
    local of_cat = program.run { "-F", "csv", "-f", 'type == "GoBlock"', small }.out
    local of_p = program.run { "-F", "csv", "-f", 'type == "GoBlock"', "-p", "stack", small }.out
    local of_print = program.run { "-F", "csv", "-e", "function on.GoBlock(ev) print(ev.stack) end", small }.out
    local stack = of_p:match "\n([^\n]+)"
    assert.matches("^[^\n]+\n[^\n]+," .. stack:gsub("%p", "%%%0") .. "\n", of_cat)
    assert.equal(of_p, "stack\n" .. of_print)
  end)

  it("holds for --verify", function()
    local good, bad = program.recording "empty", program.tmpfile "go 1.26 trace\0\0\0xyz"
    local lines = lines_of(program.run { "-F", "csv", "--verify", good, bad })
    assert.equal("file,valid,version,events,problem", lines[1])
    assert.equal(good .. ",true,go 1.26,38,", lines[2])
    assert.matches(",false,,,", lines[3])
  end)
end)
