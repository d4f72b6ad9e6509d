-- beyond.lua: what grew by more than it may.

-- beyond(found, max, change): of all pairs that are no noise how many did, and the one that did
-- most, in words; nil: none did. found: { name, list of pairs }; max: per cent, with % or not;
-- change(pair): its ratio in a word.
return function(found, max, change)
  local share = tonumber((max:gsub("%%", ""))) / 100
  local n, worst = 0, nil
  for _, one in ipairs(found) do
    for _, pair in ipairs(one.list) do
      if pair.note ~= "noise" and pair.ratio > 1 + share then
        n = n + 1
        worst = (not worst or pair.ratio > worst.ratio) and pair or worst
      end
    end
  end
  return worst and ("%d grew by more than %s, the most %s (%s)"):format(n, max,
    worst.title, change(worst))
end
