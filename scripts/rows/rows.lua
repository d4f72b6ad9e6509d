-- rows.lua: a row for each span, or event, in the form of `make`: export.csv or export.ndjson.
local of_spans = { "trace", "kind", "name", "from", "to", "dur", "g", "p", "m",
  "reason", "task", "waker", "func", "open", "stack" }
local of_events = { "trace", "time", "type", "m", "p", "g", "stack" }

return function(make)
  if opt.events and opt.kinds then
    error("--kinds are spans, --events are events: a table has one of both", 0)
  end
  local rows = make(opt.fields or opt.events and of_events or of_spans)
  for _, name in ipairs(opt.events or {}) do
    on[name] = function(ev) rows:add_event(ev) end
  end
  for _, kind in ipairs(opt.events and {} or opt.kinds or { "state" }) do
    on[kind] = function(s) rows:add_span(s) end
  end
end
