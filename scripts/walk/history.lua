-- history.lua: what a goroutine did, piece by piece: a state, or the part of one in which
-- it worked on one task. An array for each field: there may be millions of them.
local History = {}
History.__index = History

local fields = { "from", "to", "state", "reason", "stack", "waker", "woken_by",
  "born_by" }

-- new(): nothing is known yet. Of piece i
--   from, to        ns
--   state, reason   as of spans; reason: "" for nil
--   stack           the goroutine's own where it began
--   waker           who ended the wait or made it runnable, false for nobody
--   woken_by        the same, if the wait ends with the piece, else false
--   born_by         who created it, if its life begins with the piece, else false
local function new()
  local history = { n = 0 }
  for _, field in ipairs(fields) do
    history[field] = {}
  end
  return setmetatable(history, History)
end

-- add(piece): { from =, ... }, behind all that there are.
function History:add(piece)
  local n = self.n + 1
  self.n = n
  for _, field in ipairs(fields) do
    self[field][n] = piece[field]
  end
end

-- find(time): the number of the piece that it was in right before `time`; nil: in none.
function History:find(time)
  local from, low, high = self.from, 0, self.n
  while low < high do -- the last piece that begins before `time`
    local middle = math.ceil((low + high) / 2)
    if from[middle] < time then
      low = middle
    else
      high = middle - 1
    end
  end
  return low > 0 and self.to[low] >= time and low or nil
end

-- cut(time): forgets pieces that begin at `time` or later.
function History:cut(time)
  local from = self.from
  while self.n > 0 and from[self.n] >= time do
    for _, field in ipairs(fields) do
      self[field][self.n] = nil
    end
    self.n = self.n - 1
  end
end

local function piece_of(history, i)
  local piece = {}
  for _, field in ipairs(fields) do
    piece[field] = history[field][i]
  end
  return piece
end

-- merged(list): histories of one goroutine, which do not overlap, as one.
local function merged(list)
  local pieces, history = {}, new()
  for _, part in ipairs(list) do
    for i = 1, part.n do
      pieces[#pieces + 1] = piece_of(part, i)
    end
  end
  table.sort(pieces, function(a, b)
    return a.from < b.from
  end)
  for _, piece in ipairs(pieces) do
    history:add(piece)
  end
  return history
end

return { new = new, merged = merged }
