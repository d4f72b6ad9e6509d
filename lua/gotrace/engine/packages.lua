-- packages.lua: which package a function is of, and whether that is Go's own.
local standard = require("gotrace.base.lazy").of "gotrace.engine.std_packages"

-- What the compiler makes for a type is named by it: type:.eq.net/http.Header.
local function without_prefix(func)
  return func:match "^type[:.]%.eq%.(.*)$" or
    func:match "^type[:.]%.hash%.(.*)$" or func
end

local function unescaped(path)
  return (path:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

-- package_of(func): the path of the package, "net/http" of net/http.(*conn).serve;
-- "" of what has none, such as C's functions. A dot in the last element of a path is
-- written %2e in a function's name.
local function package_of(func)
  local name = without_prefix(func):match "^[^%[{( ]*"
  local path, last = name:match "^(.*/)([^/]*)$"
  local own = (last or name):match "^([^.]+)%."
  return own and unescaped((path or "") .. own) or ""
end

-- Whether a file may lie in GOROOT: .../src/net/http/server.go, or net/http/server.go
-- where paths were trimmed. It need not lie in the package's own folder: time.Sleep is in
-- runtime/time.go. A file without a folder is one that the compiler made.
local function is_in_goroot(file)
  local folder = file:match "^(.*)/[^/]*$"
  if not folder or standard()[folder] then
    return true
  end
  for at in folder:gmatch "/src/()" do
    if standard()[folder:sub(at)] then
      return true
    end
  end
  return false
end

-- is_standard(func, file): whether a function is of Go's standard library. A package of
-- somebody's own may be called like one of Go's: then its file tells.
local function is_standard(func, file)
  return standard()[package_of(func)] ~= nil and is_in_goroot(file)
end

local OLDEST, NEWEST = 5, 27 -- Go 1.5, 1.27

-- versions(path): the first and the last version of Go that has the package; nil: none has.
local function versions(path)
  local text = standard()[path]
  if text then
    local first, last = text:match "^(%d*) ?(%d*)$"
    return tonumber(first) or OLDEST, tonumber(last) or NEWEST
  end
end

-- is_listed(path, version): whether Go has that package, 24 for Go 1.24; without a
-- version, whether any has.
local function is_listed(path, version)
  local first, last = versions(path)
  return first ~= nil and (not version or first <= version and version <= last)
end

return { package_of = package_of, is_standard = is_standard,
  versions = versions, is_listed = is_listed, OLDEST = OLDEST,
  NEWEST = NEWEST }
