-- base/text/search: many strings in many bytes.
local ffi = require "ffi"
local engine = require "support.engine"

local lib = engine.lib

local function search_for(list)
  local search = ffi.gc(lib.gotrace_search_new(), lib.gotrace_search_free)
  for i, text in ipairs(list) do
    assert(lib.gotrace_search_add(search, text, #text, i))
  end
  return search
end

-- What is found, as "2@7": the string's number and its place.
local function found(list, text)
  local search, out = search_for(list), {}
  local at, size = ffi.new("size_t[1]", 0), ffi.new("uint32_t[1]", 0)
  while true do
    local entry = lib.gotrace_search_next(search, text, #text, at, size[0])
    if entry == 2 ^ 32 - 1 then
      return table.concat(out, " ")
    end
    out[#out + 1] = lib.gotrace_search_id(search, entry, size) .. "@" .. tonumber(at[0])
  end
end

-- The same, one string and place after the other.
local function slowly(list, text)
  local out = {}
  for at = 0, #text - 1 do
    local here = {}
    for i, each in ipairs(list) do
      here[#here + 1] = text:sub(at + 1, at + #each) == each and i or nil
    end
    table.sort(here, function(a, b)
      return #list[a] < #list[b]
    end)
    for _, i in ipairs(here) do
      out[#out + 1] = i .. "@" .. at
    end
  end
  return table.concat(out, " ")
end

describe("a search for many strings", function()
  it("finds each place, and at one place each string, the shorter first", function()
    assert.equal("1@1 2@1 1@11", found({ "secret", "secrets" }, "-secrets-..secret"))
    assert.equal("", found({ "secret" }, "secre"))
    assert.equal("", found({ "secret" }, ""))
    assert.equal("", found({}, "whatever there is"))
    assert.equal("1@0", found({ "a\0b\0c\0" }, "a\0b\0c\0"))
  end)

  it("looks for the first 1024 bytes of a longer one", function()
    local long = ("x"):rep(1023) .. "yz"
    assert.equal("1@2", found({ long }, "--" .. long:sub(1, 1024)))
    assert.equal("", found({ long }, "--" .. long:sub(1, 1023)))
  end)

  it("finds what one string after the other finds", function()
    math.randomseed(11)
    local function word(n)
      local bytes = {}
      for i = 1, n do
        bytes[i] = math.random(2) == 1 and "a" or "b"
      end
      return table.concat(bytes)
    end
    for _ = 1, 200 do
      local list, seen = {}, {}
      for _ = 1, math.random(20) do
        local each = word(math.random(6, 10))
        list[#list + 1] = not seen[each] and each or nil
        seen[each] = true
      end
      local text = word(math.random(200))
      assert.equal(slowly(list, text), found(list, text))
    end
  end)

  it("ends soon for strings that have much in common", function()
    local list = {}
    for i = 1, 20000 do
      list[i] = ("a"):rep(300) .. i
    end
    local began = os.clock()
    assert.equal("", found(list, ("a"):rep(100000)))
    assert.is_true(os.clock() - began < 5)
  end)
end)
