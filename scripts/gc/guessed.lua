-- guessed.lua: collections that ended where events are lost, as people are to know of them.
local guessed = {}

-- new(): what takes each span of a collection; a table if there are any.
function guessed.new()
  local table_of = columns { by = { "of these" }, "count cycles", "sum mark" }
  table_of:ns():optional()
  return function(s)
    local is_open = s.open == "begin" or s.open == "both"
    if trace.damages > 0 and is_open then
      table_of:add("begin is lost, mark is the most that it can be", 1, s.dur)
    end
  end
end

return guessed
