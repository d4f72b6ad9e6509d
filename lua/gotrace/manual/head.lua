-- head.lua: the comment at the top of a script: what it is about, and examples with what
-- they print:
--
--   $ gotrace-lua events TRACE | head -1
--   type  count

-- The lines of the comment, without their dashes. The line for the system before it (#!) may
-- be blank: scripts are kept without it.
local function lines_of(text)
  local lines = {}
  for line in text:gmatch "([^\n]*)\n" do
    local comment = line:match "^%-%- ?(.*)$"
    if not comment then
      if #lines > 0 or line ~= "" and not line:find "^#!" then
        break
      end
    else
      lines[#lines + 1] = comment
    end
  end
  return lines
end

-- examples(text): those of a script's text: { { command =, output = }, ... }.
local function examples(text)
  local found, current = {}, nil
  for _, line in ipairs(lines_of(text)) do
    local shown = line:match "^  (.*)$"
    if shown and shown:find "^%$ " then
      current = { command = shown:sub(3), output = "" }
      found[#found + 1] = current
    elseif shown and current then
      current.output = current.output .. shown .. "\n"
    else
      current = nil
    end
  end
  return found
end

-- Two spaces before what is shown as it is.
local function is_prose(line)
  return not line:find "^  "
end

-- prose(text): what the head says beside them, in paragraphs, without the script's name.
local function prose(text)
  local out = {}
  for i, line in ipairs(lines_of(text)) do
    if i == 1 then
      line = line:gsub("^[%w_]+%.lua: (.)", string.upper)
    end
    out[#out + 1] = is_prose(line) and line or nil
  end
  return (table.concat(out, "\n"):gsub("\n\n+", "\n\n"):gsub("\n+$", ""))
end

return { examples = examples, prose = prose }
