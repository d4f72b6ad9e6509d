-- fetcher.lua: traces out of the network, for the run that reads them: a process of its
-- own asks for them (src/script/fetch/fetcher.h), so that scripts never reach it.
local ffi = require "ffi"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local urls = require "gotrace.fetch.urls"

ffi.cdef(host.file "src/script/fetch/wish.h")
ffi.cdef(host.file "src/script/fetch/fetcher.h")
ffi.cdef "int close(int fd);"

local C = ffi.C
local kinds = {}
for _, name in ipairs { "OPEN", "WHOLE", "CUT", "LEFT", "REFUSED", "UNSAVED",
  "INTERRUPTED", "LOST" } do
  kinds[tonumber(C["GOTRACE_FETCH_" .. name])] = name
end

local MOST_FAILURES = 5 -- in a row, of --repeat
local FIRST_DELAY = 1000 -- ms before another try; then twice as long

local state = { numbers = {}, asked = 0, failures = 0 }

-- The words in which URLs may stand: traces, and the values of options that take one.
local function add(words, text)
  if type(text) == "string" and urls.is_url(text) then
    words[#words + 1] = text
  end
end

local function words_of(tokens, chosen)
  local words = {}
  for _, token in ipairs(tokens) do
    if not token.used then
      add(words, token.text)
    end
  end
  add(words, chosen.verify)
  add(words, chosen.starter)
  return words
end

-- A list of C's strings, which `kept` keeps alive.
local function strings(list, kept)
  if not list then
    return nil
  end
  local array = ffi.new("const char *[?]", #list + 1)
  for i, text in ipairs(list) do
    array[i - 1] = text
  end
  kept[#kept + 1] = array
  return array
end

local function fill(wish, word, chosen, kept)
  local url = urls.whole(word)
  kept[#kept + 1] = url
  wish.url = url
  wish.method, wish.headers = chosen.method, strings(chosen.header, kept)
  wish.ca_file, wish.unix_socket = chosen.cacert, chosen.unix_socket
  wish.save = chosen.save
  wish.netrc = chosen.netrc and 1 or 0
  wish.insecure = chosen.insecure and 1 or 0
end

local function check_options(words, chosen)
  for _, name in ipairs(urls.options) do
    if chosen[name] and #words == 0 then
      errors.usage("--%s is about traces that are fetched, and no URL is given",
        (name:gsub("_", "-")))
    end
  end
  if #words > 1 and chosen["repeat"] then
    errors.usage "--repeat wants one URL"
  end
  local many = #words > 1 or chosen["repeat"]
  if chosen.save and many and not chosen.save:find("%d", 1, true) then
    errors.usage("--save wants a name with %d for the number of the trace, " ..
      "such as --save=trace-%d.out")
  end
end

local function check_repeat(times)
  if type(times) == "number" and times < 1 then
    errors.usage("--repeat: %d is no number of times", times)
  end
end

-- begin(tokens, chosen): makes ready to fetch the URLs among the words of the command line.
-- To be called before the wall is raised. Nothing is asked for yet.
local function begin(tokens, chosen)
  local words, kept = words_of(tokens, chosen), {}
  check_options(words, chosen)
  check_repeat(chosen["repeat"])
  if #words == 0 then
    return
  end
  local wishes = ffi.new("gotrace_wish[?]", #words)
  for i, word in ipairs(words) do
    fill(wishes[i - 1], word, chosen, kept)
    state.numbers[word] = i - 1
  end
  if not C.gotrace_fetcher_start(wishes, #words) then
    errors.usage "no process can be started that would fetch traces"
  end
  state.times, state.save = chosen["repeat"], chosen.save
  state.quiet = chosen.quiet
end

-- What a reader of a refusal does next, by what the server or libcurl says.
local hints = {
  { "already enabled", "a trace is being recorded there, one at a time: " ..
    "try again when it has ended" },
  { "WriteTimeout", "ask for fewer seconds than the server's WriteTimeout, " ..
    "with ?seconds=N; from Go 1.23 on the time does not matter" },
  { "says 40[13]", '-H "Authorization: ..." and --netrc say who you are' },
  { "says 404", "is net/http/pprof imported there, and is this its address?" },
  { "says 405", "-X says another method than GET" },
  { "[Cc]ertificate", "--cacert=FILE names a certificate to trust" },
  { "onnect", "does the program run, and listen there?" },
}

local function hint_of(text)
  for _, row in ipairs(hints) do
    if text:find(row[1]) then
      return "\n  " .. row[2]
    end
  end
  return ""
end

local answer = ffi.new "gotrace_fetch_answer"

-- What a server says in HTML is a page for somebody else.
local function text_of(kind)
  local text = ffi.string(answer.text):gsub(":%s*<.*", "")
  return kind == "LOST" and "the process that fetches it has ended" or text
end

-- Says why nothing comes; the exit status that this is.
local function refuse(name, kind)
  local text = text_of(kind)
  if kind == "UNSAVED" then
    errors.warn("%s: cannot write %s: %s", name, state.save, text)
    return errors.status.output
  end
  errors.warn("%s: %s" .. hint_of(text):gsub("%%", "%%%%"), name, text)
  return errors.status.usage
end

local function delay()
  return state.failures > 0 and FIRST_DELAY * 2 ^ (state.failures - 1) or 0
end

-- open(input): asks for the URL of an input (run/input.lua) and waits until it comes: a path
-- from which it can be read, once. Nil and the exit status that this is: what was wrong has
-- been said; for an interruption nil alone.
local function open(input)
  state.asked = state.asked + 1
  local fd = C.gotrace_fetcher_open(state.numbers[input.path], state.asked,
    delay(), answer)
  local kind = kinds[tonumber(answer.kind)]
  if fd >= 0 then
    state.failures, state.fd = 0, fd
    return "/dev/fd/" .. fd
  elseif kind == "INTERRUPTED" then
    return nil
  end
  state.failures = state.failures + 1
  return nil, refuse(input.name, kind)
end

-- opened(): what open gave is open.
local function opened()
  C.close(state.fd)
end

-- finish(input): it has been read, and closed: the exit status of how it ended.
local function finish(input)
  C.gotrace_fetcher_end(answer)
  local kind = kinds[tonumber(answer.kind)]
  if kind == "UNSAVED" or kind == "LOST" then
    return refuse(input.name, kind)
  elseif kind == "CUT" then
    if not state.quiet then
      errors.warn("%s: the answer was cut off after %.0f bytes: %s", input.name,
        tonumber(answer.bytes), text_of(kind))
    end
    return errors.status.damaged
  end
  return errors.status.done
end

-- name(word): how the next answer of this URL is named.
local function name(word)
  local url = urls.shown(urls.whole(word))
  return state.times and ("%s#%d"):format(url, state.asked + 1) or url
end

-- goes_on(): whether --repeat asks once more.
local function goes_on()
  local times = state.times
  return times ~= nil and state.failures < MOST_FAILURES and
    (type(times) ~= "number" or state.asked < times)
end

return { begin = begin, open = open, opened = opened, finish = finish,
  name = name, goes_on = goes_on }
