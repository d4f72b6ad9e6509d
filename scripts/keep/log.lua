-- log.lua: logs by category and message: KEY=REGEXP.
local regexp = require "gotrace.regexp"

-- wanted(text): whether an event of UserLog is one; of no text none is.
local function wanted(text)
  if not text then
    return function()
      return false
    end
  end
  local key, pattern = text:match "^([^=]*)=(.*)$"
  local message, why = regexp.compile(pattern)
  if not message then
    fail("--log='%s': %s is no regular expression: %s", text, pattern, why)
  end
  return function(ev)
    return ev.key == key and message:match(ev.value)
  end
end

return { wanted = wanted }
