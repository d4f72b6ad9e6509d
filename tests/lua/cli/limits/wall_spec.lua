-- The second wall: what the kernel refuses to a process that has escaped from
-- Lua (tests/support/inside/behind_wall.lua), and that a run is not in its way.
local program = require "tests.support.program"

local init = program.root .. "tests/support/inside/behind_wall.lua"
local http = program.recording "http"
local COUNT = "local n = 0 function on.any() n = n + 1 end function on.finish() print(n) end"

-- A run with attempts: { out =, err =, status =, tried = { name = "done" or errno } }.
local function attempt(words)
  words.env = ("GOTRACE_LUA_INIT=%s %s"):format(init, words.env or "")
  local run = program.run(words)
  run.tried = {}
  for name, result in run.out:gmatch "try ([^\n]*) (%w+)\n" do
    run.tried[name] = tonumber(result) or result
  end
  return run
end

-- Two folders for attempts, and words to run with.
local function folders()
  local files = { there = "there", ["empty/x"] = "" }
  local inside, outside = program.folder(files), program.folder(files)
  os.remove(inside .. "/empty/x")
  os.remove(outside .. "/empty/x")
  return inside, outside, ("GOTRACE_INSIDE=%s GOTRACE_OUTSIDE=%s"):format(inside, outside)
end

local function explained(words)
  table.insert(words, 1, "--explain")
  return program.run(words).err
end

local EPERM, EACCES, ENOSYS = 1, 13, 38

-- What is refused, whatever is written.
local never = {
  ["socket"] = EPERM, ["socketpair"] = EPERM, ["ptrace"] = EPERM, ["kill parent"] = EPERM, ["kill group"] = EPERM,
  ["kill all"] = EPERM, ["prctl"] = EPERM, ["fcntl owner"] = EPERM, ["type into terminal"] = EPERM, ["mount"] = EPERM,
  ["chroot"] = EPERM, ["unshare"] = EPERM, ["setuid"] = EPERM, ["bpf"] = EPERM, ["perf_event_open"] = EPERM,
  ["userfaultfd"] = EPERM, ["keyctl"] = EPERM, ["process_vm_writev"] = EPERM, ["memfd_create"] = EPERM,
  ["clone3"] = ENOSYS, ["io_uring_setup"] = EPERM, ["pidfd_open"] = EPERM, ["openat2"] = EPERM,
  ["of_tomorrow"] = ENOSYS, ["x32"] = jit.arch == "x64" and EPERM or nil, ["fork"] = EPERM, ["exec"] = EPERM,
  ["kill self"] = "done", ["fcntl flags"] = "done",
}

local changes = {
  "write", "read and write", "truncating open", "make", "make for reading", "creat", "unnamed", "rename",
  "rename out", "link", "link out", "symlink", "truncate", "chmod", "chown", "utimes", "setxattr", "mkdir", "mkfifo",
  "rmdir", "unlink",
}

-- What sink.c does.
local needed = {
  "read", "write", "read and write", "make", "make for reading", "unnamed", "name it",
  "rename", "rename back", "link", "unlink",
}

local function is_refusal(result)
  return result == EPERM or result == EACCES or result == 18 -- EXDEV: of ABI 1
end

local function assert_refused(tried, where, names)
  for _, name in ipairs(names) do
    name = where .. " " .. name
    assert(is_refusal(tried[name]), name .. ": " .. tostring(tried[name]))
  end
end

local function assert_never(tried)
  for name, expected in pairs(never) do
    assert.equal(expected, tried[name], name)
  end
end

local function is_up(what)
  return not explained({ "-n", "-e", "" }):find(what .. ": off")
end

