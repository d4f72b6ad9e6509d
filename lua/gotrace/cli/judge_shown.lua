-- judge_shown.lua: numbers of 64 bits as text.
local shown = {}

-- "-1" of -1LL.
function shown.int(n)
  return (tostring(n):gsub("U?LL$", ""))
end

return shown
