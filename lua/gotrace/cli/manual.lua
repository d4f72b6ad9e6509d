-- manual.lua: gotrace-lua help [TOPIC], and the man pages that are installed (--man).
local args = require "gotrace.script.args"
local bundled = require "gotrace.cli.bundled"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local lazy = require("gotrace.base.lazy").of
local options = require "gotrace.cli.options"
local output = require "gotrace.sandbox.output"
local spec = require "gotrace.engine.event_table"
local vocabulary = require "gotrace.cli.vocabulary"

local asked = lazy "gotrace.cli.asked"
local man, pages = lazy "gotrace.manual.man", lazy "gotrace.manual.pages"
local text = lazy "gotrace.manual.text"

local MOST = 100 -- characters of a line, however wide the terminal is

-- Scripts that are inside the program: others have no page.
local function scripts()
  local list = {}
  for _, name in ipairs(bundled.names()) do
    local source = bundled.find(name)
    list[#list + 1] = source.chunk and name or nil
  end
  return list
end

local function program_of(describe)
  return {
    options = options, scripts = scripts, describe = describe,
    common = spec.common, events = spec.names, tell = vocabulary.of,
    span_kinds = vocabulary.kinds,
    text = function(name)
      return bundled.find(name).text
    end,
    summary = function(name)
      return (describe(name).description or ""):match "^[^\n]*"
    end,
  }
end

-- The topics, as a page.
local function contents(all)
  local out = { "## Pages of the manual\n\nBy `gotrace-lua help TOPIC`; " ..
    "through a pager: `gotrace-lua help TOPIC | less`.\n",
    "| topic | about |", "|---|---|" }
  for _, page in ipairs(all) do
    out[#out + 1] = not page.is_script and ("| %s | %s |"):format(page.topic,
      page.about()) or nil
  end
  out[#out + 1] = "| a script | its options and examples |"
  out[#out + 1] = "| an event, a kind of span | its fields, as -lv says |"
  out[#out + 1] = "| an option | what it does, and where there is more |"
  return table.concat(out, "\n")
end

local function find(all, topic)
  local short = topic:match "^gotrace%-lua%-(.+)$" or topic
  for _, page in ipairs(all) do
    if page.topic == short then
      return page
    end
  end
end

local MENTIONS = 3 -- pages that are named at most

-- The pattern of a word that stands alone, whatever it is made of.
local function alone(word)
  return "%f[%w_-]" .. word:gsub("%p", "%%%0") .. "%f[^%w_-]"
end

-- The pages in which a word stands, but those of scripts, those where it stands most first.
local function mentions(all, word)
  local found, pattern = {}, alone(word)
  for i, page in ipairs(all) do
    local _, n = (page.is_script and "" or page.make()):gsub(pattern, "")
    found[#found + 1] = n > 0 and { n = n, at = i, name = page.topic } or nil
  end
  table.sort(found, function(a, b)
    return a.n > b.n or a.n == b.n and a.at < b.at
  end)
  local names = {}
  for i = 1, math.min(MENTIONS, #found) do
    names[i] = "gotrace-lua help " .. found[i].name
  end
  return names
end

local function no_topic(all, topic)
  local names, told = {}, mentions(all, topic)
  for i, page in ipairs(all) do
    names[i] = page.topic
  end
  local hint = asked().page_hint(topic, names)
  errors.usage("there is no page %s%s; %s", topic, hint,
    hint == "" and told[1] and "it is told of in " .. table.concat(told, ", ")
    or "gotrace-lua help lists the pages")
end

-- What --help says of an option, by its name, and where there is more.
local function tell_option(all, row)
  output.write(args.heading(row), "  ", args.describe(row), "\n")
  local told = mentions(all, args.shown(row))
  if told[1] then
    output.write("\nmore: ", table.concat(told, "\n      "), "\n")
  end
end

-- The program's option of that name; nil: none.
local function option_named(topic)
  for _, row in ipairs(options) do
    if row.name == topic or row.short == topic then
      return row
    end
  end
end

local function put(markdown)
  local width = math.min(output.columns() or 80, MOST)
  output.write(text().of(markdown, width))
end

-- help(topics, describe, style): prints a page, or what pages there are.
local function help(topics, describe, style)
  local all = pages().all(program_of(describe))
  if #topics > 1 then
    errors.usage "help shows one page"
  elseif #topics == 0 then
    return put(contents(all))
  end
  local topic = topics[1]
  local page = find(all, topic)
  if page then
    put(page.make())
  elseif vocabulary.is_known(topic) then
    vocabulary.tell(topic, style)
  elseif option_named(topic) then
    tell_option(all, option_named(topic))
  else
    no_topic(all, topic)
  end
end

-- The day of a build that is to be the same again, else this one.
local function date()
  local at = tonumber(os.getenv "SOURCE_DATE_EPOCH" or "")
  return os.date("!%Y-%m-%d", at)
end

-- print_man(name, describe): a man page by its file's name; nil: the names of all.
local function print_man(name, describe)
  for _, page in ipairs(pages().all(program_of(describe))) do
    local file = page.section and page.name .. "." .. page.section
    if file and not name then
      output.write(file, "\n")
    elseif file and file == name then
      output.write(man().of({ name = page.name, section = page.section,
        about = page.about(), version = host.version, text = page.make() },
        date()))
      return
    end
  end
  if name then
    errors.usage("there is no man page %s", name)
  end
end

-- topics(describe): the names of the pages.
local function topics(describe)
  local list = {}
  for i, page in ipairs(pages().all(program_of(describe))) do
    list[i] = { text = page.topic, about = page.about() }
  end
  return list
end

return { help = help, print_man = print_man, topics = topics }
