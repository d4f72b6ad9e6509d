-- What Go 1.27's slices.SortFunc makes of the same is recorded here as hashes of
-- the orders it leaves: of 20 arrays each, by size and by pattern.
local engine = require "support.engine"
local ffi = require "ffi"
local lib = engine.lib

engine.cdef [[
struct go_sort_entry { int64_t time; uint32_t index; };
void go_sort(struct go_sort_entry *v, size_t n);
]]

local GO = {
  [12] = {
    0x7eaea5d449fba3f1ULL, 0x4eef73ced5e96616ULL, 0x86e5b2691399b139ULL, 0xf1bca925d5714ea2ULL,
    0x20bd7da8fc6e1325ULL, 0xee5850dc04a3bd41ULL, 0x9982ef0865a9c73bULL,
  },
  [13] = {
    0x164f53a151aadc9cULL, 0x481675f53a163a5eULL, 0x57e0a8ae71bc828eULL, 0xc848efa28ae67d06ULL,
    0x08ceb88b559319a5ULL, 0x4d99402f686d742aULL, 0xbc428b825aa23fffULL,
  },
  [49] = {
    0x814e7a43e54fd961ULL, 0x27c05787e3c43029ULL, 0x09821c88fd03f9d2ULL, 0xe07f997482d2f26dULL,
    0xd65612308a7de0b8ULL, 0xeb78c7a320d3a9a9ULL, 0xddc1f641dd985fabULL,
  },
  [50] = {
    0x04682e571a2acafbULL, 0x65c98d8769457b0eULL, 0x6f599641921c6493ULL, 0x76508d635175cdeaULL,
    0xab0f555ec8131350ULL, 0x2921e8d236ae97b5ULL, 0x6bd4cca872e19402ULL,
  },
  [51] = {
    0x8fd5b6ec1c7a49fdULL, 0x40acc727aaabc8dfULL, 0x7fdf649c0e4f6b07ULL, 0x7273594ca09c00c4ULL,
    0x5b4713d624830413ULL, 0x115946d0cdaba66bULL, 0xb41ff1ccc91343b7ULL,
  },
  [100] = {
    0x5eea53f093fce549ULL, 0xcd5e05ac3df3853fULL, 0x563e9fada8c5f043ULL, 0x6eb4ae01b6520445ULL,
    0x0ad7c09ce2bac71eULL, 0x2276d1e5d2c240f2ULL, 0xf239eccb263252edULL,
  },
  [500] = {
    0x3260066d27b11ac2ULL, 0x4e9a1415be3f5e9eULL, 0x1de1c4cdea1469baULL, 0x272c5ea4756c26d6ULL,
    0xa57e5d64905a3ff2ULL, 0x8d89750b76f9fc55ULL, 0xd06019848c2cb86fULL,
  },
}

local PATTERNS = {
  { "anything", function(t)
    return t
  end },
  { "roughly ascending", function(t, i)
    return t + i
  end },
  { "roughly descending", function(t, i, n)
    return t + n - i
  end },
  { "every other one ascending", function(t, i)
    return t + i * (i % 2)
  end },
  { "steps up", function(_, i, _, range)
    return math.floor(i / range)
  end },
  { "steps down", function(_, i, n, range)
    return math.floor((n - i) / range)
  end },
  { "ascending but for the last three", function(t, i, n)
    return i < n - 3 and i or t
  end },
}

-- A xorshift, so that Go can make the same numbers.
local state
local function random(n)
  state = bit.bxor(state, bit.lshift(state, 13))
  state = bit.bxor(state, bit.rshift(state, 7))
  state = bit.bxor(state, bit.lshift(state, 17))
  return tonumber((state * 0x2545F4914F6CDD1DULL) % n)
end

local function array(times)
  local v = ffi.new("struct go_sort_entry[?]", #times)
  for i, time in ipairs(times) do
    v[i - 1].time, v[i - 1].index = time, i - 1
  end
  return v
end

local function add_to(hash, v, n)
  for i = 0, n - 1 do
    hash = bit.bxor(hash, ffi.cast("uint64_t", v[i].index)) * 0x100000001b3ULL
    hash = bit.bxor(hash, bit.rshift(hash, 29))
  end
  return hash
end

local RANGES = { 2, 3, 5, 10, 100, 2 ^ 40 }
local function hash_of(n, pattern)
  local hash = 0ULL
  state = 88172645463325252ULL
  for _ = 1, 20 do
    local range, times = RANGES[random(6) + 1], {}
    for i = 0, n - 1 do
      times[i + 1] = pattern(random(range), i, n, range)
    end
    local v = array(times)
    lib.go_sort(v, n)
    hash = add_to(hash, v, n)
  end
  return hash
end

local sizes = {}
for n in pairs(GO) do
  sizes[#sizes + 1] = n
end
table.sort(sizes)

describe("go_sort", function()
  for i, pattern in ipairs(PATTERNS) do
    for _, n in ipairs(sizes) do
      it(("leaves %d in Go's order: %s"):format(n, pattern[1]), function()
        assert.equal(tostring(GO[n][i]), tostring(hash_of(n, pattern[2])))
      end)
    end
  end

  -- Made by an adversary of Go's sort (M. D. McIlroy, A Killer Adversary for
  -- Quicksort), halved so that there are equal ones.
  local KILLER = {
    10, 0, 8, 0, 29, 1, 26, 1, 21, 2, 25, 2, 23, 3, 4, 3, 22, 8, 24, 23, 20, 24, 28, 6, 27, 12, 7,
    9, 28, 4, 5, 17, 11, 13, 11, 7, 26, 9, 22, 10, 29, 12, 27, 21, 5, 6, 20, 19, 19, 18, 18, 17, 25,
    16, 16, 15, 15, 14, 14, 13,
  }

  it("leaves in Go's order what makes it sort by a heap", function()
    local v = array(KILLER)
    lib.go_sort(v, #KILLER)
    assert.equal(tostring(0x29096cc0eadb820bULL), tostring(add_to(0ULL, v, #KILLER)))
  end)

  it("sorts, and loses none", function()
    for n = 0, 200 do
      state = ffi.cast("uint64_t", n + 1)
      local times, sum = {}, 0
      for i = 1, n do
        times[i] = random(i % 3 == 0 and 10 or 1000) - 500
        sum = sum + i - 1
      end
      local v = array(times)
      lib.go_sort(v, n)
      for i = 0, n - 1 do
        assert(i == 0 or v[i - 1].time <= v[i].time)
        assert(v[i].time == times[v[i].index + 1])
        sum = sum - v[i].index
      end
      assert.equal(0, sum)
    end
  end)

  it("sorts the largest numbers", function()
    local lowest, highest = bit.lshift(1LL, 63), bit.bnot(bit.lshift(1LL, 63))
    local v = array { highest, 0LL, lowest, -1LL }
    lib.go_sort(v, 4)
    assert.same({ 2, 3, 1, 0 }, { v[0].index, v[1].index, v[2].index, v[3].index })
  end)

  it("takes no more than n log n steps for what quicksort is slow on", function()
    local n = 200000
    local v = ffi.new("struct go_sort_entry[?]", n)
    for i, pattern in ipairs(PATTERNS) do
      for j = 0, n - 1 do
        v[j].time, v[j].index = pattern[2](0, j, n, 3), j
      end
      local start = os.clock()
      lib.go_sort(v, n)
      assert.is_true(os.clock() - start < 1, PATTERNS[i][1])
    end
  end)
end)
