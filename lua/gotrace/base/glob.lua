-- glob.lua: names as the shell has them: "User*" as a Lua pattern.
local function glob(text)
  local pattern = text:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0")
  return "^" .. pattern:gsub("%*", ".*"):gsub("%?", ".") .. "$"
end

return glob
