-- packing.lua: plain values as bytes, and back: what goes from one process to another, and
-- into files of partial results.
--
-- Equal values have equal bytes: names of a table are in order, a number that is whole is
-- packed as such, and -0 is 0. What is read may be anything: a length is compared with the
-- bytes that are left before anything is made, tables are no deeper than DEEPEST, and no code
-- is in it.
--
-- A value: one byte that says what it is, and then
--   N F T   nothing: nil, false, true
--   I       a whole number of less than 2^52, as a varint: twice its size, and 1 if negative
--   D       a double, 8 bytes, the lowest first
--   S       a varint, and so many bytes
--   R       a varint: the S of that number, from 0, which is there already
--   L       a varint, and so many values: a list, which may have nil in it
--   M       a varint, and so many pairs of a string, not nil, and a value
local buffer = require "string.buffer"
local ffi = require "ffi"

local floor = math.floor

local DEEPEST = 64
local WHOLE = 2 ^ 52
local SHORT = 4 -- bytes of a string from which on it is worth a number

local double, bytes = ffi.new "double[1]", ffi.new "uint8_t[8]"

local function put_varint(out, n)
  while n >= 128 do
    out:put(string.char(n % 128 + 128))
    n = floor(n / 128)
  end
  out:put(string.char(n))
end

local function put_double(out, n)
  double[0] = n
  ffi.copy(bytes, double, 8)
  if ffi.abi "be" then
    out:put(ffi.string(bytes, 8):reverse())
  else
    out:put(ffi.string(bytes, 8))
  end
end

-- Writing: { out, known: numbers of strings, count: of them, by_names: as of pack }.

local put = {}

local function put_value(to, value, depth)
  local write = put[type(value)]
  if not write or depth > DEEPEST then
    error(depth > DEEPEST and ("tables are more than %d deep"):format(DEEPEST)
      or "there is no place for a " .. type(value), 0)
  end
  write(to, value, depth)
end

put["nil"] = function(to)
  to.out:put "N"
end

function put.boolean(to, value)
  to.out:put(value and "T" or "F")
end

function put.number(to, n)
  if n % 1 == 0 and n > -WHOLE and n < WHOLE then
    to.out:put "I"
    put_varint(to.out, n < 0 and -n * 2 + 1 or n * 2)
  else
    to.out:put "D"
    put_double(to.out, n)
  end
end

