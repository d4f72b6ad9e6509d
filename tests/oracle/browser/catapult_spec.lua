-- What `chrome` writes, in the trace viewer that Go ships, on the page of `go tool trace`: it
-- reads of it what it reads of Go's own, with no warning that it does not also give there.
local browser = require "oracle.browser.browser"
local program = require "support.program"
local programs = require "oracle.programs"

local _, missing = programs.tests(it, pending)
local goroot = programs.goroot "1.27"
local check = browser.tests(it, pending, { why = missing or not goroot and "no toolchain of Go 1.27" or nil })
local scratch = programs.scratch()

teardown(function()
  programs.remove(scratch)
end)

-- Go leaves out a name that is empty, and its viewer does not show a file with an event that
-- has none: the page of go1.27-annotations.trace, whose first task has no name, stays empty.
local compared = { "1.27-http", "1.27-gc", "1.27-faults", "1.22-http" }
local alone = { "1.27-annotations" }

describe("Go's own viewer", function()
  local answers

  local function add(words, name, is_compared)
    local json, trace = ("%s/%s.json"):format(scratch, name), ("%stestdata/real/go%s.trace"):format(program.root, name)
    local status, text = programs.run({ "-o", json, "chrome", trace }, true)
    assert(status == 0 and programs.unexpected(text) == "", text)
    words[#words + 1], words[#words + 2] = is_compared and trace or "-", json
  end

  local function answer(name)
    if not answers then
      local words = {}
      answers = {}
      for _, one in ipairs(compared) do
        add(words, one, true)
      end
      for _, one in ipairs(alone) do
        add(words, one, false)
      end
      for _, one in ipairs(browser.run("catapult.mjs", browser.shots, goroot, programs.trace_tool, unpack(words))) do
        answers[one.name] = one
      end
    end
    return assert(answers[name])
  end

  -- Arrows from what is no goroutine (the network, timers) begin at no slice, in Go's file as in
  -- ours; there is no warning of any other kind.
  local function check_model(model)
    assert.same({}, model.asked)
    assert.is_true(model.slices > 20 and model.stacks > 10 and model.frames > 10)
    for _, warning in ipairs(model.warnings) do
      assert.matches("^flow_slice_", warning)
    end
  end

  for _, name in ipairs(compared) do
    check("reads of chrome what it reads of go tool trace: " .. name, function()
      local a = answer(name)
      assert.same(a.theirs, a.own)
      check_model(a.own)
    end)
  end

  for _, name in ipairs(alone) do
    check("shows " .. name, function()
      local own = answer(name).own
      check_model(own)
      assert.same({ "PROCS", "STATS" }, own.processes)
    end)
  end
end)
