-- identity.lua: whether two partial results are of one and the same run: of the same scripts,
-- expressions and options. Where the scripts lie does not matter, and no code is kept: of its
-- text there are length and checksum.
local args = require "gotrace.script.args"
local host = require "gotrace.engine.host"
local packing = require "gotrace.base.packing"

-- A value of an option: itself, or the text that it was made of. One without a text is its
-- default, which stands in the script.
local function plain(value)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" then
    return value
  elseif value ~= nil and args.text_of(value) then
    return { args.text_of(value) }
  elseif kind ~= "table" or getmetatable(value) ~= nil then
    return kind
  end
  local list = {}
  for i, inner in ipairs(value) do -- what was given several times
    list[i] = plain(inner)
  end
  return list
end

local function options_of(stage)
  local list = {}
  for i, row in ipairs(stage.rows or {}) do
    list[i] = { row.name, plain(stage.values[args.key(row)]) }
  end
  return list
end

local function texts_of(stage)
  local list = {}
  for i, one in ipairs(stage.texts or {}) do
    list[i] = one.text
  end
  return list
end

-- What of the program's options changes what comes out.
local function program_options(chosen)
  return { plain(chosen.from or false), plain(chosen.to or false),
    chosen.binary or false,
    plain(chosen.spans or false), chosen.csv_safe or false }
end

-- of(stages, chosen): { checksum, length } of all that it depends on.
local function of(stages, chosen)
  local list = { program_options(chosen) }
  for _, stage in ipairs(stages) do
    list[#list + 1] = { stage.kind, stage.text or false, texts_of(stage),
      options_of(stage), stage.span and "spans" or "events" }
  end
  local text = packing.pack(list)
  return { host.checksum(text), #text }
end

-- shown(stages): what people call them.
local function shown(stages)
  local names = {}
  for _, stage in ipairs(stages) do
    if stage.name then
      names[#names + 1] = stage.name
    elseif stage.text then
      names[#names + 1] = ("%s '%s'"):format(stage.kind, stage.text)
    end
  end
  return table.concat(names, ", ")
end

return { of = of, shown = shown }
