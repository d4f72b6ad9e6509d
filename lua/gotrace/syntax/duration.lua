-- duration.lua: durations as users write them: 12ms, 1.5s, 1m30s.
local units = {
  ns = 1, us = 1e3, ["µs"] = 1e3, ["μs"] = 1e3, ms = 1e6, s = 1e9, m = 60e9,
  h = 3600e9,
}

-- parse(text): in ns; nil if it is none. It has no sign.
local function parse(text)
  local ns, at = 0, 1
  while at <= #text do
    local number, unit, behind = text:match("^([%d.]+)([%aµμ\128-\255]+)()", at)
    if not (tonumber(number) and units[unit]) then
      return nil
    end
    ns, at = ns + tonumber(number) * units[unit], behind
  end
  return at > 1 and ns or nil
end

return { units = units, parse = parse }
