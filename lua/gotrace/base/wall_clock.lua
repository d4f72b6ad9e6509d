-- wall_clock.lua: the clock that --align puts the times of all traces on: ns since a midnight
-- (UTC), that of the day on which the earliest of them begins, or of --align=DATE. So they stay
-- whole numbers, which ns since 1970 would not.
local DAY = 86400

-- asked: whether there is one; base: seconds from 1970 to that midnight, nil: not known yet;
-- start: when the trace at hand begins by it, ns (0 where there is none).
local state = { asked = false, base = nil, start = 0 }

-- Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in
-- March, as leap days are the last ones there.
local function days(year, month, day)
  local y = month <= 2 and year - 1 or year
  local m = (month + 9) % 12
  return 365 * y + math.floor(y / 4) - math.floor(y / 100) +
    math.floor(y / 400) + math.floor((153 * m + 2) / 5) + day - 1 - 719468
end

-- The date so many days behind 1970-01-01, as text.
local function date(n)
  local year = 1970 + math.floor(n / 365.2425)
  while days(year + 1, 1, 1) <= n do
    year = year + 1
  end
  while days(year, 1, 1) > n do
    year = year - 1
  end
  local month = 12
  while days(year, month, 1) > n do
    month = month - 1
  end
  return ("%04d-%02d-%02d"):format(year, month, n - days(year, month, 1) + 1)
end

-- Seconds since 1970 of a date, "2026-11-28"; nil: it is none.
local function seconds_of(text)
  local y, m, d = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)$"
  local n = y and tonumber(m) >= 1 and tonumber(m) <= 12 and
    days(tonumber(y), tonumber(m), tonumber(d))
  return n and date(n) == text and n * DAY or nil
end

-- moment(text): { seconds since 1970, ns } of a time as RFC 3339 has it, such as
-- 2026-11-28T03:46:07.25Z; nil: it is none.
local function moment(text)
  local day, h, m, s, rest = text:upper():match
    "^(%d+%-%d+%-%d+)[T ](%d%d):(%d%d):(%d%d)(.*)$"
  local seconds = day and seconds_of(day)
  local digits, zone = (rest or ""):match "^%.(%d+)(.+)$"
  zone = zone or rest
  local sign, oh, om = (zone or ""):match "^([+-])(%d%d):(%d%d)$"
  if not seconds or not (sign or zone == "Z") or #(digits or "") > 9 or
    tonumber(h) > 23 or tonumber(m) > 59 or tonumber(s) > 59 then
    return nil
  end
  local ahead = sign and (oh * 3600 + om * 60) * (sign == "+" and 1 or -1) or 0
  local ns = digits and tonumber((digits .. ("0"):rep(9 - #digits))) or 0
  return { seconds + h * 3600 + m * 60 + s - ahead, ns }
end

-- ask(text): what --align says, "wall" or a date. Returns whether it is one of these.
local function ask(text)
  state.asked, state.base = true, seconds_of(text)
  return text == "wall" or state.base ~= nil
end

-- begin_day(seconds): a trace begins then: the clock begins on that day, if it has not.
local function begin_day(seconds)
  state.base = state.base or math.floor(seconds / DAY) * DAY
end

-- time_of(seconds, ns): a time since 1970 by the clock, in ns.
local function time_of(seconds, ns)
  return (seconds - state.base) * 1e9 + ns
end

-- text(time, digits): as people read it: 03:46:07.25; "1d 03:46:07" is on the day behind.
local function text(time, digits)
  local unit = 10 ^ digits
  local n = math.floor(time / 1e9 * unit + 0.5)
  local day = math.floor(n / (DAY * unit))
  local left = n - day * DAY * unit
  local seconds = math.floor(left / unit)
  local parts = ("%02d:%02d:%02d"):format(math.floor(seconds / 3600),
    math.floor(seconds / 60) % 60, seconds % 60)
  if digits > 0 then
    parts = parts .. (".%0" .. digits .. ".0f"):format(left - seconds * unit)
  end
  return day ~= 0 and ("%dd %s"):format(day, parts) or parts
end

-- shown(): the day on which the clock begins.
local function shown()
  return date(state.base / DAY)
end

return { state = state, ask = ask, begin_day = begin_day, time_of = time_of,
  moment = moment, text = text, shown = shown }
