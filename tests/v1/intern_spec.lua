-- Strings and stacks of v1 traces.
local v1 = require "v1.v1_trace"

-- The stack of a HeapAlloc-like event whose stack has the id, and what is said of it.
local function stack_of(t, id)
  local out = v1.read(t:GCSweepStart(10, id):finish())
  return out[#out]:match "stack=(.*)$", out.damages
end

local function stack(t, id)
  local got, damages = stack_of(t, id)
  assert.same({}, damages)
  return got
end

describe("stacks", function()
  it("come before or behind their events and strings", function()
    assert.equal("f:3;g:4", stack(v1.trace(21):start():Stack(1, { 16, 1, 2, 3 }, { 17, 2, 1, 4 }):String(1, "f")
      :String(2, "g"), 1))
  end)

  it("are empty when they have no frames or the id 0", function()
    assert.equal("", stack(v1.trace(21):start():Stack(9), 9))
    assert.equal("", stack(v1.trace(21):start():Stack(0, { 16, 0, 0, 3 }), 0))
  end)

  it("are the last of an id", function()
    assert.equal(":4", stack(v1.trace(21):start():Stack(5, { 16, 0, 0, 3 }):Stack(5, { 17, 0, 0, 4 }), 5))
  end)

  it("have the first frame of a PC, from 1.11 on", function()
    local function twice(version)
      return stack(v1.trace(version):start():Stack(4, { 16, 0, 0, 3 }):Stack(5, { 16, 0, 0, 8 }), 5)
    end
    assert.equal(":3", twice(11))
    assert.equal(":8", twice(10))
    assert.equal(":3;:9;:10;:3", stack(v1.trace(11):start():Stack(4, { 16, 0, 0, 3 })
      :Stack(5, { 16, 0, 0, 8 }, { 300, 0, 0, 9 }, { 18, 0, 0, 10 }, { 16, 0, 0, 300 }), 5))
  end)

  it("have ids of 32 bits, from 1.11 on", function()
    local function wide(version)
      return stack_of(v1.trace(version):start():Stack(0x100000005ULL, { 16, 0, 0, 3 }), 5)
    end
    assert.equal(":3", (wide(21)))
    assert.equal("", (wide(10)))
  end)

  it("say which string is missing", function()
    local got, damages = stack_of(v1.trace(21):start():Stack(1, { 16, 77, 0, 3 }, { 17, 78, 0, 4 }), 1)
    assert.equal("?77:3;?78:4", got)
    assert.equal(1, #damages)
    assert.equal("a stack frame names the unknown string 77", damages[1].what)
    assert.equal("1 more like it", damages[1].have)
  end)

  it("are missing where no table has them", function()
    for _, version in ipairs { 7, 10, 21 } do
      local got, damages = stack_of(v1.trace(version):start(), 9)
      assert.equal("", got)
      assert.equal(1, #damages)
      assert.equal("an event refers to an unknown stack", damages[1].what)
      assert.equal("stack 9", damages[1].have)
    end
  end)

  it("are missing where their table is cut off", function()
    local t = v1.trace(21):start()
    for id = 2, 9 do
      t:Stack(id, { 16, 0, 0, 3 })
    end
    local damages = v1.read(t:finish()).damages
    assert.equal("the table of stacks is not whole", damages[1].what)
  end)

  it("may be very deep", function()
    local frames = {}
    for i = 1, 1000 do
      frames[i] = { 0x7fffffffffff0000ULL + i, 0, 0, i }
    end
    assert.equal("1000", stack(v1.trace(21):start():Stack(1, unpack(frames)), 1):match ":(%d+)$")
  end)
end)

describe("strings", function()
  it("of an id that was taken are damage: the first holds", function()
    local t = v1.trace(21):start():String(1, "first"):String(1, "second")
    local off = t:last()
    local out = v1.read(t:UserRegion(10, 1, 0, 1, 0):finish())
    assert.equal(1, #out.damages)
    assert.equal("two strings have the same id: the first holds", out.damages[1].what)
    assert.equal(off, out.damages[1].off)
    assert.is_truthy(out[#out]:find "name=first")
  end)

  it("are missing where an event names one that is not there", function()
    for _, add in ipairs {
      function(t) t:UserRegion(10, 1, 0, 7, 0) end,
      function(t) t:UserTaskCreate(10, 1, 0, 7, 0) end,
      function(t) t:UserLog(10, 1, 7, 0, "text") end,
    } do
      local t = v1.trace(21):start():String(1, "a")
      add(t)
      local damages = v1.read(t:finish()).damages
      assert.equal(1, #damages)
      assert.equal("an event refers to an unknown string", damages[1].what)
      assert.equal("string 7", damages[1].have)
    end
  end)

  it("may be any bytes", function()
    local t = v1.trace(21):start():String(1, "\0\255\n"):UserRegion(10, 1, 0, 1, 0)
    assert.is_truthy(v1.lines(t:finish())[3]:find("name=\0\255\n stack", 1, true))
  end)

  it("are counted, like stacks", function()
    local out = v1.read(v1.trace(21):start():String(1, "a"):String(2, "b"):Stack(1, { 16, 1, 2, 3 }):finish())
    assert.same({ strings = 2, stacks = 1 }, out.gen)
  end)
end)
