-- gallery.lua: a page of the scripts that come with the program: what each answers, as its
-- description has it; its example, as its head has it and the specs run it; its options, as
-- its help has them; its pictures, docs/pictures/NAME*.png.
local files = require "files"

local gallery = { path = "docs/gallery.md" }

-- The head of a script: prose, and examples, which stand three spaces further in.
local function head_of(text)
  local out, in_example = {}, false
  for line in text:gmatch "([^\n]*)\n" do
    local comment = line:match "^%-%- ?(.*)$"
    if not comment then
      break
    end
    local example = comment:match "^  (.*)$"
    if (example ~= nil) ~= in_example then
      out[#out + 1] = in_example and "```" or "```console"
      in_example = example ~= nil
    end
    out[#out + 1] = example or comment
  end
  if in_example then
    out[#out + 1] = "```"
  end
  return out
end

-- Prose is code's comment, not Markdown: what Markdown would take as its own is not, but for
-- names in backquotes.
local function escaped(line)
  line = (line .. "`"):gsub("([^`]*)(`[^`]*`?)", function(text, code)
    return text:gsub("[\\*_<>&|%[%]]", "\\%0") .. code
  end)
  return (line:sub(1, -2):gsub("docs/([%w-]+)%.md", "[%0](%1.md)"))
end

local function as_prose(lines, name)
  local is_code = false
  for i, line in ipairs(lines) do
    if line:find "^```" then
      is_code = not is_code
    elseif not is_code then
      lines[i] = escaped(line:gsub("^" .. name .. "%.lua: (.)", string.upper))
    end
  end
  return table.concat(lines, "\n")
end

-- Examples that help ends in are those of the head.
local function options_of(program, name)
  local text = files.output(files.quote(program) .. " " .. name .. " --help")
  local options = (text .. "\n"):match "\n(options:\n.-\n)\n"
  return options and "```\n" .. options .. "```\n" or ""
end

local function pictures_of(name, all)
  local out = {}
  for _, file in ipairs(all) do
    local own = file:match("^" .. name .. "(.*)%.png$")
    if own and (own == "" or own:find "^%-") then
      out[#out + 1] = ("![%s](pictures/%s)\n"):format(name, file)
    end
  end
  return table.concat(out)
end

-- text(program): the page, as Markdown in docs/.
function gallery.text(program)
  local pictures = files.list "docs/pictures"
  local part = "## %s\n\n%s.\n\n%s\n\n%s\n%s\n[Its source](../%s)\n"
  local rows, parts = {}, {}
  for _, file in ipairs(files.list "scripts") do
    local name = file:match "^([%w_]+)%.lua$"
    if name then
      local text = files.read("scripts/" .. file)
      local says = text:match '\ndescription = "([^\n]*)"\n'
      rows[#rows + 1] = ("| [%s](#%s) | %s |"):format(name, name, says)
      parts[#parts + 1] = part:format(name, says, as_prose(head_of(text),
        name), pictures_of(name, pictures), options_of(program, name),
        "scripts/" .. file)
    end
  end
  return "# Gallery of scripts\n\nWhat comes with the program, each with " ..
    "its output on a recording. All take more options: `gotrace-lua NAME " ..
    "--help`; [cookbook.md](cookbook.md) goes by question instead.\n\n" ..
    "| script | what it answers |\n|---|---|\n" ..
    table.concat(rows, "\n") .. "\n\n" .. table.concat(parts, "\n")
end

return gallery
