-- spans.lua: a row for each span, in the form of `make`: export.csv or export.ndjson.
return function(make)
  local rows = make(opt.fields)
  for _, kind in ipairs(opt.kinds) do
    on[kind] = function(s) rows:add_span(s) end
  end
end
