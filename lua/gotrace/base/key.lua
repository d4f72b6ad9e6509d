-- key.lua: a key out of a file, for hashes of names (src/script/key.h). Scripts get an
-- object that hashes; the key itself nobody sees.
local ffi = require "ffi"
local host = require "gotrace.engine.host"

ffi.cdef(host.file "src/script/key.h")

local C = ffi.C
local SIZE = 16 -- bytes of a hash, the least that libsodium makes
local DIGITS = "abcdefghijklmnopqrstuvwxyz234567" -- RFC 4648's base32
local DIGIT_BITS, WORD_DIGITS = 5, 16
local word_bits = DIGIT_BITS * WORD_DIGITS -- 80

local Key = {}
local meta = {
  __metatable = false,
  __index = Key,
  __tostring = function()
    return "key"
  end,
}

-- By object, so that no script can hand the engine memory of its own making.
local handles = setmetatable({}, { __mode = "k" })
local hash = ffi.new("uint8_t[?]", SIZE)

local function digest(key, text)
  if not handles[key] or type(text) ~= "string" then
    error("call it as key:hash(text)", 3)
  end
  C.gotrace_key_hash(handles[key], text, #text, hash, SIZE)
end

-- base32(bytes, digits): the first bits of these bytes, 5 a digit.
local function base32(bytes, digits)
  local out, bits, have, at = {}, 0, 0, 0
  for i = 1, digits do
    while have < DIGIT_BITS do
      bits, have, at = bits * 256 + bytes[at], have + 8, at + 1
    end
    have = have - DIGIT_BITS
    local digit = math.floor(bits / 2 ^ have)
    bits = bits % 2 ^ have
    out[i] = DIGITS:sub(digit + 1, digit + 1)
  end
  return table.concat(out)
end

-- Leaves the first bits of the hash at hand.
local function cut_hash(bits)
  local byte = math.floor(bits / 8)
  hash[byte] = hash[byte] - hash[byte] % 2 ^ (8 - bits % 8)
  ffi.fill(hash + byte + 1, SIZE - byte - 1)
end

-- key:hash(text): 80 bits of its keyed hash, as 16 letters and digits.
function Key:hash(text)
  digest(self, text)
  cut_hash(word_bits)
  return base32(hash, WORD_DIGITS)
end

-- cut(bits): hashes have so many bits from now on. For tests, to which 80 are too many to
-- see two names with the same; no option gets here, and no script in the sandbox.
local function cut(bits)
  word_bits = bits
end

-- key:number(text): a number from 1 to 2^30 in place of a text.
function Key:number(text)
  digest(self, text)
  local n = hash[0] + hash[1] * 2 ^ 8 + hash[2] * 2 ^ 16 + hash[3] % 64 * 2 ^ 24
  return n + 1
end

-- read(path): the key in a file; or nil, and what is wrong.
local function read(path)
  local why = ffi.new("char[?]", C.GOTRACE_KEY_WHY)
  local handle = C.gotrace_key_read(path, why)
  if handle == nil then
    return nil, ffi.string(why)
  end
  local key = setmetatable({}, meta)
  handles[key] = ffi.gc(handle, C.gotrace_key_free)
  return key
end

return { read = read, cut = cut }
