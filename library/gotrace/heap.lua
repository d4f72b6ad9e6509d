---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---Bytes of the heap and its goal, as last told.
---@return integer bytes
---@return integer goal
local function heap() end

return heap
