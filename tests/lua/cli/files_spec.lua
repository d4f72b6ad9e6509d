-- What becomes of the file that -o names, and of the folder that it is in,
-- whatever stands there and however the run ends.
local faults = require "support.faults.faults"
local lfs = require "lfs"
local program = require "support.program"

-- From any folder.
local function absolute(path)
  return path:find "^/" and path or lfs.currentdir() .. "/" .. path
end

local G, T = program.quote(absolute(program.path)), absolute(program.recording "http")
local NAMED = "tmpfile=95" -- the file system knows no files without a name
local GO_ON = "function on.GoStart() while true do end end"

teardown(function()
  program.clean()
  faults.clean()
end)

local function names(dir)
  local out = {}
  for name in lfs.dir(dir) do
    if name ~= "." and name ~= ".." then
      out[#out + 1] = name
    end
  end
  table.sort(out)
  return out
end

-- Runs a line of shell in a new folder, where $G is the program and $T a trace.
local function shell(line, ...)
  local dir = program.folder {}
  local r = program.shell(("G=%s T='%s'; cd %s; %s"):format(G, T, dir, line:format(...)))
  r.dir = dir
  return r
end

local function is_valid(path)
  return program.run({ "--verify", path }).status == 0
end

describe("a run that ends early leaves nothing", function()
  -- Ends a run that goes on for ever once its temporary file, if it has a name, is
  -- there.
  local function ended(fault, signals)
    return shell([[
      %s env --default-signal $G -o out -e '%s' $T 2>/dev/null & pid=$!
      i=0; while [ $i -lt 100 ] && ! { ls -A | grep -q tmp; }; do [ -n '%s' ] || [ $i -lt 30 ] || break
        sleep 0.02; i=$((i + 1)); done
      ls -A; for s in %s; do kill -$s $pid; sleep 0.2; done; wait $pid]],
      fault and faults.env(fault) or "", GO_ON, fault or "", signals)
  end

  for signal, status in pairs { TERM = 143, HUP = 129, INT = 130 } do
    it("on " .. signal .. ", within seconds", function()
      local r = ended(NAMED, signal)
      assert.matches("^%.gotrace%-lua%-%x+%.tmp\n$", r.out)
      assert.equal(status, r.status)
      assert.same({}, names(r.dir))
    end)
  end

  it("on a second INT, at once", function()
    local began = os.time()
    local r = ended(NAMED, "INT INT")
    assert.equal(130, r.status)
    assert.same({}, names(r.dir))
    assert.is_true(os.time() - began <= 2)
  end)

  for _, signal in ipairs { "SEGV", "BUS", "ABRT", "QUIT", "USR1", "ALRM", "XCPU" } do
    it("on " .. signal, function()
      local r = ended(NAMED, signal)
      assert.not_equal("", r.out)
      assert.is_true(r.status > 0)
      assert.same({}, names(r.dir))
    end)
  end

  it("where the file has no name, on KILL", function()
    local r = ended(nil, "KILL")
    assert.equal("", r.out)
    assert.same({}, names(r.dir))
  end)

  it("when it crashes as the file gets its name", function()
    for _, fault in ipairs { "raise=11", NAMED .. " raise=11" } do
      local r = shell("%s $G -o out $T 2>/dev/null", faults.env(fault))
      assert.is_true(r.status > 0)
      assert.same({}, names(r.dir))
    end
  end)

  it("at the limit of a file's size, with a sentence", function()
    for _, fault in ipairs { "x=0", NAMED } do
      local r = shell("ulimit -f 8; %s $G -o out $T", faults.env(fault))
      assert.equal("gotrace-lua: cannot write out: File too large\n", r.err)
      assert.equal(5, r.status)
      assert.same({}, names(r.dir))
    end
  end)

  it("when the system cannot write, sync or rename, with a sentence", function()
    for call, text in pairs {
      ["write=28"] = "cannot write out: No space left on device",
      ["write=122"] = "cannot write out: Disk quota exceeded",
      ["write=5"] = "cannot write out: Input/output error",
      ["fsync=5"] = "cannot write out: Input/output error",
      ["fsync=122"] = "cannot write out: Disk quota exceeded",
      ["rename=28"] = "cannot put out in its place: No space left on device",
    } do
      for _, fault in ipairs { call, NAMED .. " " .. call } do
        local r = shell("%s $G -o out $T", faults.env(fault))
        assert.equal(("gotrace-lua: %s\n"):format(text), r.err)
        assert.equal(5, r.status)
        assert.same({}, names(r.dir))
      end
    end
  end)

  it("also build", function()
    local r = shell("$G yaml $T >y && ulimit -f 8 && $G build y -o out")
    assert.equal(5, r.status)
    assert.same({ "y" }, names(r.dir))
  end)
end)

describe("what a killed process has left", function()
  local HALF = ".gotrace-lua-0123456789abcdef.tmp"

  it("is removed by the next run into that folder", function()
    local r = shell("echo x >%s; $G -o out $T", HALF)
    assert.equal(0, r.status, r.err)
    assert.same({ "out" }, names(r.dir))
  end)

  it("stays while its process lives", function()
    local r = shell([[
      %s $G -o a -e '%s' $T 2>/dev/null & pid=$!
      i=0; while [ $i -lt 100 ] && ! { ls -A | grep -q tmp; }; do sleep 0.02; i=$((i + 1)); done
      $G -o b $T; ls -A | grep -c tmp; kill -KILL $pid; wait $pid 2>/dev/null
      ls -A | grep -c tmp; $G -o b $T]], faults.env(NAMED), GO_ON)
    assert.equal("1\n1\n", r.out)
    assert.same({ "b" }, names(r.dir))
  end)

  it("is no file of another name, and no link or folder", function()
    local r = shell("echo x >.gotrace-lua-1.tmp; echo x >x; ln -s x %s; mkdir .gotrace-lua-%s.tmp; $G -o out $T",
      HALF, ("a"):rep(16))
    assert.equal(0, r.status, r.err)
    assert.equal(5, #names(r.dir))
  end)
end)

describe("-o names", function()
  local function mode(path)
    return lfs.attributes(path, "permissions")
  end

  it("a link that leads to nothing: what it leads to is made", function()
    local r = shell("mkdir d; ln -s d/new out; ln -s out second; $G -o second $T")
    assert.equal(0, r.status, r.err)
    assert.same({ "new" }, names(r.dir .. "/d"))
    assert.equal("link", lfs.symlinkattributes(r.dir .. "/out", "mode"))
    assert.equal("link", lfs.symlinkattributes(r.dir .. "/second", "mode"))
    assert.is_true(is_valid(r.dir .. "/second"))
  end)

  it("a link to a file: the file is replaced, and it stays a link", function()
    local r = shell("mkdir d; echo old >d/f; ln -s d/f out; $G -o out $T")
    assert.equal(0, r.status, r.err)
    assert.equal("link", lfs.symlinkattributes(r.dir .. "/out", "mode"))
    assert.is_true(is_valid(r.dir .. "/d/f"))
  end)

  it("links in a circle: an error", function()
    local r = shell("ln -s b a; ln -s a b; $G -o a $T")
    assert.equal(5, r.status)
    assert.equal("gotrace-lua: cannot write a: Too many levels of symbolic links\n", r.err)
    assert.same({ "a", "b" }, names(r.dir))
  end)

  it("a file: its permissions and owner are kept", function()
    for _, fault in ipairs { "x=0", NAMED } do
      local r = shell("echo old >out; chmod 604 out; chown 1234:2345 out 2>/dev/null; stat -c '%%u:%%g' out;" ..
        "%s $G -o out $T; stat -c '%%u:%%g' out", faults.env(fault))
      local before, after = r.out:match "^(%S+)\n(%S+)\n$"
      assert.equal("rw----r--", mode(r.dir .. "/out"))
      assert.equal(before, after)
    end
  end)

  it("a new file: the umask says its permissions", function()
    local r = shell("umask 027; $G -o out $T")
    assert.equal("rw-r-----", mode(r.dir .. "/out"))
  end)

  it("the longest name there can be", function()
    local name = ("n"):rep(255)
    local r = shell("%s $G -o %s $T", faults.env(NAMED), name)
    assert.equal(0, r.status, r.err)
    assert.same({ name }, names(r.dir))
  end)

  it("a folder: an error", function()
    for _, name in ipairs { "d", "d/", ".", "none/" } do
      local r = shell("mkdir d; $G -o %s $T", name)
      assert.equal(5, r.status)
      assert.matches("^gotrace%-lua: cannot write .*: Is a directory\n$", r.err)
      assert.same({ "d" }, names(r.dir))
    end
  end)

  it("a file below a file, or in a folder that is not there: an error", function()
    local r = shell("echo x >f; $G -o f/x $T; $G -o none/x $T")
    assert.matches("cannot write f/x: Not a directory\n", r.err)
    assert.matches("cannot create a file beside none/x: No such file or directory\n$", r.err)
  end)

  it("a FIFO: its reader gets the trace", function()
    local r = shell("mkfifo f; cat f >got & $G -o f $T; wait")
    assert.equal(0, r.status, r.err)
    assert.is_true(is_valid(r.dir .. "/got"))
    assert.same({ "f", "got" }, names(r.dir))
  end)

  it("standard output: as -o -", function()
    for _, name in ipairs { "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1" } do
      local r = shell("echo before >got; $G -o %s -e 'print \"printed\"' $T >>got; tail -c +8 got >rest", name)
      assert.equal("printed\n", r.err)
      assert.is_true(is_valid(r.dir .. "/rest"))
    end
  end)

  it("an open descriptor: it is written where it stands", function()
    local r = shell("{ echo before >&3; $G -o /dev/fd/3 $T; } 3>got; tail -c +8 got >rest")
    assert.equal(0, r.status, r.err)
    assert.is_true(is_valid(r.dir .. "/rest"))
  end)
end)

describe("who reads slowly where nobody waits", function()
  local WRAP = "luajit " .. absolute(program.root .. "tests/support/faults/nonblocking.lua")

  local function slow(what)
    local r = shell("mkfifo f; { sleep 0.3; cat; } <f >out & %s $G %s >f; s=$?; wait; $G %s >want; (exit $s)",
      WRAP, what, what)
    assert.equal("", r.err)
    assert.equal(0, r.status)
    assert.is_true(#program.read(r.dir .. "/want") > 2 ^ 16) -- more than the pipe holds
    assert.is_true(program.read(r.dir .. "/want") == program.read(r.dir .. "/out"))
  end

  it("gets all that is printed", function()
    slow "cat $T"
  end)

  it("gets the trace", function()
    slow "-o - $T"
  end)
end)

describe("A trace that is named alone", function()
  local function counts(line)
    local r = shell(line)
    assert.truthy(r.status == 0 or r.status == 3)
    return r.out
  end

  it("is one though it is packed, or has text before it", function()
    local plain = counts "cp $T t; $G t | grep -E '^(procs|goroutines|scheduler)'"
    assert.truthy(plain:find "procs.*goroutines.*scheduler")
    for _, make in ipairs { "gzip -c $T", "zstd -q -c $T", "(echo 2024/01/02 starting; cat $T)" } do
      assert.equal(plain, counts(make .. " > t; $G t | grep -E '^(procs|goroutines|scheduler)'"))
    end
  end)

  it("is found in a folder though it is packed", function()
    assert.equal(counts "$G events $T", counts "mkdir d; zstd -q -c $T > d/t; $G events d")
  end)

  it("is none that only looks like one that is packed", function()
    local r = shell "printf '\\265\\057\\375rest' > t; $G t"
    assert.equal(2, r.status)
    assert.matches("there is no script t", r.err, 1, true)
  end)
end)
