-- leaks.lua: goroutines that were created in the trace and had not ended when it did: by
-- where they wait, and by where they were created, with how many of these were alive at
-- the end of each quarter of the trace (q1, q2, q3, left).
--
--   $ gotrace-lua leaks --top=3 testdata/real/go1.27-turnover.trace | head -4
--   function           reason   left   oldest  waits_at           created_at
--   main.blockForEver  forever     1  40.28ms  main.bl...Ever:24  main.acr...urns:40
--   main.collector     select      1  40.27ms  main.until:57      main.acr...urns:42
--   main.until         select      1  40.28ms  main.until:57      main.acr...urns:41
--
--   $ gotrace-lua leaks --by=reason --top=1 -F csv testdata/real/go1.27-turnover.trace
--   reason,left,oldest
--   forever,1,40279361
--
-- What waits forever comes first, then sites that grew in each quarter. --by with reason
-- or state is about the states that goroutines are left in (place: where they wait), without
-- about their lives (place: where they were created).
description = "Goroutines created here that have not ended, by place"
needs = "names"
args = {
  { name = "by", type = "keys",
    help = "what to group by: fields of their lives: func, place (where " ..
      "created); with reason or state, of the states they are left in" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local keys_of = require "leaks.keys"
local places = require "leaks.sites"
local ranked = require "leaks.ranked"
local joined = ranked.joined

local by, system = opt.by, opt.system
local is_of_states = by and keys_of.is_about_states(by)
local is_of_lives = by and not is_of_states
local site_keys = is_of_lives and by.names or { "function", "created_at" }
local wait_keys = is_of_states and by.names or
  { "function", "reason", "waits_at", "created_at" }

-- What there is of all traces, and what is shown of it.
local waits = columns { by = wait_keys, "sum left", "max oldest",
  "sum forever" }:quiet()
local sites = columns { by = site_keys, "sum created", "sum ended", "sum q1",
  "sum q2", "sum q3", "sum left", "max oldest", "sum forever" }:quiet()
local show_waits = not is_of_lives and
  ranked.new("leaks", wait_keys, { "left", "oldest" })
local show_sites = not is_of_states and ranked.new("sites", site_keys,
  { "created", "ended", "q1", "q2", "q3", "left", "oldest" }, not by)

local left_in = {} -- by goroutine: what it does when the trace ends

function on.state(s)
  if s.open == "end" or s.open == "both" then
    local is_wait = s.state == "Waiting"
    left_in[s.g] = { reason = is_wait and s.reason or "",
      place = is_wait and s.place or "",
      keys = is_of_states and keys_of.at_hand(by) }
  end
end

local left = {} -- lives that the trace saw begin, and not end
function on.goroutine(s)
  if not keys_of.is_born(s) or s.system and not system then
    return
  end
  local keys = { s.func, s.place or "" }
  if is_of_lives then
    keys = keys_of.at_hand(by)
  end
  if keys and s.open then
    left[#left + 1] = { g = s.g, from = s.from, dur = s.dur, keys = keys }
  elseif keys then
    places.add(places.of(keys), s.from, s.to)
  end
end

local function add_left(life, state)
  local forever = state.reason == "forever" and 1 or 0
  places.leave(places.of(life.keys), life, forever)
  local keys = is_of_states and state.keys or not by and
    { life.keys[1], state.reason, state.place, life.keys[2] }
  if keys then
    waits:add(unpack(joined(keys, { 1, life.dur, forever })))
  end
end

-- The tracer's own goroutine is none of the runtime's by its name.
function on.finish(t)
  for _, life in ipairs(left) do
    local state = left_in[life.g] or { reason = "", place = "" }
    if system or state.reason ~= "system goroutine wait" then
      add_left(life, state)
    end
  end
  for _, site in ipairs(places.list) do
    sites:add(unpack(joined(site.keys, places.figures(site, t))))
  end
end

function on.done()
  if show_waits then
    show_waits(waits, opt.top, function(keys)
      return not by and sites:get(keys[1], keys[4])
    end)
  end
  if show_sites then
    show_sites(sites, opt.top, function(_, row) return row end)
  end
end
