-- manual.lua: gotrace-lua help [TOPIC], and the man pages that are installed (--man).
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

local function no_topic(all, topic)
  local names = {}
  for i, page in ipairs(all) do
    names[i] = page.topic
  end
  errors.usage("there is no page %s%s; gotrace-lua help lists the pages",
    topic, asked().page_hint(topic, names))
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
