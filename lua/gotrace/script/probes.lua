-- probes.lua: hooks that come and go: probe(name, fn), and groups of them.
--
-- A hook of a stage is what its parts of that name are, in the order in which the script
-- declares them: what it assigned to `on`, and probes. As the run is planned all probes count
-- as attached, so that what they may need is there; then only those that are.
local chain = require "gotrace.event.chain"
local hooks = require "gotrace.event.hooks"
local proxy = require "gotrace.base.proxy"

-- Sets the stage's hook of a name to what its parts are now, those that are last behind all
-- others.
local function compose(stage, name)
  local hook, last = chain.idle, nil
  for _, part in ipairs(stage.parts[name]) do
    if part.is_last then
      last = chain.of(last, part.fn)
    elseif stage.planning or part.attached then
      hook = chain.of(hook, part.fn)
    end
  end
  stage.hooks[name] = last and chain.of(hook, last) or hook
end

-- set_own(stage, name, fn): on[name] = fn. It is the last of its name, whatever it was.
local function set_own(stage, name, fn)
  local parts = stage.parts[name] or {}
  for i, part in ipairs(parts) do
    if part.is_own then
      table.remove(parts, i)
      break
    end
  end
  parts[#parts + 1] = { fn = fn, is_own = true, attached = true }
  stage.parts[name] = parts
  compose(stage, name)
end

local function switch(probe, attached)
  local stage, part = probe.stage, probe.part
  if part.attached == attached then
    return
  end
  part.attached = attached
  compose(stage, probe.name)
  if stage.switched and not stage.planning then
    stage.switched(probe.name)
  end
end

local probes, groups

-- Blames the script's line.
local function members(value, what)
  if probes[value] then
    return { probes[value] }
  elseif groups[value] then
    return groups[value]
  end
  error(what, 3)
end

local methods = {}
for name, attached in pairs { attach = true, detach = false } do
  local wrong = ("call it with a colon: h:%s()"):format(name)
  methods[name] = function(object)
    for _, probe in ipairs(members(object, wrong)) do
      switch(probe, attached)
    end
  end
end

local function no_field(kind, name)
  error(('a %s has no field "%s"; it has attach(), detach()%s'):format(kind,
    tostring(name), kind == "probe" and ", attached and name" or ""), 3)
end

local ADVICE = "attach and detach it"
local new_probe, new_group
new_probe, probes = proxy.class("probe", ADVICE, {
  __index = function(object, name)
    local probe = probes[object]
    if name == "attached" then
      return probe.part.attached
    end
    return methods[name] or name == "name" and probe.name or
      no_field("probe", name)
  end,
  __pairs = function(object)
    local probe = probes[object]
    return proxy.pairs_of { name = probe.name, attached = probe.part.attached }
  end,
  __tostring = function(object)
    return "probe " .. probes[object].name
  end,
})
new_group, groups = proxy.class("group", ADVICE, {
  __index = function(_, name)
    return methods[name] or no_field("group", name)
  end,
  __pairs = function()
    return proxy.pairs_of {}
  end,
})

local function check(stage, name, fn)
  if stage.loaded then
    return "probe: a hook makes none: declare it at the top of the script, " ..
      "and attach it here"
  elseif type(name) ~= "string" or type(fn) ~= "function" then
    return 'probe wants the name of a hook and a function: probe("GoBlock", ' ..
      "function(ev) ... end)"
  end
  return hooks.refusal(name, "on")
end

-- probe_of(stage): probe(name, fn) of a script: a hook as on[name], detached.
local function probe_of(stage)
  return function(name, fn)
    local wrong = check(stage, name, fn)
    if wrong then
      error(wrong, 2)
    end
    local part = { fn = fn, attached = false }
    stage.parts[name] = stage.parts[name] or {}
    table.insert(stage.parts[name], part)
    stage.has_probes = true
    compose(stage, name)
    return new_probe { stage = stage, name = name, part = part }
  end
end

-- add(stage, name, fn, is_last): a hook of ours beside the script's own, behind all of them if
-- is_last.
local function add(stage, name, fn, is_last)
  stage.parts[name] = stage.parts[name] or {}
  table.insert(stage.parts[name], { fn = fn, attached = true,
    is_last = is_last })
  compose(stage, name)
end

-- group(h, ...): many at once.
local function group(...)
  local all = {}
  for i = 1, select("#", ...) do
    local what = ("group wants probes and groups, not %s"):format(
      proxy.kind((select(i, ...))))
    for _, probe in ipairs(members(select(i, ...), what)) do
      all[#all + 1] = probe
    end
  end
  return (new_group(all))
end

-- begin(stage): a script is about to be run: all that it declares is planned for.
local function begin(stage)
  stage.parts, stage.has_probes, stage.planning = {}, false, true
end

-- start(stage, switched): the run is planned: from now on a hook is what is attached.
-- switched(name) is called whenever that changes.
local function start(stage, switched)
  stage.planning, stage.switched = false, switched
  for name in pairs(stage.parts or {}) do
    compose(stage, name)
  end
end

return { probe_of = probe_of, add = add, group = group, set_own = set_own,
  begin = begin, start = start }
