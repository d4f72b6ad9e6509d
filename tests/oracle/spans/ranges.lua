-- ranges.lua: stops of the world, mark phases, sweeps and assists in lines as gocheck's
-- `ranges` has them.
local function show(s, name)
  local begins = s.open ~= "begin" and s.open ~= "both"
  local ends = s.open ~= "end" and s.open ~= "both"
  print(("%s\t%s\t%s"):format(begins and s.from or "-", ends and s.to or "-", name))
end

function on.stw(s)
  show(s, ("stop-the-world (%s)"):format(s.name))
end

function on.gc(s)
  show(s, s.name)
end

function on.sweep(s)
  show(s, s.name)
end

function on.assist(s)
  show(s, s.name)
end
