-- drawn.lua: a tree of stacks as people see it, a line a depth; or as rows for programs.
local format = require "gotrace.format"
local several = require "picture.several"
local stacks = require "picture.stacks"

local WIDE = 160 -- characters, where there is no terminal
local PERCENT = 8 -- characters that a share wants behind a name

local words = { block = "blocked", ["off-cpu"] = "off CPU", runnable =
  "waiting for a P", syscall = "in syscalls", exec = "running", wall = "in all",
  cpu = "CPU samples" }

local function amount(kind, value)
  return kind == "cpu" and format.thousands(value) or format.duration(value)
end

-- The first characters of a text, and how many these are.
local function cut(text, width)
  local n, last = 0, 0
  for at, char in text:gmatch "()([^\128-\191][\128-\191]*)" do
    if n == width then
      return text:sub(1, last), n
    end
    n, last = n + 1, at + #char - 1
  end
  return text, n
end

-- net/http.(*conn).serve of example.com/x/net/http.(*conn).serve
local function short(name)
  return name:gsub("^[^%s()%[%]]*/", "")
end

-- A frame of so many characters, with its share at its end if there is room.
local function box(name, width, share)
  if width == 1 then
    return "│"
  end
  local label, n = cut(format.line(short(name)), width - 2)
  local rest = width - 2 - n
  if rest >= PERCENT and share then
    return "├" .. label .. ("─"):rep(rest - #share) .. share .. "┤"
  end
  return "├" .. label .. ("─"):rep(rest) .. "┤"
end

local function percent(part, whole)
  return ("%.1f%%"):format(100 * part / whole)
end

-- Puts a frame's children into the line of their depth, as far as they are seen.
local function draw(out, node, depth, from, scale, total)
  local line = out[depth]
  for _, child in ipairs(stacks.sorted(node)) do
    local left = math.floor(from * scale + 0.5)
    local right = math.floor((from + child.total) * scale + 0.5)
    if right > left then
      line = line or { at = 0 }
      out[depth] = line
      line[#line + 1] = (" "):rep(left - line.at)
      line[#line + 1] = box(child.name, right - left,
        percent(child.total, total))
      line.at = right
      draw(out, child, depth + 1, from, scale, total)
    end
    from = from + child.total
  end
end

local function show_text(tree, kind)
  if tree.total == 0 then
    return
  end
  local width = opt.width > 1 and opt.width or format.columns() or WIDE
  local head = ("%s %s, %s a character"):format(amount(kind, tree.total),
    words[kind], amount(kind, math.floor(tree.total / width + 0.5)))
  head = trace.inputs > 1 and trace.file .. ": " .. head or head
  local out, picture = {}, rows(head):picture(head)
  draw(out, tree, 1, 0, width / tree.total, tree.total)
  for _, line in ipairs(out) do
    picture:add(table.concat(line))
  end
end

-- A row for each frame: the stack down to it, and how much is its own.
local function add_rows(all, node, path)
  for _, child in ipairs(stacks.sorted(node)) do
    local own, down = child.total, path ~= "" and path .. ";" or ""
    for _, inner in pairs(child.children) do
      own = own - inner.total
    end
    down = down .. child.name:gsub("[;\n]", "_")
    all:add(trace.file, down, child.total, own)
    add_rows(all, child, down)
  end
end

-- The table for programs, which all traces share.
local all = not several.is_text and rows("trace", "stack", "total", "self")

-- show(tree, kind): in on.finish.
local function show(tree, kind)
  if all then
    add_rows(all, tree, "")
  else
    show_text(tree, kind)
  end
end

return { show = show }
