-- The recipes of docs/fleet.md for engines that run elsewhere than in a shell: what they say is
-- what one run says. (Those in a shell are examples: tests/lua/cli/examples_spec.lua.)
local program = require "support.program"

teardown(program.clean)

local page = program.read(program.root .. "docs/fleet.md")

-- The commands of a block that begins with "# recipe: NAME".
local function recipe(name)
  return assert(page:match("```sh\n# recipe: " .. name:gsub("%-", "%%-") .. "\n(.-)```"), name)
end

local function has(tool)
  return os.execute("command -v " .. tool .. " >/dev/null 2>&1") == 0
end

-- A folder with traces in it, and the program under its name in PATH.
local function workplace()
  local traces = {}
  for i, name in ipairs { "http", "mix", "annotations", "turnover", "faults", "http" } do
    traces[("traces/%d.trace"):format(i)] = program.read(program.recording(name))
  end
  local folder = program.folder(traces)
  -- Not a link: ssh.sh has another home folder, in which the program may lie.
  os.execute(("mkdir '%s/bin' && cp '%s' '%s/bin/gotrace-lua'"):format(folder, program.path, folder))
  return folder
end

local function inside(folder, commands)
  return program.shell(("cd '%s' && PATH=\"$PWD/bin:$PATH\" && export PATH\n%s"):format(folder, commands))
end

-- Slurm as it is installed, or unpacked in SLURM_ROOT (slurm.sh).
local function has_slurm()
  return (has "slurmctld" and has "munged" or os.getenv "SLURM_ROOT" ~= nil) and has "unshare" and
    os.execute "test $(id -u) = 0" == 0
end

describe("Slurm", function()
  it("gives the answer of -j 1, with a damaged trace too", function()
    if not has_slurm() then
      pending "there is no Slurm, or this is not root"
      return
    end
    local folder = workplace()
    program.write(folder .. "/traces/9.trace", program.read(folder .. "/traces/1.trace"):sub(1, 9000))
    local one = inside(folder, "gotrace-lua -q -j 1 blocks traces/*.trace")
    assert.equal(3, one.status)
    program.write(folder .. "/recipe", recipe "slurm")
    local r = program.shell(("'%stests/lua/fleet/slurm.sh' '%s' '%s/recipe'"):format(program.root, folder, folder))
    assert.equal(0, r.status, r.err)
    assert.equal(one.out, program.read(folder .. "/answer"))
  end)
end)

describe("GNU parallel", function()
  it("gives the answer of -j 1 over ssh, and leaves nothing at the hosts", function()
    if not (has "parallel" and has "rsync" and has "ssh" and has "ip" and has "unshare" and
      (has "sshd" or has "/usr/sbin/sshd") and os.execute "test $(id -u) = 0" == 0) then
      pending "there is no GNU parallel, rsync or ssh server, or this is not root"
      return
    end
    local folder = workplace()
    local one = inside(folder, "gotrace-lua -j 1 -a 'sum(dur), quantile(dur) by reason' traces/*.trace")
    assert.equal(0, one.status)
    program.write(folder .. "/recipe", recipe "parallel-ssh" .. "ssh host2 ls\n")
    assert.same(one, program.shell(("timeout 120 '%stests/lua/fleet/ssh.sh' '%s' '%s/recipe'")
      :format(program.root, folder, folder)))
  end)

  for _, name in ipairs { "parallel", "parallel-several" } do
    it("gives the answer of -j 1: " .. name, function()
      if not has "parallel" then
        pending "there is no GNU parallel"
        return
      end
      local folder = workplace()
      local one = inside(folder, "gotrace-lua -j 1 -a 'sum(dur), quantile(dur) by reason' traces/*.trace")
      assert.equal(0, one.status)
      assert.same(one, inside(folder, recipe(name)))
    end)
  end
end)
