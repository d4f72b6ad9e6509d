-- around.lua: what expressions know beside the event or span at hand: `trace`, the object that
-- scripts have. Whoever has it puts it here (trace/trace.lua).
return { trace = nil }
