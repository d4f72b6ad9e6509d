---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---What a script may do with files: nothing but print.
io = {}

---Writes strings and numbers to standard output.
---@param ... string|number
function io.write(...) end

os = {}

---@return number
function os.clock() end

---@param format? string
---@param time? number
---@return string|table
function os.date(format, time) end

---@param later number
---@param earlier number
---@return number
function os.difftime(later, earlier) end

---@param when? table
---@return number
function os.time(when) end
