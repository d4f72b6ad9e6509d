-- history.lua: what a goroutine did, piece by piece: a state, or the part of one in which
-- it worked on one task. There may be millions of pieces, and a hundred thousand goroutines
-- with a few: all of a goroutine's are in one array, field behind field.
local History = {}
History.__index = History

-- link: who ended the wait that ends with the piece (number >= 0), or who created the
-- goroutine whose life begins with it (-1 - number); false: nobody.
local FROM, TO, LINK = 1, 2, 3
local whole = { "state", "reason", "stack", "waker" }

-- new(is_brief): nothing is known yet. A piece has
--   from, to   ns
--   woken_by   who ended the wait that ends with the piece, or false
--   born_by    who created the goroutine, if its life begins with it, or false
-- and, if it is not brief,
--   state      as of spans
--   reason     likewise, "" for nil
--   stack      the goroutine's own where it began
--   waker      who ended the wait or made it runnable, whether with the piece or later, or
--              false
local function new(is_brief)
  return setmetatable({ n = 0, width = is_brief and LINK or LINK + #whole },
    History)
end

local function link_of(piece)
  return piece.woken_by or piece.born_by and -1 - piece.born_by or false
end

-- add(piece): behind all that there are.
function History:add(piece)
  local at = self.n * self.width
  self[at + FROM], self[at + TO] = piece.from, piece.to
  self[at + LINK] = link_of(piece)
  for i = 1, self.width - LINK do
    self[at + LINK + i] = piece[whole[i]]
  end
  self.n = self.n + 1
end

-- from(i), to(i), state(i): of piece i, from 1 on.
function History:from(i)
  return self[(i - 1) * self.width + FROM]
end

function History:to(i)
  return self[(i - 1) * self.width + TO]
end

function History:state(i)
  return self.width > LINK and self[(i - 1) * self.width + LINK + 1] or nil
end

-- links(i): woken_by and born_by.
function History:links(i)
  local link = self[(i - 1) * self.width + LINK]
  if not link or link >= 0 then
    return link, false
  end
  return false, -1 - link
end

-- piece(i): all that is known of it, as add takes it.
function History:piece(i)
  local piece = { from = self:from(i), to = self:to(i) }
  piece.woken_by, piece.born_by = self:links(i)
  for k = 1, self.width - LINK do
    piece[whole[k]] = self[(i - 1) * self.width + LINK + k]
  end
  return piece
end

-- is_open(time): whether the last piece ends then, and not as a wait that somebody ended.
function History:is_open(time)
  return self.n > 0 and self:to(self.n) == time and not self:links(self.n)
end

-- extend(to): the last piece lasts until then.
function History:extend(to)
  self[(self.n - 1) * self.width + TO] = to
end

-- find(time): the number of the piece that it was in right before `time`; nil: in none.
function History:find(time)
  local low, high = 0, self.n
  while low < high do -- the last piece that begins before `time`
    local middle = math.ceil((low + high) / 2)
    if self:from(middle) < time then
      low = middle
    else
      high = middle - 1
    end
  end
  return low > 0 and self:to(low) >= time and low or nil
end

-- cut(time): forgets pieces that begin at `time` or later.
function History:cut(time)
  while self.n > 0 and self:from(self.n) >= time do
    self.n = self.n - 1
    for i = self.n * self.width + 1, (self.n + 1) * self.width do
      self[i] = nil
    end
  end
end

-- merged(list): histories of one goroutine, which do not overlap, as one.
local function merged(list)
  local pieces, all = {}, new()
  for _, part in ipairs(list) do
    for i = 1, part.n do
      pieces[#pieces + 1] = part:piece(i)
    end
  end
  table.sort(pieces, function(a, b)
    return a.from < b.from
  end)
  for _, piece in ipairs(pieces) do
    all:add(piece)
  end
  return all
end

return { new = new, merged = merged }
