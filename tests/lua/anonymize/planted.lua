-- planted.lua: whether a secret is in bytes, in any of the ways in which a trace can have it:
-- as it is, in a piece of 6 bytes or more, in either case of its letters; a byte a number, in as many
-- bytes as numbers are padded to; in fragments of three bytes with a length or an id between them; and
-- all of that in what gzip has packed somewhere in the bytes.
local SHORTEST = 6 -- bytes of a piece
local BETWEEN = 3 -- bytes that may stand between two fragments
local GZIP = "\31\139\8"

local Planted = {}

-- Numbers below 128 in one byte each, however many they were padded to.
local function unpadded(bytes)
  return (bytes:gsub("([\128-\255])\128*%z", function(low)
    return string.char(low:byte() - 128)
  end))
end

-- Where two fragments stand behind each other with a little between; nil: nowhere.
local function in_fragments(bytes, piece)
  local first, second = piece:sub(1, 3), piece:sub(4)
  local at = bytes:find(first, 1, true)
  while at do
    for gap = 1, BETWEEN do
      if bytes:sub(at + 3 + gap, at + 2 + gap + #second) == second then
        return at
      end
    end
    at = bytes:find(first, at + 1, true)
  end
end

-- How a piece stands in bytes; nil: it does not.
local function how(bytes, numbers, piece)
  return bytes:find(piece, 1, true) and "as it is" or numbers:find(piece, 1, true) and "as numbers" or
    in_fragments(bytes, piece) and "in fragments" or nil
end

-- What is packed in the bytes from `at` on; "" if it is nothing.
local function unpacked(bytes, at)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(bytes:sub(at))
  file:close()
  local pipe = io.popen(("gzip -dc < '%s' 2>/dev/null"):format(path))
  local text = pipe:read "*a"
  pipe:close()
  os.remove(path)
  return text
end

-- Calls fn with the bytes, and with all that was packed in them.
local function each_layer(bytes, fn)
  fn(bytes)
  local at = bytes:find(GZIP, 1, true)
  while at do
    local inner = unpacked(bytes, at)
    if inner ~= "" then
      each_layer(inner, fn)
    end
    at = bytes:find(GZIP, at + 1, true)
  end
end

-- found(bytes, secrets, public): what there is of a list of secrets: lines of text, "" for nothing. Pieces
-- that also stand in `public`, a text, are nobody's.
function Planted.found(bytes, secrets, public)
  local lines, pieces = {}, {}
  public = (public or ""):lower()
  for _, secret in ipairs(secrets) do
    for i = 1, #secret - SHORTEST + 1 do
      local piece = secret:sub(i, i + SHORTEST - 1):lower()
      pieces[piece] = not public:find(piece, 1, true) and secret or nil
    end
  end
  each_layer(bytes, function(layer)
    layer = layer:lower()
    local numbers = unpadded(layer):lower()
    for piece, secret in pairs(pieces) do
      local way = how(layer, numbers, piece)
      lines[#lines + 1] = way and ("%q of %q is there %s"):format(piece, secret, way)
    end
  end)
  table.sort(lines)
  return table.concat(lines, "\n")
end

return Planted
