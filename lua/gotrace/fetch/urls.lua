-- urls.lua: words of the command line that name traces in the network.

local seconds = 5 -- of a trace, where nobody says how many
local AS_LONG_AS_WANTED = 36000
local PROFILER = "/debug/pprof" -- where net/http/pprof serves

-- is_url(word): whether it names something that HTTP or HTTPS can bring.
local function is_url(word)
  return word:find "^[Hh][Tt][Tt][Pp][Ss]?://[^/]" ~= nil
end

-- Where a path of net/http/pprof leads: a host alone, or its page, means its trace.
local function path_of(path)
  local plain = path:gsub("/+$", "")
  return (plain == "" or plain == PROFILER) and PROFILER .. "/trace" or path
end

-- Whether a query says how long to trace.
local function has_seconds(query)
  return ("&" .. query):find "[&?]seconds=" ~= nil
end

-- whole(word): the URL that is asked for. Go's endpoint traces for a second where nothing
-- else is said, and reads seconds as it likes: it is always told.
local function whole(word)
  local url = word:match "^[^#]*"
  local origin, path, query = url:match "^(%a+://[^/?]+)([^?]*)%??(.*)$"
  path = path_of(path)
  if path:find("/debug/pprof/trace", 1, true) and not has_seconds(query) then
    query = query .. (query ~= "" and "&" or "") .. "seconds=" .. seconds
  end
  return origin .. path .. (query ~= "" and "?" .. query or "")
end

-- ask_for_long(): where nobody says how many seconds, as long as somebody looks at it.
local function ask_for_long()
  seconds = AS_LONG_AS_WANTED
end

-- shown(url): as messages and tables have it: without a name and a password.
local function shown(url)
  return (url:gsub("^(%a+://)[^/?]*@", "%1"))
end

-- Options of the program that say how URLs are asked for, as args.values has them.
local options = { "method", "header", "netrc", "cacert", "insecure",
  "unix_socket", "save", "repeat" }

-- are_asked(argv, chosen): whether a command line may be about URLs.
local function are_asked(argv, chosen)
  for _, name in ipairs(options) do
    if chosen[name] then
      return true
    end
  end
  for _, word in ipairs(argv) do
    if word:find "[Hh][Tt][Tt][Pp][Ss]?://" then
      return true
    end
  end
  return false
end

return { options = options, are_asked = are_asked, is_url = is_url,
  whole = whole, shown = shown, ask_for_long = ask_for_long }
