-- stacks.lua: sums by stack as a tree from roots to leaves, thinned to what can be seen.
local LEAST = 1 / 2000 -- of the whole, to be a frame of the picture
local MOST = 5000 -- frames

local Tree = {}
Tree.__index = Tree

-- new(): { total = of all, children = by name }: nodes are alike, with a name.
local function new()
  return setmetatable({ total = 0, children = {} }, Tree)
end

local function child_of(node, name)
  local child = node.children[name]
  if not child then
    child = { name = name, total = 0, children = {} }
    node.children[name] = child
  end
  return child
end

-- add(stack, value, leaf, roots): leaf: what stands behind the stack, roots: a list of what
-- stands before it; nil: nothing.
function Tree:add(stack, value, leaf, roots)
  local node = self
  self.total = self.total + value
  for _, name in ipairs(roots or {}) do
    node = child_of(node, name)
    node.total = node.total + value
  end
  for i = stack and #stack or 0, 1, -1 do
    node = child_of(node, stack[i].func)
    node.total = node.total + value
  end
  if leaf then
    node = child_of(node, leaf)
    node.total = node.total + value
  end
end

-- sorted(node): its children, those with most first.
local function sorted(node)
  local list = {}
  for _, child in pairs(node.children) do
    list[#list + 1] = child
  end
  table.sort(list, function(a, b)
    return a.total > b.total or a.total == b.total and a.name < b.name
  end)
  return list
end

-- names(): { list =, number(name) = its place in it, from 0 on }.
local function names()
  local list, at = {}, {}
  return { list = list, number = function(name)
    if not at[name] then
      list[#list + 1] = name
      at[name] = #list - 1
    end
    return at[name]
  end }
end

-- flat(names): { total =, parents =, names =, values = }: a frame for each of three lists, a
-- parent before its children; parent 0 is the whole.
function Tree:flat(of)
  local flat = { total = self.total, parents = {}, names = {}, values = {} }
  local least = self.total * LEAST
  local queue, at = { { self, 0 } }, 1
  while queue[at] do
    local node, number = queue[at][1], queue[at][2]
    for _, child in ipairs(sorted(node)) do
      local n = #flat.values + 1
      if child.total >= least and n <= MOST then
        flat.parents[n], flat.values[n] = number, child.total
        flat.names[n] = of.number(child.name)
        queue[#queue + 1] = { child, n }
      end
    end
    at = at + 1
  end
  return flat
end

return { new = new, names = names, sorted = sorted }
