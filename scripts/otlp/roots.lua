-- roots.lua: of which task a task is a part in the end: the tasks of one root are one trace of
-- OpenTelemetry's.
local roots = {}
roots.__index = roots

-- new()
local function new()
  return setmetatable({ root = {} }, roots)
end

-- What a task is a part of; nil: of none. It has a higher number, else it could be a part of
-- itself.
local function parent(id)
  local task = trace.task(id)
  local of = task and task.parent
  return of and of > 0 and of < id and of or nil
end

-- of(id): its root; itself if it is a part of none.
function roots:of(id)
  local passed, root = {}, id
  while not self.root[root] do
    passed[#passed + 1] = root
    local above = parent(root)
    if not above then
      break
    end
    root = above
  end
  root = self.root[root] or root
  for _, one in ipairs(passed) do
    self.root[one] = root
  end
  return root
end

return { new = new, parent = parent }
