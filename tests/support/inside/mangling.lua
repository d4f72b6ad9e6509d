-- For merge: many broken forms of the part that GOTRACE_PART names, with a checksum that is
-- right: what is read is a part all the same, or is refused by its name. Says how many were.
local errors = require "gotrace.base.errors"
local event_row = require "gotrace.printing.event_row"
local host = require "gotrace.engine.host"
local merge = require "gotrace.fleet.merge"
local object = require "gotrace.tables.object"
local output = require "gotrace.sandbox.output"

local HEAD, TAIL = 25, 4
local ROUNDS = 300

local path = os.getenv "GOTRACE_PART"
local file = assert(io.open(path, "rb"))
local text = file:read "*a"
file:close()
local body = text:sub(HEAD + 1, -TAIL - 1)

local function number(n)
  return string.char(n % 256, math.floor(n / 256) % 256, math.floor(n / 65536) % 256, math.floor(n / 2 ^ 24))
end

-- A byte changed, some left out, or some twice.
local function mangled()
  local i, b = math.random(#body), math.random(0, 255)
  local kind, n = math.random(4), math.random(12)
  if kind == 1 then
    return body:sub(1, i - 1) .. body:sub(i + n)
  elseif kind == 2 then
    return body:sub(1, i) .. body:sub(math.max(1, i - n))
  end
  return body:sub(1, i - 1) .. string.char(kind == 3 and b or (body:byte(i) + 1) % 256) .. body:sub(i + 1)
end

local function whole(other)
  local made = text:sub(1, 17) .. number(1) .. number(#other) .. other
  return made .. number(host.checksum(made))
end

local put = output.put
local refused, taken = 0, 0
local open = io.open
math.randomseed(tonumber(os.getenv "GOTRACE_SEED" or 1))
output.put = function() end
for _ = 1, ROUNDS do
  local other = whole(mangled())
  rawset(io, "open", function()
    return { read = function() return other end, close = function() end }
  end)
  object.cut(0)
  event_row.set_style "json"
  local ok, problem = pcall(merge.merge, { path }, {}, {})
  if ok then
    taken = taken + 1
  elseif errors.is_stop(problem) and problem.status == 2 and problem.text:find(path, 1, true) then
    refused = refused + 1
  else
    io.stderr:write("neither taken nor refused: ", errors.text_of(problem), "\n")
    break
  end
end
rawset(io, "open", open)
output.put = put
object.cut(0)
io.stderr:write(("%d refused, %d taken, of %d\n"):format(refused, taken, ROUNDS))
