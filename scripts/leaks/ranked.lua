-- ranked.lua: rows in the order of suspicion: those with waits that last forever; then
-- those of which more were alive at the end of each quarter of the trace than of the one
-- before; then the others. Of equal ones most that are left come first.
local is_text = require("gotrace.format").style() == "text"

-- joined(a, b): the items of both lists.
local function joined(a, b)
  local list = { unpack(a) }
  for _, item in ipairs(b) do
    list[#list + 1] = item
  end
  return list
end

local function is_growing(site)
  return site.q1 < site.q2 and site.q2 < site.q3 and site.q3 < site.left
end

local function rank_of(row, site)
  return row.forever > 0 and 2 or site and is_growing(site) and 1 or 0
end

local function is_before(a, b)
  if a.rank ~= b.rank then
    return a.rank > b.rank
  elseif a.row.left ~= b.row.left then
    return a.row.left > b.row.left
  end
  return a.at < b.at
end

-- Only what has left something.
local function ranked(measured, n, site_of)
  local items, following = {}, measured:each()
  local keys = { following() }
  while keys[1] ~= nil do
    local row = table.remove(keys, n + 1)
    items[#items + 1] = row.left > 0 and { keys = keys, row = row,
      at = #items, rank = rank_of(row, site_of(keys, row)) } or nil
    keys = { following() }
  end
  table.sort(items, is_before)
  return items
end

local function cells(row, names)
  local values = {}
  for i, name in ipairs(names) do
    values[i] = row[name]
  end
  return values
end

-- What the rows behind the limit come to.
local function rest_of(items, limit, names)
  local rest = { unpack(cells(items[limit + 1].row, names)) }
  for at = limit + 2, #items do
    for i, more in ipairs(cells(items[at].row, names)) do
      rest[i] = names[i] == "oldest" and math.max(rest[i], more) or
        names[i] ~= "oldest" and rest[i] + more
    end
  end
  return rest
end

-- The keys of the row of what top left out.
local function rest_keys(n, more)
  local keys = { ("... and %d more"):format(more) }
  for i = 2, n do
    keys[i] = ""
  end
  return keys
end

-- new(name, keys, names, is_optional): a table with those columns of keys and figures;
-- optional: it has no head without rows.
local function new(name, keys, names, is_optional)
  local shown = rows(unpack(joined(keys, names))):first(#keys)
    :unit("ns", "oldest"):name(name)
  if is_optional then
    shown:optional()
  else
    shown:when_empty("leaks: all goroutines that began in the trace ended " ..
      "in it, but for those of the runtime (--system)")
  end

  -- fill(measured, top, site_of): rows of measured, `top` of them (0: all); site_of(keys,
  -- row): the figures of the site that a row is about, or nil.
  return function(measured, top, site_of)
    local items = ranked(measured, #keys, site_of)
    local limit = top > 0 and math.min(top, #items) or #items
    for i = 1, limit do
      shown:add(unpack(joined(items[i].keys, cells(items[i].row, names))))
    end
    if is_text and limit < #items then
      shown:add(unpack(joined(rest_keys(#keys, #items - limit),
        rest_of(items, limit, names))))
    end
  end
end

return { new = new, joined = joined }
