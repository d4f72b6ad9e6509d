-- compiler.lua: when LuaJIT compiles.
--
-- Until events come in, everything runs once: compiling it is a waste, and its
-- traces would be in the way of those of the loop. Who has switched the
-- compiler off (for line hooks, say) keeps it off.
local was_on = jit.status()

local function pause()
  jit.off()
end

local function resume()
  if was_on then
    jit.on()
  end
end

return { pause = pause, resume = resume }
