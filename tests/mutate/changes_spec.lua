-- What ./dev mutate changes: every kind in both languages, and nothing that is no code.
-- Not under ASan: it is about Lua of the tests alone.
local lfs = require "lfs"
local changes = require "tests.mutate.changes"
local mutants = require "tests.mutate.mutants"
local rooms = require "tests.mutate.rooms"

-- The changes of a text as "kind: the line that has it, without blanks around".
local function all(text, language)
  local out = {}
  for _, change in ipairs(changes.changes(text, language)) do
    local changed = changes.apply(text, change)
    local from = text:sub(1, change.at - 1):match "^.*\n()" or 1
    out[#out + 1] = change.kind .. ": " .. changed:match("^%s*([^\n]*)", from)
  end
  table.sort(out)
  return out
end

local function in_c(line)
  return all("int f(int a, char *b)\n{\n    " .. line .. "\n}\n", "c")
end

describe("mutants of C", function()
  it("compare otherwise", function()
    assert.same({ "comparison: return a <= b;", "comparison: return a >= b;" }, in_c "return a < b;")
    assert.same({ "comparison: return a != b;" }, in_c "return a == b;")
    assert.same({ "comparison: return a->b < c;", "comparison: return a->b > c;" }, in_c "return a->b >= c;")
  end)

  it("negate, and join otherwise", function()
    assert.same({ "logic: return a || b;" }, in_c "return a && b;")
    assert.same({ "negation: return a;" }, in_c "return !a;")
    assert.same({ "negation: if (!(a->b)) a = b;", "statement: if (a->b) ;" }, in_c "if (a->b) a = b;")
  end)

  it("calculate otherwise, but only with two operands", function()
    assert.same({ "arithmetic: return a - b;" }, in_c "return a + b;")
    assert.same({ "arithmetic: return a >> b;" }, in_c "return a << b;")
    assert.same({ "arithmetic: return a | b;" }, in_c "return a & b;")
    assert.same({}, in_c "return -a;")
    assert.same({}, in_c "return (&a)[*b];")
  end)

  it("are off by one", function()
    assert.same({ "constant: return 1;" }, in_c "return 0;")
    assert.same({ "constant: return 62u;", "constant: return 64u;" }, in_c "return 63u;")
    assert.same({ "constant: return false;" }, in_c "return true;")
    assert.same({}, in_c "return 1.5;")
  end)

  it("drop statements, but no declarations, and nothing is leaked", function()
    assert.same({ "statement: ;" }, in_c "call(a);")
    assert.same({ "statement: ;" }, in_c "(void)call(a);")
    assert.same({ "statement: ;" }, in_c "*b = a;")
    assert.same({ "negation: if (!(a)) return a; else call(b);", "statement: if (a) return a; else ;" },
      in_c "if (a) return a; else call(b);")
    assert.same({}, in_c "struct x y = a, *z = b;")
    assert.same({}, in_c "const int y = call(a);")
    assert.same({}, in_c "table_free(a);")
    assert.same({}, in_c "(void)a;")
    assert.same({}, in_c "return call(a);")
  end)

  it("swap neighbouring arguments", function()
    assert.same({ "arguments: return call(b, a, c(d, e));", "arguments: return call(b, c(e, d), a);",
      "arguments: return call(c(d, e), b, a);" }, in_c "return call(b, c(d, e), a);")
    assert.same({}, in_c "return call(a, a);")
    assert.same({}, in_c "return max(a, b);")
  end)

  it("are of functions alone", function()
    assert.same({}, all("#define F(a) (a + 1 < \\\n  2)\nstatic const int x[] = { 1, 2 < 3 };\nenum { A = 5 };\n", "c"))
    assert.same({}, in_c "/* a < 1 */ // b < 2")
    assert.same({}, in_c 'return "a < 1, \\" b < 2";')
    assert.same({}, in_c "assert(a < 1 && call(a, b));")
    assert.same({}, all("#ifndef NDEBUG\nint f(int a)\n{\n    return a < 1;\n}\n#endif\n", "c"))
  end)
end)

describe("mutants of Lua", function()
  local function in_lua(text)
    return all("local x\n" .. text .. "\nreturn x\n", "lua")
  end

  it("are of the same kinds", function()
    assert.same({ "comparison: local y = a ~= b" }, in_lua "local y = a == b")
    assert.same({ "logic: local y = a or b" }, in_lua "local y = a and b")
    assert.same({ "negation: local y =  a" }, in_lua "local y = not a")
    assert.same({ "constant: local y = 1", "constant: local y = 3" }, in_lua "local y = 2")
    assert.same({ "arithmetic: local y = a - b" }, in_lua "local y = a + b")
    assert.same({ "arguments: local y = f(b, a)" }, in_lua "local y = f(a, b)")
    assert.same({ "negation: if not (a.b) then return end" }, in_lua "if a.b then return end")
  end)

  it("drop whole statements", function()
    local text = "local f\nf(function()\n  return a\nend)\nf.g = {\n  a,\n}\nreturn f\n"
    local list, left = changes.changes(text, "lua"), {}
    for i, change in ipairs(list) do
      assert.equal("statement", change.kind)
      left[i] = changes.apply(text, change)
    end
    assert.same({ "local f\n\nf.g = {\n  a,\n}\nreturn f\n", "local f\nf(function()\n  return a\nend)\n\nreturn f\n" },
      left)
    assert.same({}, in_lua "local t = {\n  a = b,\n  c = d,\n}")
  end)

  it("are of code alone", function()
    assert.same({}, in_lua '-- a < 1\n--[[ b < 2\n c < 3 ]]\nlocal y = "a < 1" .. [[b < 2]]')
    assert.same({}, in_lua "local function f(a, b) end")
  end)
end)

describe("the choice", function()
  local text = "int f(int a)\n{\n    a = g(a, 1) + 2;\n    return a < 3 && h(a, 4);\n}\n"
  local list = changes.changes(text, "c")

  local function picked(seed, count)
    local out = {}
    for _, change in ipairs(changes.pick(list, seed, count)) do
      out[#out + 1] = changes.apply(text, change)
    end
    return out
  end

  it("is the same for the same seed, and another for others", function()
    assert.same(picked(7, 5), picked(7, 5))
    assert.not_same(picked(7, 5), picked(8, 5))
  end)

  it("takes no change twice, and all if there are no more", function()
    local seen, all_of_them = {}, picked(1, 1000)
    for _, changed in ipairs(all_of_them) do
      assert.is_nil(seen[changed])
      seen[changed] = true
    end
    assert.equal(#list, #all_of_them)
  end)

  it("is made of all files of a folder", function()
    local files = {}
    for _, mutant in ipairs(mutants.of("src/base", 1, 400)) do
      files[mutant.path] = true
      assert.not_equal(mutant.original, mutants.text(mutant))
    end
    assert.truthy(files["src/base/varint.c"] and files["src/base/thread/ring.c"])
  end)
end)

describe("mutants that are tried again", function()
  local list = mutants.of("src/base/varint.c", 1, 3)

  -- The line that a run prints of it.
  local function line(verdict, mutant, at)
    return ("%-9s %s:%d %s: %s%s"):format(verdict, mutant.path, at or mutant.line, mutant.kind, mutants.shown(mutant),
      verdict == "unnoticed" and "" or "  [tests/x_spec.lua]")
  end

  local function again(...)
    local lines, i = { ... }, 0
    local seen = {}
    for _, mutant in ipairs(mutants.again(function()
      i = i + 1
      return lines[i]
    end)) do
      seen[mutants.shown(mutant)] = mutants.text(mutant)
    end
    return seen
  end

  it("are those that were not noticed, wherever their lines are now", function()
    local seen = again(line("noticed", list[1]), line("unnoticed", list[2], 9999), line("undecided", list[3]))
    assert.is_nil(seen[mutants.shown(list[1])])
    assert.is_nil(seen[mutants.shown(list[3])])
    assert.truthy(seen[mutants.shown(list[2])])
  end)

  it("are none of a log without any", function()
    assert.same({}, again("src/base: seed 1, 3 tried, 3 noticed, 0 unnoticed (100 %); 0 undecided, 0 not built"))
  end)
end)

describe("the specs that are asked", function()
  it("are there", function()
    for folder, paths in pairs(rooms.further) do
      assert.truthy(lfs.attributes(folder), folder)
      for _, path in ipairs(paths) do
        assert.truthy(lfs.attributes(path), path)
      end
    end
  end)

  it("stand where the folder does", function()
    assert.equal("tests/v1", rooms.mirror "src/v1/file")
    assert.equal("tests/lua/cli", rooms.mirror "lua/gotrace/cli")
    assert.same(rooms.further["src/base/thread"], rooms.further_of "src/base/thread")
    assert.same({}, rooms.further_of "src/v1/file")
  end)
end)
