-- Traces that are URLs, from a server that answers as these routes say (server.lua).
local lfs = require "lfs"
local ffi = require "ffi"
local program = require "support.program"

-- Whatever the machine's proxies are.
ffi.cdef "int setenv(const char *, const char *, int);"
ffi.C.setenv("no_proxy", "*", 1)

local trace = program.recording "generations"
local routes = [[
local lfs = require "lfs"
local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end
local trace = read "TRACE"
local OK = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
local function status(line, text)
  return function(c)
    c:send(("HTTP/1.1 %s\r\nX-Go-Pprof: 1\r\nConnection: close\r\n"):format(line))
    c:send(("Content-Length: %d\r\n\r\n%s"):format(#text, text))
  end
end
local function moved(to)
  return function(c)
    c:send("HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " .. to .. "\r\n\r\n")
  end
end
local function whole(c)
  c:send("HTTP/1.1 200 OK\r\nContent-Length: " .. #trace .. "\r\n\r\n" .. trace)
end
-- Until a file is not empty; whether it came to that.
local function seen(c, path)
  for _ = 1, 200 do
    if (lfs.attributes(path, "size") or 0) > 0 then
      return true
    end
    c:sleep(50)
  end
end
local asked = 0
return {
  ["/debug/pprof/trace"] = whole,
  ["/trace"] = whole,
  ["/packed"] = function(c) c:send(OK .. read "PACKED") end,
  ["/bomb"] = function(c) c:send(OK .. read "BOMB") end,
  ["/busy"] = status("500 Internal Server Error",
    "Could not enable tracing: execution tracer already enabled\n"),
  ["/timeout"] = status("400 Bad Request", "profile duration exceeds server's WriteTimeout\n"),
  ["/page"] = status("403 Forbidden", "<!DOCTYPE html>\n<html>log in</html>"),
  ["/escape"] = status("500 Oh\27[31m", "\27]0;owned\7 red"),
  ["/html"] = status("200 OK", "<!DOCTYPE html>\n<html>" .. ("log in "):rep(1000) .. "</html>"),
  ["/empty"] = status("200 OK", ""),
  ["/cut"] = function(c)
    c:send("HTTP/1.1 200 OK\r\nContent-Length: " .. #trace .. "\r\n\r\n" .. trace:sub(1, -5000))
  end,
  ["/reset"] = function(c)
    c:send(OK .. trace:sub(1, -5000))
    c:sleep(300)
    c:reset()
  end,
  ["/moved"] = moved "/trace",
  ["/circle"] = moved "/circle",
  ["/file"] = moved "file:///etc/passwd",
  ["/header"] = function(c)
    c:send "HTTP/1.1 200 OK\r\n"
    while c:send("X-More: " .. ("x"):rep(1000) .. "\r\n") do end
  end,
  ["/slow"] = function(c)
    c:send(OK)
    for at = 1, 3000, 1000 do
      c:send(trace:sub(at, at + 999))
      c:sleep(100)
    end
    c:send(trace:sub(3001))
  end,
  ["/crawl"] = function(c) -- 1 KB/s
    c:send(OK)
    for at = 1, #trace, 128 do
      if at > 4096 or not c:send(trace:sub(at, at + 127)) then
        return
      end
      c:sleep(125)
    end
  end,
  ["/large"] = function(c) -- 100 MB: one trace behind another
    c:send(OK)
    for _ = 1, math.ceil(1e8 / #trace) do
      if not c:send(trace) then
        return
      end
    end
  end,
  ["/live"] = function(c)
    c:send(OK .. trace:sub(1, math.floor(#trace * 3 / 4)))
    c:send(seen(c, "OUT") and trace:sub(math.floor(#trace * 3 / 4) + 1) or "")
  end,
  ["/endless"] = function(c)
    c:send(OK .. trace:sub(1, -5000))
    while c:send "" do
      c:sleep(100)
      if lfs.attributes "STOP" then
        return
      end
    end
  end,
  ["/second"] = function(c)
    asked = asked + 1
    if asked == 2 then
      c:send "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
    else
      whole(c)
    end
  end,
}
]]

describe("a trace that is an URL", function()
  local base, pid, log, out, stop, packed, bomb

  setup(function()
    log, out, stop = program.tmpname(), program.tmpname(), program.tmpname()
    packed, bomb = program.tmpname(), program.tmpname()
    os.remove(stop)
    local port = program.tmpname()
    os.remove(port)
    program.shell(("gzip -c '%s' >'%s'"):format(trace, packed))
    program.shell(("{ head -c 16 '%s'; head -c 300000000 /dev/zero; } | gzip -1 >'%s'"):format(trace, bomb))
    local made = routes:gsub("%u+", { TRACE = trace, PACKED = packed, BOMB = bomb, OUT = out, STOP = stop })
    local started = program.shell(("luajit '%stests/lua/fetch/server.lua' '%s' '%s' '%s' >/dev/null 2>&1 & echo $!")
      :format(program.root, program.tmpfile(made), port, log))
    pid = started.out:match "%d+"
    assert(program.shell(("(for i in $(seq 200); do [ -s '%s' ] && exit 0; sleep 0.05; done; exit 1)"):format(port))
      .status == 0)
    base = "http://127.0.0.1:" .. program.read(port)
  end)

  teardown(function()
    os.execute("kill " .. pid)
    program.clean()
  end)

  before_each(function()
    program.write(log, "")
  end)

  local whole

  -- What a script prints of a trace, with its name left out.
  local function count(words)
    return program.run { "-e", "local n = 0 function on.any() n = n + 1 end\nfunction on.finish() print(n) end",
      unpack(words) }
  end

  setup(function()
    whole = count({ trace }).out
  end)

  local function says(path, status, ...)
    local result = program.run { "events", base .. path }
    assert.equal(status, result.status, result.err)
    for _, text in ipairs { ... } do
      assert.truthy(result.err:find(text, 1, true), result.err)
    end
    return result
  end

  it("is read as a file is", function()
    for _, path in ipairs { "/trace", "/packed", "/moved", "/slow" } do
      local result = count { base .. path }
      assert.same({ whole, "", 0 }, { result.out, result.err, result.status })
    end
  end)

  it("is that of net/http/pprof where it is a host alone, for five seconds, or as long as it is recorded", function()
    for _, path in ipairs { "", "/", "/debug/pprof", "/debug/pprof/", "/debug/pprof/trace" } do
      assert.equal(whole, count({ base .. path }).out)
      assert.truthy(program.read(log):find("GET /debug/pprof/trace?seconds=5 HTTP/1.1", 1, true))
      program.write(log, "")
    end
    local recording = { "record", "-w", "kind == 'gc' and dur > 9h", "-o",
      program.tmpfile "" .. "-%d", base }
    assert.equal(0, program.run(recording).status)
    assert.truthy(program.read(log):find("GET /debug/pprof/trace?seconds=36000 HTTP/1.1", 1, true))
    program.write(log, "")
    table.insert(recording, "--repeat=1")
    assert.equal(0, program.run(recording).status)
    assert.truthy(program.read(log):find("GET /debug/pprof/trace?seconds=5 HTTP/1.1", 1, true))
    program.write(log, "")
    assert.equal(whole, count({ base .. "/debug/pprof/trace?seconds=2&x=1#here" }).out)
    assert.truthy(program.read(log):find("GET /debug/pprof/trace?seconds=2&x=1 HTTP/1.1", 1, true))
  end)

  it("has its URL as a name, without who asked", function()
    local result = program.run { "-e", "function on.finish(t) print(t.file, t.url) end",
      ((base .. "/trace"):gsub("://", "://me:secret@")), trace }
    assert.equal(("%s/trace\t%s/trace\n%s\tnil\n"):format(base, base, trace), result.out)
    assert.truthy(program.read(log):find("Authorization: Basic bWU6c2VjcmV0", 1, true))
  end)

  it("is delivered as it comes", function()
    local result = program.shell(("%s >'%s'"):format(program.line { "-p", "n", base .. "/live" }, out))
    assert.equal(0, result.status, result.err)
    assert.equal(program.run({ "-p", "n", trace }).out, program.read(out))
  end)

  it("is read at 1 KB/s, for which nothing is too slow", function()
    local result = program.shell("time -p " .. program.line { "-q", "-p", "n", base .. "/crawl" })
    assert.truthy(result.err:find "real [45]%.%d+", result.err)
    local cpu = tonumber(result.err:match "user ([%d.]+)") + tonumber(result.err:match "sys ([%d.]+)")
    assert.is_true(cpu < 1, result.err)
  end)

  it("has 100 MB, in memory that does not grow with it", function()
    local result = program.shell(program.line { "-q", "--memory-limit=200M", "-e",
      "n, events = 0, 0\nfunction on.finish(t) shared.n = (shared.n or 0) + 1 " ..
      "shared.events = (shared.events or 0) + t.events end " ..
      "function on.done() print(shared.n, shared.events) end", base .. "/large" })
    assert.equal(0, result.status, result.err)
    local n = math.ceil(1e8 / lfs.attributes(trace, "size"))
    assert.equal(("%d\t%d\n"):format(n, n * tonumber(whole)), result.out)
  end)

  it("is written, verified and shown like any other", function()
    local written, again = program.tmpname(), program.tmpname()
    assert.equal(0, program.run({ "-o", written, base .. "/trace" }).status)
    assert.equal(0, program.run({ "-o", again, trace }).status)
    assert.equal(program.run({ "cat", again }).out, program.run({ "cat", written }).out)
    assert.truthy(program.run({ "--verify", base .. "/trace" }).out:find "valid go")
    assert.equal(program.run({ "yaml", trace }).out, program.run({ "yaml", base .. "/trace" }).out)
    local starter = program.run({ "-g", base .. "/trace" }).out
    assert.truthy(starter:find("^%-%- A script for " .. base .. "/trace: "))
    assert.equal(program.run({ "-g", trace }).out:gsub("^[^\n]*", ""), (starter:gsub("^[^\n]*", "")))
    assert.truthy(program.run({ base .. "/trace" }).out:find "\ngoroutines ")
  end)

  it("says what a server says in place of one", function()
    says("/busy", 2, "the server says 500 Internal Server Error: Could not enable tracing",
      "try again when it has ended")
    says("/timeout", 2, "exceeds server's WriteTimeout", "fewer seconds")
    says("/nothing", 2, "the server says 404 Not Found\n", "net/http/pprof")
    local result = says("/page", 2, "the server says 403 Forbidden\n", "--netrc")
    assert.falsy(result.err:find("DOCTYPE", 1, true))
  end)

  it("lets nothing of what it says reach a terminal", function()
    assert.falsy(says("/escape", 2, "\\x1b").err:find "[\27\7]")
  end)

  it("says what is no trace", function()
    says("/html", 3, "<!DOCTYPE")
    says("/empty", 3, "empty")
  end)

  it("says that nobody listens", function()
    local result = program.run { "events", "http://127.0.0.1:1/" }
    assert.equal(2, result.status)
    assert.truthy(result.err:find("http://127.0.0.1:1/debug/pprof/trace?seconds=5: ", 1, true), result.err)
    assert.truthy(result.err:find("does the program run, and listen there?", 1, true))
  end)

  it("that is cut off costs what is missing", function()
    for _, path in ipairs { "/cut", "/reset" } do
      local result = count { base .. path }
      assert.equal(3, result.status)
      assert.truthy(result.err:find "the answer was cut off after %d+ bytes: ", result.err)
      assert.truthy(tonumber(result.out) > 0 and tonumber(result.out) < tonumber(whole))
    end
  end)

  it("leads to few others, and by HTTP only", function()
    says("/circle", 2, "redirects")
    assert.falsy(says("/file", 2, "file").out:find "root:")
  end)

  it("has a header that ends", function()
    says("/header", 2, "the header of the answer does not end")
  end)

  it("that is a bomb is over the memory limit, or no trace", function()
    local result = program.run { "--memory-limit=100M", "events", base .. "/bomb" }
    assert.truthy(result.status == 3 or result.status == 6, result.err)
  end)

  it("is asked for as -X, -H and --netrc say", function()
    local result = count { "-X", "POST", "-H", "X-One: 1", "-H", "X-Two: 2", base .. "/trace" }
    assert.equal(whole, result.out)
    local head = program.read(log)
    for _, line in ipairs { "POST /trace HTTP/1.1", "\r\nX-One: 1\r\n", "\r\nX-Two: 2\r\n",
      "\r\nContent-Length: 0\r\n" } do
      assert.truthy(head:find(line, 1, true), head)
    end
    local home = program.folder { [".netrc"] = "machine 127.0.0.1 login me password secret\n" }
    result = program.run { "events", "--netrc", base .. "/trace", env = "HOME=" .. home }
    assert.equal(0, result.status, result.err)
    assert.truthy(program.read(log):find("Authorization: Basic bWU6c2VjcmV0", 1, true))
  end)

  it("is kept by --save, also where it is cut", function()
    local kept = program.tmpname()
    assert.equal(0, program.run({ "events", "--save", kept, base .. "/trace" }).status)
    assert.equal(program.read(trace), program.read(kept))
    assert.equal(3, program.run({ "events", "--save=" .. kept, base .. "/cut" }).status)
    assert.equal(program.read(trace):sub(1, -5000), program.read(kept))
    local result = program.run { "events", "--save=" .. kept .. "/no/where", base .. "/trace" }
    assert.equal(5, result.status)
    assert.truthy(result.err:find("cannot write " .. kept .. "/no/where: Not a directory", 1, true), result.err)
  end)

  it("comes again with --repeat, each time as a trace of its own", function()
    local folder = program.folder {}
    local result = program.run { "-e", "function on.finish(t) print(t.file) end", "--repeat=3", "--save",
      folder .. "/%d.trace", base .. "/trace" }
    assert.equal(0, result.status, result.err)
    assert.equal(("%s/trace#1\n%s/trace#2\n%s/trace#3\n"):format(base, base, base), result.out)
    for i = 1, 3 do
      assert.equal(program.read(trace), program.read(folder .. "/" .. i .. ".trace"))
    end
  end)

  it("is asked for once more where --repeat meets a server that has none", function()
    local result = count { "--repeat=3", base .. "/second" }
    assert.equal(2, result.status)
    assert.truthy(result.err:find("503 Service Unavailable", 1, true))
    assert.equal(whole .. whole, result.out)
  end)

  it("is asked for five times of a server that never has it, after 1, 2, 4 and 8 seconds", function()
    program.write(log, "")
    local result = program.shell("time -p " .. program.line { "events", "--repeat", base .. "/nosuch" })
    assert.equal(2, result.status)
    local _, asked = program.read(log):gsub("GET /nosuch ", "")
    assert.equal(5, asked)
    assert.is_true(tonumber(result.err:match "real%s+([%d.]+)") >= 15)
  end)

  it("follows another in its turn", function()
    assert.equal(whole:rep(3), count({ base .. "/trace", trace, base .. "/packed" }).out)
  end)

  it("ends with Ctrl-C, and finish runs", function()
    local found = program.tmpname()
    local line = program.line { "-e", "local n = 0 function on.any() n = n + 1 end\n" ..
      "function on.finish() print('finished', n > 0) end", base .. "/endless" }
    local result = program.shell(([[
      env --default-signal=INT %s >'%s' & pid=$!
      sleep 1.5
      child=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v pid=$pid '$4 == pid { print $1 }')
      [ -n "$child" ] || echo no fetcher
      kill -INT $pid; wait $pid; echo $?
      sleep 0.3; grep -s State: /proc/$child/status | grep -v Z
      true
    ]]):format(line, found))
    program.write(stop, "")
    assert.equal("130\n", result.out, result.err)
    assert.equal("finished\ttrue\n", program.read(found))
  end)

  it("is not asked for by -n, and once only where more would be needed", function()
    assert.equal(0, program.run({ "-n", "events", base .. "/trace" }).status)
    assert.equal("", program.read(log))
    local result = program.run { "--from=-1ms", "events", base .. "/trace" }
    assert.equal(2, result.status)
    assert.truthy(result.err:find("cannot be read twice", 1, true))
  end)

  it("is what its options are about", function()
    for _, option in ipairs { "--repeat=2", "--save=x", "--netrc", "-XPOST", "-HA: b" } do
      local result = program.run { "events", option, trace }
      assert.equal(2, result.status)
      assert.truthy(result.err:find("no URL is given", 1, true), result.err)
    end
    local refused = {
      ["--repeat=0"] = "is no number of times", ["--save=x"] = "--save wants a name with %d",
      ["-ox.trace"] = "-o with --repeat wants a name with %d",
    }
    for option, text in pairs(refused) do
      local result = program.run { "events", "--repeat", option, base .. "/trace" }
      assert.equal(2, result.status)
      assert.truthy(result.err:find(text, 1, true), result.err)
    end
    local result = program.run { "events", "--save=x", base .. "/trace", base .. "/packed" }
    assert.equal(2, result.status)
    assert.truthy(result.err:find("--save wants a name with %d", 1, true), result.err)
    assert.falsy(lfs.attributes "x" or lfs.attributes "x.trace")
  end)
end)
