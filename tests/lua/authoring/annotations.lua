-- Reads definition files as an editor does, as far as ours go: classes with their fields, names
-- for sets of words, and the types of globals.
local annotations = {}

local function new_class(classes, line)
  local mark, name, parent = line:match "^%-%-%-@class%s+(%(?%l*%)?)%s*(gotrace%.[%w_.]+):?%s*([%w_.]*)"
  local class = { name = name, exact = mark == "(exact)", fields = {}, parent = parent ~= "" and parent or nil }
  classes[name] = class
  return class
end

-- A type ends at the mark of its sentence.
local function field_of(line)
  local name, rest = line:match "^%-%-%-@field%s+(%S+)%s+(.*)$"
  local of, sentence = rest:match "^(.-)%s+#%s+(.*)$"
  return name, { type = of or rest, sentence = sentence }
end

-- add(all, text): what a file says, into { classes, globals = { name = { type, sentence } }, aliases }.
local function add(all, text)
  local class, alias, of, sentence
  for line in text:gmatch "[^\n]*" do
    if line:find "^%-%-%-@class" then
      class = new_class(all.classes, line)
    elseif line:find "^%-%-%-@field" then
      local name, field = field_of(line)
      class.fields[name] = field
    elseif line:find "^%-%-%-@alias" then
      alias = {}
      all.aliases[line:match "^%-%-%-@alias%s+(%S+)$"] = alias
    elseif line:find "^%-%-%-| " then
      table.insert(alias, line:match '^%-%-%-| "?(.-)"?$')
    elseif line:find "^%-%-%-@type" then
      of = line:match "^%-%-%-@type%s+(.*)$"
    elseif line:find "^%-%-%-[^@|]" then
      sentence = line:sub(4)
    elseif line:find "^[%a_][%w_]* = " then
      all.globals[line:match "^[%w_]+"] = { type = of, sentence = sentence }
    elseif line:find "^function [%w_]+%(" then
      all.globals[line:match "^function ([%w_]+)"] = { type = "function", sentence = sentence }
    end
  end
end

-- read(texts): of all files.
function annotations.read(texts)
  local all = { classes = {}, globals = {}, aliases = {} }
  for _, text in ipairs(texts) do
    add(all, text)
  end
  return all
end

-- field(all, class, name): the field, of the class or one that it is made of.
function annotations.field(all, class, name)
  local one = all.classes[class]
  return one and (one.fields[name] or one.parent and annotations.field(all, one.parent, name)) or nil
end

-- What a hook's first parameter is: its name and its class.
local function parameter_of(all, where, hook)
  local field = annotations.field(all, "gotrace." .. where, hook)
  return field and field.type:match "^fun%([%w_]+: (gotrace%.[%w_.]+)"
end

-- judge(all, text): what an editor would mark in a script: hooks that are none, and fields that
-- what a hook gets does not have.
function annotations.judge(all, text)
  local marked, class, parameter = {}, nil, nil
  for line in text:gmatch "[^\n]+" do
    local where, hook, given = line:match "^function (%l+)%.([%w_]+)%(([%w_]*)"
    if hook and all.globals[where] then
      class, parameter = parameter_of(all, where, hook), given
      if not annotations.field(all, "gotrace." .. where, hook) then
        marked[#marked + 1] = where .. "." .. hook
      end
    elseif class then
      for of, name in line:gmatch "%f[%w_]([%w_]+)[.:]([%w_]+)" do
        if of == parameter and not annotations.field(all, class, name) then
          marked[#marked + 1] = of .. "." .. name
        end
      end
    end
  end
  return marked
end

return annotations
