-- report.lua: export.report: a page of HTML that opens from a disk and fetches nothing: parts
-- of a few kinds, one below the other, drawn by the page's own script (page/).
--
-- What is added stands in the page as JSON, a part a line; nothing that a trace says becomes
-- markup or steers anything: strings are printable, and no longer than TEXT.
local file = require "gotrace.export.file"
local host = require "gotrace.engine.host"
local json = require "gotrace.printing.json"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local value = require "gotrace.export.value"

local TEXT = 400 -- bytes of a text, at most
local DEEPEST = 8 -- tables in tables
local FOLDER = "lua/gotrace/export/page/"

-- What draws plots is uPlot, as its makers give it: page/uplot.
local styles = { "uplot/uplot.css", "style.css" }
local scripts = { "text.js", "theme.js", "view.js", "table.js", "lines.js",
  "heat.js", "bars.js", "icicle.js", "tasks.js", "page.js" }

-- The kinds of parts, and the lists that each must have.
local kinds = {
  findings = { "rows" }, facts = { "rows" }, lines = { "x", "series" },
  heat = { "rows" }, bars = { "series" }, icicle = { "tabs", "names" },
  table = { "columns", "rows" }, tasks = { "rows" },
}

local methods = {}

local new, of = proxy.class("report", "parts are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('a report has no "%s": it has add')
      :format(tostring(name)), 2)
  end,
})

-- A long text without its middle: both ends of a name tell more. Characters stay whole.
local function cut(text)
  if #text <= TEXT then
    return text
  end
  local half = math.floor((TEXT - 3) / 2)
  local head = text:sub(1, half):gsub("[\192-\255][\128-\191]*$", "")
  return head .. "..." .. text:sub(-half):gsub("^[\128-\191]+", "")
end

local clean

local function clean_table(t, depth)
  if depth > DEEPEST then
    value.refuse("tables are nested more than %d deep", DEEPEST)
  end
  local out = {}
  for key, one in pairs(t) do
    out[type(key) == "string" and cut(printable.line(key)) or key] =
      clean(one, depth + 1)
  end
  return out
end

-- What scripts hand in, as it may stand in the page; objects are their texts.
function clean(v, depth)
  local kind = type(v)
  if kind == "table" then
    return clean_table(v, depth)
  elseif kind == "number" or kind == "boolean" then
    return v
  end
  return cut(printable.line(tostring(v)))
end

-- No text of JSON ends the element that it stands in.
local function in_element(text)
  return (text:gsub("<", "\\u003c"))
end

local function check(section)
  if type(section) ~= "table" then
    value.refuse("a part is a table, not %s", proxy.kind(section))
  end
  local lists = kinds[section.kind]
  if not lists then
    value.refuse("the kind of a part is one of %s, not %s",
      table.concat(proxy.sorted_keys(kinds), ", "), tostring(section.kind))
  end
  for _, name in ipairs(lists) do
    if type(section[name]) ~= "table" then
      value.refuse("a part of the kind %s has a list %s, not %s",
        section.kind, name, proxy.kind(section[name]))
    end
  end
end

-- add(section): a part of the page: { kind =, id = what links to it are, title =, note = a
-- sentence below, command = what tells more, and what its kind wants }.
function methods.add(object, section, ...)
  local self = of[object] or value.refuse "call it with a colon: page:add()"
  check(section)
  self.parts[#self.parts + 1] = in_element(json.json(clean(section, 1)))
end

-- make(spec): spec: { title =, about = a line below it, time = { from, to } in ns, what plots
-- over time show }; all of it can be set later, by add { kind = "page" }.
local function make(spec)
  return new { spec = clean(spec, 1), parts = {} }
end

-- about(fields): what make takes, for what is known at the end of the trace.
function methods.about(object, fields, ...)
  local self = of[object] or value.refuse "call it with a colon: page:about()"
  if type(fields) ~= "table" then
    value.refuse("a table is wanted, not %s", proxy.kind(fields))
  end
  for name, v in pairs(clean(fields, 1)) do
    self.spec[name] = v
  end
end

local function begin_trace(object, trace)
  local self = of[object]
  self.spec.title = self.spec.title or clean(trace.file, 1)
  self.spec.time = self.spec.time or { 0, trace.duration }
end

local function texts(list)
  local parts = {}
  for i, name in ipairs(list) do
    parts[i] = host.file(FOLDER .. name)
  end
  return table.concat(parts)
end

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
  ['"'] = "&quot;" }

local function markup(text)
  return (text:gsub('[&<>"]', entities))
end

local function put_data(self)
  local spec = self.spec
  file.put(('{"version":%s,"title":%s,"about":%s,"time":%s,"sections":[\n')
    :format(json.json(host.version), in_element(json.json(spec.title or "")),
    in_element(json.json(spec.about or "")),
    in_element(json.json(spec.time or { 0, 1 }))))
  file.put(table.concat(self.parts, ",\n") .. "]}")
end

-- What stands where the page has {{NAME}}.
local function pieces(self)
  return {
    version = function() file.put(markup(host.version)) end,
    title = function() file.put(markup(self.spec.title or "")) end,
    style = function() file.put(texts(styles)) end,
    data = function() put_data(self) end,
    plots = function() file.put(texts { "uplot/uplot.js" }) end,
    script = function() file.put(texts(scripts)) end,
  }
end

local function finish(object)
  local put, page, at = pieces(of[object]), host.file(FOLDER .. "page.html"), 1
  for before, name, after in page:gmatch "()%{%{(%l+)%}%}()" do
    file.put(page:sub(at, before - 1))
    put[name]()
    at = after
  end
  file.put(page:sub(at))
end

return { make = make, begin_trace = begin_trace, end_trace = function() end,
  finish = finish, adds = false, is_text = false }
