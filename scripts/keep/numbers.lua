-- numbers.lua: keep's way where goroutines are chosen by their numbers alone: who the others are
-- need not be known, so that no pass has to look for them first.
function on.begin()
  trace.hide_others(unpack(opt.goroutine))
end

function on.finish(t)
  for _, g in ipairs(opt.goroutine) do
    if t.has_shown(g) then
      return
    end
  end
  fail("no goroutine of %s is what --func, --goroutine, --task, " ..
    "--region or --log want", t.file)
end