function put.string(to, s)
  local known = to.known[s]
  if known then
    to.out:put "R"
    put_varint(to.out, known)
    return
  elseif #s >= SHORT then
    to.known[s], to.count = to.count, to.count + 1
  end
  to.out:put "S"
  put_varint(to.out, #s)
  to.out:put(s)
end

-- The size of a list: t.n, or as far as it goes; nil: there are names in it.
local function size_of(t, by_names)
  local size, n, most = not by_names and t.n or nil, 0, 0
  for key in pairs(t) do
    if key ~= "n" or by_names then
      if type(key) ~= "number" or key % 1 ~= 0 or key < 1 then
        return nil
      end
      n, most = n + 1, math.max(most, key)
    end
  end
  if size ~= nil then
    return size >= most and size or nil
  end
  return n == most and n or nil
end

local function names_of(t)
  local names = {}
  for name in pairs(t) do
    if type(name) ~= "string" then
      error("a table is a list, or has names, not both", 0)
    end
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

function put.table(to, t, depth)
  local n = size_of(t, to.by_names)
  if n then
    to.out:put "L"
    put_varint(to.out, n)
    for i = 1, n do
      put_value(to, t[i], depth + 1)
    end
    return
  end
  local names = names_of(t)
  to.out:put "M"
  put_varint(to.out, #names)
  for _, name in ipairs(names) do
    put.string(to, name)
    put_value(to, t[name], depth + 1)
  end
end

-- pack(value, by_names): its bytes. What is neither nil, boolean, number, string nor a table of
-- such is an error, whose message has no place in it. A list that has nil in it says how long
-- it is in `n`; with by_names, for tables of scripts, that is a name as any other.
local function pack(value, by_names)
  local to = { out = buffer.new(), known = {}, count = 0, by_names = by_names }
  put_value(to, value, 0)
  return to.out:get()
end

-- Reading: { text, at: the next byte's number, known, count, by_names }. Errors are tables
-- { why, at }.

local function refuse(from, why)
  error({ why = why, at = from.at - 1 }, 0)
end

local function take(from, n)
  if n > #from.text - from.at + 1 then
    refuse(from, ("%.0f bytes are wanted, and %.0f are left"):format(n,
      #from.text - from.at + 1))
  end
  local at = from.at
  from.at = at + n
  return at
end

local function byte(from)
  return from.text:byte(take(from, 1))
end

local function varint(from)
  local n, scale = 0, 1
  repeat
    local b = byte(from)
    n, scale = n + b % 128 * scale, scale * 128
    if n > WHOLE * 2 then
      refuse(from, "a number is too large")
    end
  until b < 128
  return n
end

-- How many of something of `least` bytes each there are.
local function count(from, least)
  local n = varint(from)
  if n * least > #from.text - from.at + 1 then
    refuse(from, ("%.0f values are said to be in %.0f bytes"):format(n,
      #from.text - from.at + 1))
  end
  return n
end

local get = {}

local function get_value(from, depth)
  local kind = byte(from)
  local read = get[kind]
  if not read then
    refuse(from, ("byte %d begins no value"):format(kind))
  elseif depth > DEEPEST then
    refuse(from, ("tables are more than %d deep"):format(DEEPEST))
  end
  return read(from, depth)
end

get[("N"):byte()] = function()
  return nil
end
get[("F"):byte()] = function()
  return false
end
get[("T"):byte()] = function()
  return true
end
get[("I"):byte()] = function(from)
  local n = varint(from)
  return n % 2 == 1 and -(n - 1) / 2 or n / 2
end
get[("D"):byte()] = function(from)
  local at = take(from, 8)
  local raw = from.text:sub(at, at + 7)
  ffi.copy(double, ffi.abi "be" and raw:reverse() or raw, 8)
  -- Every NaN becomes the one that Lua makes: others would be pointers to it.
  local n = double[0]
  return n == n and n or 0 / 0
end

local STRING, AGAIN = ("S"):byte(), ("R"):byte()

get[STRING] = function(from)
  local n = varint(from)
  local at = take(from, n)
  local s = from.text:sub(at, at + n - 1)
  if n >= SHORT then
    from.known[from.count], from.count = s, from.count + 1
  end
  return s
end
get[AGAIN] = function(from)
  local s = from.known[varint(from)]
  return s or refuse(from, "a string is not there yet")
end

get[("L"):byte()] = function(from, depth)
  local list, n = {}, count(from, 1)
  for i = 1, n do
    list[i] = get_value(from, depth + 1)
  end
  list.n = not from.by_names and n or nil
  return list
end

get[("M"):byte()] = function(from, depth)
  local t = {}
  for _ = 1, count(from, 3) do
    local kind = byte(from)
    if kind ~= STRING and kind ~= AGAIN then
      refuse(from, "a name is no string")
    end
    local name = get[kind](from)
    t[name] = get_value(from, depth + 1)
  end
  return t
end

-- unpack(text, by_names): the value; or nil, what is wrong and at which byte, from 0 on. A list
-- has its size in `n`, but with by_names.
local function unpack_text(text, by_names)
  local from = { text = text, at = 1, known = {}, count = 0,
    by_names = by_names }
  local ok, value = pcall(get_value, from, 0)
  if not ok then
    if type(value) ~= "table" then
      error(value, 0)
    end
    return nil, value.why, value.at
  elseif from.at <= #text then
    return nil, ("%.0f bytes are left over"):format(#text - from.at + 1),
      from.at - 1
  end
  return value
end

return { pack = pack, unpack = unpack_text }
