-- recipe.lua: a pipeline that stands in a YAML file (-c), as what args.take finds on a
-- command line. docs/recipes.md has the schema.
--
-- What a stage gives to its script is known by name only once the script is loaded:
-- until then it is kept with its places (args.take_given).
local diag = require "gotrace.engine.diag"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local options = require "gotrace.cli.options"
local args = require "gotrace.script.args"
local suggest = require "gotrace.base.suggest"
local yaml = require "gotrace.engine.yaml"

local FOLDER, TAIL = "scripts/recipes/", ".yaml"

-- The program's options that a recipe may set.
local SETTINGS = { "spans", "format", "wide", "csv-safe", "output", "strict",
  "from", "to" }
-- What a stage is, by its first word.
local STAGES = { "script", "filter", "eval", "print", "aggregate" }

local function set_of(words)
  local set = {}
  for _, word in ipairs(words) do
    set[word] = true
  end
  return set
end
local is_setting, is_stage = set_of(SETTINGS), set_of(STAGES)

local row_of = {}
for _, row in ipairs(options) do
  row_of[row.name] = row
end

-- Ends the run: something is wrong at a node.
local function refuse(node, ...)
  errors.at(node.place, errors.usage, ...)
end

-- The names of the recipes that come with the program, in alphabetical order.
local function names()
  local list = {}
  for _, file in ipairs(host.files()) do
    if file:sub(1, #FOLDER) == FOLDER and file:sub(-#TAIL) == TAIL then
      list[#list + 1] = file:sub(#FOLDER + 1, -#TAIL - 1)
    end
  end
  table.sort(list)
  return list
end

local function missing(word)
  local all = names()
  local hint = suggest.hint(word, all)
  errors.usage("-c: there is no recipe %s that comes with the program%s: " ..
    "there are %s; a file has a slash in its name, or ends in .yaml", word,
    hint, #all > 0 and table.concat(all, ", ") or "none")
end

-- The document of a recipe, and the folder that its scripts are looked for in.
local function read(word)
  local tree, wrong, folder
  if word:find "/" or word:find "%.ya?ml$" then
    folder = word:match "^(.*)/[^/]*$" or "."
    tree, wrong = yaml.read(word)
  else
    for _, name in ipairs(names()) do
      if name == word then
        tree, wrong = yaml.read(word, host.file(FOLDER .. name .. TAIL))
      end
    end
    if not (tree or wrong) then
      missing(word)
    end
  end
  if not tree then
    errors.usage("%s", type(wrong) == "string" and wrong or
      tostring(diag.of(wrong)))
  end
  return tree, folder
end

-- Nodes, checked

local function want(node, kind, what)
  if node.kind ~= kind then
    refuse(node, "%s wants %s", what, kind == "map" and "key: value" or
      kind == "list" and "a list: - or [ ]" or "one value")
  elseif node.null then
    refuse(node, "%s wants a value", what)
  end
  return node
end

-- fields(node): key node and value of a map in turn; a key counts once.
local function fields(node)
  local seen, i = {}, -1
  return function()
    i = i + 2
    local key = node[i]
    if not key then
      return nil
    elseif key.kind ~= "scalar" then
      refuse(key, "a key must be a word")
    elseif seen[key.text] then
      refuse(key, "%s is there twice", key.text)
    end
    seen[key.text] = true
    return key, node[i + 1]
  end
end

-- The values of an option: one, or those of a list.
local function values_of(key, node)
  if node.kind == "map" then
    refuse(node, "%s wants a value, or a list of them", key.text)
  end
  local list = {}
  for _, item in ipairs(node.kind == "list" and node or { node }) do
    list[#list + 1] = want(item, "scalar", key.text)
  end
  return list
end

-- Stages

-- A script beside the recipe, or one that comes with the program.
local function script_at(name, folder)
  local is_path = name:find("/", 1, true) or name:find "%.lua$"
  if not (folder and is_path) or name:sub(1, 1) == "/" then
    return name
  end
  local path = folder .. "/" .. name
  return (name:find("/", 1, true) or host.kind(path)) and path or name
end

-- The key of a stage that says what it is, and its value.
local function head_of(node)
  local all = {}
  for key, value in fields(node) do
    if is_stage[key.text] then
      return key, value
    end
    all[#all + 1] = key
  end
  local first = all[1] or node
  refuse(first, "a stage has one of %s%s", table.concat(STAGES, ", "),
    suggest.hint(first.text, STAGES))
end

-- What stands in a stage beside its head: given to its script.
local function rest_of(node, head)
  local list = {}
  for key, value in fields(node) do
    if key ~= head and head.text ~= "script" then
      refuse(key, "%s stands alone: %s is an option of scripts", head.text,
        key.text)
    elseif key ~= head then
      list[#list + 1] = { name = key.text, place = key.place,
        values = values_of(key, value) }
    end
  end
  return list
end

-- A stage as stages.lua wants it; a word alone is a script.
local function stage_of(node, folder)
  if node.kind == "scalar" and not node.null then
    local head = { kind = "scalar", text = "script", place = node.place }
    node = { kind = "map", place = node.place, head, node }
  end
  want(node, "map", "a stage")
  local head, value = head_of(node)
  local text = want(value, "scalar", head.text).text
  local is_script, rest = head.text == "script", rest_of(node, head)
  return {
    row = row_of[head.text],
    value = is_script and script_at(text, folder) or text,
    place = value.place,
    given = is_script and rest or nil,
  }
end

local function setting_of(key, node)
  return args.take_given({ row_of[key.text] }, { { name = key.text,
    place = key.place, values = values_of(key, node) } })
end

local function append(list, more)
  for _, item in ipairs(more) do
    list[#list + 1] = item
  end
end

local function stages_of(node, folder)
  local list = {}
  for _, item in ipairs(want(node, "list", "pipeline")) do
    list[#list + 1] = stage_of(item, folder)
  end
  return list
end

local function known_keys()
  local keys = { "description", "pipeline" }
  append(keys, SETTINGS)
  return keys
end

-- The settings and the stages of a recipe.
local function parts_of(word)
  local tree, folder = read(word)
  local settings, stages = {}, nil
  for key, value in fields(want(tree, "map", "a recipe")) do
    if key.text == "pipeline" then
      stages = stages_of(value, folder)
    elseif is_setting[key.text] then
      append(settings, setting_of(key, value))
    elseif key.text == "description" then
      want(value, "scalar", "description")
    else
      local keys = known_keys()
      refuse(key, 'a recipe has no "%s"%s; it has %s', key.text,
        suggest.hint(key.text, keys), table.concat(keys, ", "))
    end
  end
  if not stages then
    refuse(tree, "a recipe wants a pipeline: a list of stages")
  end
  return settings, stages
end

-- add(found): what args.take has found, with what the recipes among it say: settings
-- in front, so that the command line's own count, and stages where -c stands.
local function add(found)
  local all, behind = {}, {}
  for _, f in ipairs(found) do
    if f.row.name == "recipe" then
      local settings, stages = parts_of(f.value)
      append(all, settings)
      for i, stage in ipairs(stages) do
        stage.at = f.at + i / (#stages + 1)
      end
      append(behind, stages)
    end
    behind[#behind + 1] = f
  end
  append(all, behind)
  return all
end

-- description(name): the first line of one that comes with the program, or "".
local function description(name)
  for key, value in fields((read(name))) do
    if key.text == "description" then
      return value.text:match "^[^\n]*"
    end
  end
  return ""
end

return { add = add, names = names, description = description }