describe("the wall", function()
  teardown(program.clean)

  if not is_up "seccomp" then
    it("is not in the way of a build that checks itself", function()
      local text = explained { "-n", "-e", "" }
      assert.matches("landlock: off: this build", text)
      assert.matches("seccomp: off: this build", text)
    end)
    return
  end

  it("lets nothing be written where nothing is to be", function()
    local inside, outside, env = folders()
    for _, output in ipairs { "", "-" } do
      local words = { env = env, "-e", COUNT, http }
      if output ~= "" then
        words = { env = env, "-o", output, "-e", COUNT, http }
      end
      local run = attempt(words)
      assert.equal(0, run.status, run.err)
      assert.matches("12896\n", run.out .. run.err)
      assert_never(run.tried)
      assert_refused(run.tried, "inside", changes)
      assert_refused(run.tried, "outside", changes)
      assert.equal("done", run.tried["outside read"])
    end
    assert.equal("there", program.read(inside .. "/there"))
    assert.equal("there", program.read(outside .. "/there"))
  end)

  local function assert_confined(run, output)
    assert.equal(0, run.status, run.err)
    assert_never(run.tried)
    for _, name in ipairs(needed) do
      assert.equal("done", run.tried["inside " .. name], name)
    end
    assert_refused(run.tried, "outside", changes)
    assert_refused(run.tried, "inside", { "truncating open", "rename out", "link out", "symlink", "truncate", "chmod",
      "chown", "utimes", "setxattr", "mkdir", "mkfifo", "rmdir" })
    assert.equal(0, program.run({ "--verify", output }).status)
  end

  it("lets the output's folder be written", function()
    local inside, outside, env = folders()
    local run = attempt { env = env, "-o", inside .. "/new.trace", "-e", COUNT, http }
    assert_confined(run, inside .. "/new.trace")
    assert.equal("there", program.read(outside .. "/there"))
  end)

  it("lets the folder of a link's target be written", function()
    for _, target in ipairs { "there", "nothing" } do
      local inside, _, env = folders()
      local links = program.folder {}
      os.execute(("ln -s %s/%s %s/second; ln -s second %s/first"):format(inside, target, links, links))
      local run = attempt { env = env, "-o", links .. "/first", "-e", COUNT, http }
      assert.equal("done", run.tried["inside make"])
      assert_refused(run.tried, "outside", changes)
    end
  end)

  it("lets the folders of parts be written", function()
    local inside, _, env = folders()
    local run = attempt { env = env, "-q", "-o", inside .. "/part-%d.trace", "split", "--every=generation",
      program.recording "generations" }
    assert_confined(run, inside .. "/part-2.trace")
  end)

  it("lets a device or a pipe be written, and nothing else", function()
    local inside, _, env = folders()
    os.execute("mkfifo " .. inside .. "/pipe")
    local run = attempt { env = env, "-o", "/dev/null", "-e", COUNT, http }
    assert.equal(0, run.status, run.err)
    assert_refused(run.tried, "inside", changes)
    assert_refused(run.tried, "outside", changes)
    local copy = program.tmpname()
    os.execute(("cat %s/pipe >%s &"):format(inside, copy))
    run = attempt { env = env, "-o", inside .. "/pipe", "-e", COUNT, http }
    assert.equal(0, run.status, run.err)
    assert_refused(run.tried, "inside", { "write", "make", "rename", "unlink" })
    os.execute "sleep 0.1"
    assert.equal(0, program.run({ "--verify", copy }).status)
  end)

  it("stands before a script is listed or describes itself", function()
    local _, _, env = folders()
    for _, words in ipairs { { "-l" }, { "--help", "events" }, { "-n", "events" }, { "--verify", http } } do
      words.env = env
      local run = attempt(words)
      assert.equal(0, run.status, run.err)
      assert_never(run.tried)
    end
  end)

  it("lets a second thread work", function()
    local run = attempt { env = "GOTRACE_THREADS=2", "-e", COUNT, http }
    assert.equal("12896\n", run.out)
    assert.matches("threads: two", explained { "-n", "-e", "", env = "GOTRACE_THREADS=2" })
  end)

  it("does not stand with --unsafe", function()
    local run = program.run { "--unsafe", "--explain", "-e", "print(io.popen('echo out'):read())", http }
    assert.equal("out\n", run.out)
    assert.matches("landlock: off: %-%-unsafe\n", run.err)
    assert.matches("seccomp: off: %-%-unsafe\n", run.err)
  end)
end)

describe("half a wall", function()
  teardown(program.clean)
  if not (is_up "seccomp" and is_up "landlock") then
    return
  end

  local function run_without(calls, words)
    local inside, _, env = folders()
    words.env = ("%s GOTRACE_REFUSED='%s' %s"):format(env, calls, words.only_files and "GOTRACE_ONLY_FILES=1" or "")
    for i, word in ipairs(words) do
      words[i] = word:gsub("^INSIDE", inside)
    end
    local run = attempt(words)
    assert.equal(0, run.status, run.err)
    return run
  end

  it("stands where a container forbids Landlock", function()
    local run = run_without("444 445 446", { "--explain", "-e", COUNT, http })
    assert.matches("landlock: off: the kernel refuses: Operation not permitted\n", run.err)
    assert_never(run.tried)
    assert_refused(run.tried, "outside", changes)
    run = run_without("444 445 446", { "-o", "INSIDE/new.trace", "-e", COUNT, http })
    assert_never(run.tried)
    assert_refused(run.tried, "outside", { "symlink", "truncate", "chmod", "chown", "utimes", "setxattr", "mkdir" })
  end)

  it("stands where a container forbids seccomp", function()
    local run = run_without("prctl seccomp",
      { only_files = true, "--explain", "-o", "INSIDE/new.trace", "-e", COUNT, http })
    assert.matches("seccomp: off: the kernel refuses: Operation not permitted\n", run.err)
    assert.matches("landlock: ABI", run.err)
    assert_refused(run.tried, "outside", { "write", "read and write", "make", "creat", "unnamed",
      "rename", "rename out", "link", "symlink", "mkdir", "mkfifo", "rmdir", "unlink" })
    assert.equal("done", run.tried["inside make"])
    assert.equal(tonumber(run.err:match "ABI (%d+)") >= 6 and EPERM or "done", run.tried["kill parent"])
  end)

  it("is not missed where neither can be had", function()
    local run = run_without("prctl seccomp 444 445 446",
      { only_files = true, "--explain", "-o", "INSIDE/new.trace", "-e", COUNT, http })
    assert.matches("12896\n", run.out)
    assert.matches("landlock: off: the kernel refuses", run.err)
    assert.matches("seccomp: off: the kernel refuses", run.err)
  end)
end)
