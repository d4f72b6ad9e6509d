-- Regular expressions from strangers, wherever the program takes one: an error
-- that says so, and never a crash or a run without end.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local hostile = {
  ("("):rep(100000), ("(a|"):rep(20000), ("a"):rep(100000), "((a{1000}){1000}b){1000}", ("[[:alpha:]]"):rep(9000),
}

describe("a hostile regular expression", function()
  it("is a usage error of an option", function()
    for _, text in ipairs(hostile) do
      for _, words in ipairs { { "grep", text, small }, { "-o", "x", "keep", "--func", text, small } } do
        local r = program.run(words)
        assert.equal(2, r.status)
        assert.matches("is not a regular expression %(", r.err)
      end
    end
    assert.equal(2, program.run({ "grep", "\\<main", small }).status)
    assert.equal(2, program.run({ "grep", "a(", small }).status)
  end)

  it("is an error at its line in a script", function()
    for _, text in ipairs { '("("):rep(1e5)', '("a"):rep(1e6)', '"((a{1000}){1000}b){1000}"' } do
      local code = ('\nrequire("gotrace.regexp").compile(%s)'):format(text)
      local r = program.run { "-e", code, small }
      assert.equal(2, r.status)
      assert.matches("^gotrace%-lua: %-e:2: the regular expression is refused: ", r.err)
      r = program.run { "-e", "function on.finish()" .. code .. " end", small }
      assert.equal(4, r.status)
      assert.matches("^gotrace%-lua: %-e:2: the regular expression is refused: ", r.err)
    end
    local r = program.run { "-e", [[local re = require("gotrace.regexp").compile "(a+)+$"
      re:match(("a"):rep(99) .. "b")]], small }
    assert.equal(2, r.status)
    assert.matches("^gotrace%-lua: %-e:2: the regular expression cannot be matched: ", r.err)
  end)

  it("can be caught, and the next one is as good as ever", function()
    local r = program.run { "-e", [[
      local regexp = require "gotrace.regexp"
      for i = 1, 200 do
        local re = regexp.compile "(a+)+$"
        assert(not pcall(re.match, re, ("a"):rep(40) .. "b"))
        assert(not pcall(regexp.compile, ("("):rep(1e5)))
      end
      print(regexp.compile("b$"):match "ab")]], small }
    assert.equal("true\n", r.out)
    assert.equal("", r.err)
  end)

  it("costs no more than the size of the trace allows", function()
    local before = os.time()
    local r = program.run { "-e", [[
      local re = require("gotrace.regexp").compile "(a|aa)+$"
      local n, failed = 0, 0
      function on.any() n = n + 1 if not pcall(re.match, re, ("a"):rep(30) .. "b") then failed = failed + 1 end end
      function on.finish() print(n, failed) end]], small }
    assert.equal("18\t18\n", r.out)
    assert.is_true(os.time() - before < 20)
  end)

  it("does not make a handle of its own", function()
    for _, code in ipairs {
      "re.match({}, 'a')", "re.match(setmetatable({}, { __index = re }), 'a')", "re.match('a', 'a')",
      "re.match(nil, 'a')", "re.match(1LL, 'a')", "re:match(1)", "re:match()", "re:match({})", "re:match(1LL)",
      "regexp.compile()", "regexp.compile(1)", "regexp.compile({})", "regexp.compile(1LL)", "regexp.compile('a', 1)",
      "regexp.compile('a', 'b')", "regexp.compile('a', 1LL)", "getmetatable(re).__gc(re)", "re.match = nil re:match()",
    } do
      local r = program.run { "-e", 'local regexp = require "gotrace.regexp" local re = regexp.compile "a" ' .. code,
        small }
      assert.equal(2, r.status, code .. r.err)
      assert.matches("^gotrace%-lua: %-e:1: ", r.err)
    end
  end)
end)
