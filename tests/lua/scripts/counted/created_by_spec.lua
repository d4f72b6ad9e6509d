-- created_by: with which function goroutines were started, by whom, and how many.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local function objects(...)
  local r = program.run { "-q", "-F", "json", ... }
  assert.equal("", r.err)
  local list = {}
  for line in r.out:gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

local traces = {}
for _, version in ipairs { "1.15", "1.19", "1.22", "1.27" } do
  traces[#traces + 1] = ("%stestdata/real/go%s-mix.trace"):format(program.root, version)
end
traces[#traces + 1] = program.root .. "testdata/real/go1.27-http.trace"

-- The events themselves, counted one by one: by function and creator how many, and by how many goroutines.
local function counted(trace, ours)
  local rows, gs, total = {}, {}, 0
  local r = program.run { "-q", "-e", [[function on.GoCreate(ev)
    print(table.concat({ ev.new_stack.root.func, ev.stack.user.func, ev.g }, "|")) end]], trace }
  assert.equal("", r.err)
  for line in r.out:gmatch "[^\n]+" do
    local key, func = line:match "^((.-)|.*)|"
    if ours(func) then
      rows[key], total = (rows[key] or 0) + 1, total + 1
      gs[key] = gs[key] or { n = 0 }
      gs[key].n = gs[key].n + (gs[key][line] and 0 or 1)
      gs[key][line] = true
    end
  end
  return rows, gs, total
end

describe("created_by", function()
  for _, trace in ipairs(traces) do
    it("counts the events of " .. trace:match "[^/]*$", function()
      for option, ours in pairs {
        [false] = function(func)
          return not func:find "^runtime[./]"
        end,
        ["--system"] = function()
          return true
        end,
      } do
        local rows, gs, total = counted(trace, ours)
        local found, sum = objects("created_by", trace, option or nil), 0
        for _, object in ipairs(found) do
          local key = object["function"] .. "|" .. object.creator
          assert.equal(rows[key], object.goroutines, key)
          assert.equal(gs[key].n, object.creators, key)
          assert.equal(math.floor(rows[key] / gs[key].n * 10 + 0.5) / 10, object.each, key)
          rows[key], sum = nil, sum + object.goroutines
        end
        assert.is_nil(next(rows))
        assert.equal(total, sum)
        local text = program.run({ "created_by", trace, option or nil }).out
        assert.equal(tostring(total), text:match "\nstarted +(%d+)\n")
      end
    end)
  end

  it("leaves out the runtime's alone", function()
    local empty = program.recording "empty"
    assert.same({}, objects("created_by", empty))
    assert.matches("no goroutine of the program was started", program.run({ "created_by", empty }).err)
    assert.equal(3, #objects("created_by", "--system", empty))
  end)

  it("knows no creator of what C code called", function()
    local list = objects("created_by", program.recording "cgothreads")
    assert.same({ ["function"] = "(called from C)", goroutines = 8, creators = 0 },
      list[2].creator == nil and list[2] or list[1])
  end)

  it("has rows for each trace with --by=trace, whose numbers are of its own", function()
    local mix = traces[1]
    local one, both = objects("created_by", mix), objects("created_by", "--by=trace", mix, traces[2])
    local of_first = {}
    for _, object in ipairs(both) do
      if object.trace == mix then
        object.trace, object.table = nil, nil
        of_first[#of_first + 1] = object
      end
    end
    assert.same(one, of_first)
    for i, object in ipairs(objects("created_by", mix, program.tmpfile(program.read(mix)))) do
      assert.equal(2 * one[i].goroutines, object.goroutines)
      assert.equal(2 * one[i].creators, object.creators)
      assert.equal(one[i].each, object.each)
    end
  end)
end)
