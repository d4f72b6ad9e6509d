-- arrival.lua: which value came last. Values are numbered as they are added, from 1 for each
-- file; `of` is what files are in order by: the later of two values is that of the later file,
-- and of one file that of the greater number. So it does not matter who has seen them.
local arrival = { of = "", n = 0 }

-- begin(of): what is added from now on is of that file.
local function begin(of)
  arrival.of, arrival.n = of, 0
end

-- next_number(): of one more value.
local function next_number()
  arrival.n = arrival.n + 1
  return arrival.n
end

-- is_later(state, other): whether the other's `at` and `of` are, if it has any.
local function is_later(state, other)
  if not (other.at and state.at) then
    return other.at ~= nil
  elseif state.of ~= other.of then
    return state.of < other.of
  end
  return state.at <= other.at
end

-- of(): the file at hand.
local function of()
  return arrival.of
end

return { begin = begin, next_number = next_number, is_later = is_later,
  of = of }
