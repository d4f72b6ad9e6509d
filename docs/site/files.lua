-- files.lua: files and commands, for what makes the site.
local files = {}

-- read(path): its bytes.
function files.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

function files.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- A word for the shell.
function files.quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- output(command): what a command prints; it must not fail.
function files.output(command)
  local pipe = assert(io.popen(command .. " && echo done", "r"))
  local text = pipe:read "*a"
  pipe:close()
  return assert(text:match "^(.*)done\n$", "failed: " .. command)
end

-- list(folder): the names in it, sorted whatever the locale is.
function files.list(folder)
  local names = {}
  local text = files.output("ls -1 -- " .. files.quote(folder))
  for name in text:gmatch "[^\n]+" do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- make_folder(path, mark): it and all above it, without what was written there at another
-- time. mark: a file that says that all in it is ours to remove; nil and why where there are
-- files without it.
function files.make_folder(path, mark)
  local word = files.quote(path)
  files.output("mkdir -p " .. word)
  if #files.list(path) > 0 and not files.exists(path .. "/" .. mark) then
    return nil, path .. " has files that are not of the site"
  end
  files.output(("cd %s && rm -f ./*.html ./*.js ./*.css ./*.png"):format(word))
  files.write(path .. "/" .. mark, "")
  return true
end

function files.is_folder(path)
  return os.execute("test -d " .. files.quote(path)) == 0
end

function files.exists(path)
  return os.execute("test -e " .. files.quote(path)) == 0
end

return files
