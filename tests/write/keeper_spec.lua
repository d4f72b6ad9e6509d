-- The keeper, rule by rule: what a script does to a small trace, and what is
-- written. tests/support/rewriting.lua says how the plays are to be read.
local engine = require "support.engine"
local rewriting = require "support.rewriting"
local play = rewriting.play

-- Before each of them: goroutine 5 runs, 6 waits, 7 is ready; thread 2 is idle.
local OPENING = [[
  1 ProcStatus 0 Running
  1 GoStatus 5 1 Running
  1 GoStatus 6 - Waiting
  1 GoStatus 7 - Runnable
  2 ProcStatus 1 Idle
]]

-- name, play, counts or nothing, name, play ...
local function plays(list)
  local i = 1
  while i <= #list do
    local name, text = list[i], list[i + 1]
    local counts = type(list[i + 2]) == "table" and list[i + 2] or nil
    it(name, function()
      play(OPENING .. text, counts)
    end)
    i = i + (counts and 3 or 2)
  end
end

describe("the keeper", function()
  teardown(engine.clean)

  describe("writes", function()
    plays {
      "what is left alone as it was", [[
        1 GoUnblock 6
        1 GoStop 'preempted'
        1 GoStart 6
        1 GoCreate 8
        1 GoSyscallBegin
        2 ProcStart 1
        2 GoStart 8
        2 ProcSteal 0 1
        1 GoSyscallEndBlocked
      ]],
      { events = 14, touched = 0, dropped = 0, absorbed = 0, bridged = 0, withheld = 0, generations = 1 },

      "on without what changes nothing", [[
        drop 1 UserLog 0 'k' 'v'
        drop 1 HeapAlloc 8
        1 HeapAlloc 9
      ]],
      { events = 6, touched = 1, dropped = 2, absorbed = 0, bridged = 0, withheld = 0 },
    }
  end)

  describe("absorbs", function()
    plays {
      "an unblock of what W has ready", [[
        1 GoUnblock 6
        1 GoStop 'preempted'
        drop 1 GoStart 6
        drop 1 GoBlock 'chan'
        lost 1 GoUnblock 6
        1 GoStart 6
      ]],
      { absorbed = 1, bridged = 0 },

      "an end of a syscall that did not begin", [[
        drop 1 GoSyscallBegin
        lost 1 GoSyscallEnd
        1 HeapAlloc 1
      ]],
      { absorbed = 1, bridged = 0 },

      "a creation of what exists", [[
        1 GoCreate 8
        fail 1 GoCreate 8
      ]],
      { added = 0, absorbed = 1 },

      "a start of what runs", [[
        drop 1 GoStop 'preempted'
        lost 1 GoStart 5
        1 HeapAlloc 1
      ]],
      { absorbed = 1, bridged = 0 },

      "the stop of a proc that did not start", [[
        drop 2 ProcStart 1
        lost 2 ProcStop
        2 ProcStart 1
      ]],
      { absorbed = 1, bridged = 0 },
    }
  end)

  describe("bridges", function()
    plays {
      "to a goroutine whose start was dropped", [[
        1 GoStop 'preempted'
        drop 1 GoStart 7
        also 1 GoStart 7
        1 HeapAlloc 1
      ]],
      { bridged = 1, dropped = 1 },

      "to a proc whose start was dropped", [[
        drop 2 ProcStart 1
        also 2 ProcStart 1
        2 GoStart 7
      ]],
      { bridged = 1 },

      "to a goroutine that was not unblocked", [[
        drop 1 GoUnblock 6
        1 GoStop 'preempted'
        also 1 GoUnblock 6
        1 GoStart 6
      ]],
      { bridged = 1 },

      "to a goroutine that was not created", [[
        drop 1 GoCreate 8
        1 GoStop 'preempted'
        also 1 GoCreate 8
        1 GoStart 8
      ]],
      { bridged = 1 },

      "to one of which everything was dropped", [[
        drop 1 GoCreate 8
        drop 1 GoStop 'preempted'
        drop 1 GoStart 8
        also 1 GoStop 'unknown'
        also 1 GoCreate 8
        also 1 GoStart 8
        1 UserLog 0 'k' 'v'
      ]],
      { bridged = 3 },

      "over a dropped block when the thread takes another", [[
        drop 1 GoBlock 'chan'
        also 1 GoBlock 'unknown'
        1 GoStart 7
      ]],
      { bridged = 1 },

      "over a dropped end", [[
        drop 1 GoDestroy
        also 1 GoDestroy
        1 GoStart 7
      ]],
      { bridged = 1 },

      "over a dropped syscall to what comes out of it without its proc", [[
        drop 1 GoSyscallBegin
        also 1 GoSyscallBegin
        2 ProcSteal 0 1
        1 GoSyscallEndBlocked
      ]],
      { bridged = 1 },

      "over a dropped theft", [[
        1 GoSyscallBegin
        drop 2 ProcSteal 0 1
        also 1 ProcStop
        1 GoSyscallEndBlocked
      ]],
      { bridged = 1 },

      "out of a syscall whose thread has got another proc since", [[
        1 GoSyscallBegin
        2 ProcSteal 0 1
        1 ProcStart 0
        drop 1 GoSyscallEndBlocked
        also 1 GoSyscallEndBlocked
        1 GoStart 7
      ]],
      { bridged = 1, withheld = 0 },

      "over a proc that did not stop", [[
        1 GoStop 'preempted'
        drop 1 ProcStop
        also 1 ProcStop
        2 ProcStart 0
      ]],
      { bridged = 1 },

      "over a proc whose goroutine did not leave it, and which did not stop", [[
        drop 1 GoStop 'preempted'
        drop 1 ProcStop
        also 1 GoStop 'unknown'
        also 1 ProcStop
        2 ProcStart 0
        2 GoStart 7
      ]],
      { bridged = 2, withheld = 0 },

      "over a proc whose goroutine waits, and which did not stop", [[
        drop 1 GoBlock 'chan'
        drop 1 ProcStop
        also 1 GoBlock 'unknown'
        also 1 ProcStop
        2 ProcStart 0
      ]],
      { bridged = 2, withheld = 0 },

      "out of a syscall on another thread into one on this", [[
        1 GoSyscallBegin
        2 ProcStart 1
        2 ProcSteal 0 1
        drop 1 GoSyscallEndBlocked
        drop 2 GoStart 5
        drop 2 GoSyscallBegin
        also 1 GoSyscallEndBlocked
        also 2 GoStart 5
        also 2 GoSyscallBegin
        2 GoSyscallEnd
      ]],
      { bridged = 3, moved = 0 },

      "to one that was created, on a thread of which nothing is written yet", [[
        drop 1 GoCreate 8
        drop 3 ProcStart 1
        drop 3 GoStart 8
        also 3 ProcStart 1
        also 3 GoCreate 8
        also 3 GoStart 8
        3 UserLog 0 'k' 'v'
      ]],
      { bridged = 3 },

      "to one that turns up in a later generation", [[
        drop 1 GoStatus 9 - Waiting
        2 ProcStart 1
        gen
        1 ProcStatus 0 Running
        1 GoStatus 5 1 Running
        2 ProcStatus 1 Running
        lost 1 GoStatus 9 - Waiting
        drop 1 GoUnblock 9
        2 ProcStop
        drop 3 ProcStart 1
        drop 3 GoStart 9
        also 3 ProcStart 1
        also 3 GoCreate 9
        also 3 GoStart 9
        3 UserLog 0 'k' 'v'
      ]],
      { bridged = 3 },

      "out of a syscall on a thread that only a status has named", [[
        1 GoStatus 8 3 Syscall
        drop 3 GoSyscallEndBlocked
        1 GoStop 'preempted'
        also 3 GoSyscallEndBlocked
        1 GoStart 8
      ]],
      { bridged = 1 },

      "nothing, where everything that was dropped led nowhere", [[
        drop 1 GoStop 'preempted'
        drop 1 GoStart 7
        drop 1 GoStop 'preempted'
        drop 1 GoStart 5
        1 HeapAlloc 1
      ]],
      { bridged = 0 },
    }
  end)

  describe("switches", function()
    local SWITCHING = [[
      1 GoCreateBlocked 8
    ]]
    local list = {
      "as they are", [[
        1 GoSwitch 8
        1 HeapAlloc 1
      ]],
      "from one that is not there", [[
        1 GoStop 'preempted'
        drop 1 GoStart 7
        also 1 GoStart 7
        1 GoSwitch 8
      ]],
      "to one that was dropped before", [[
        1 GoSwitch 8
        drop 1 GoSwitch 5
        also 1 GoBlock 'unknown'
        also 1 GoUnblock 5
        also 1 GoStart 5
        1 HeapAlloc 1
      ]],
      "to one that ended by it", [[
        drop 1 GoSwitch 8
        also 1 GoBlock 'unknown'
        also 1 GoUnblock 8
        also 1 GoStart 8
        1 GoSwitchDestroy 5
        1 HeapAlloc 1
      ]],
      "nowhere, when the other is hidden", [[
        hide 8
        lost 1 GoSwitch 8
        also 1 GoBlock 'unknown'
        1 HeapAlloc 1
      ]],
    }
    for i = 2, #list, 2 do
      list[i] = SWITCHING .. list[i]
    end
    plays(list)

    it("to one that was not created", function()
      play(OPENING .. [[
        drop 1 GoCreateBlocked 8
        also 1 GoCreateBlocked 8
        1 GoSwitch 8
        1 HeapAlloc 1
      ]], { bridged = 1 })
    end)
  end)

  describe("ranges", function()
    plays {
      "lose their ends with their begins", [[
        drop 1 GCSweepBegin
        lost 1 GCSweepEnd 1 2
        drop 1 GCMarkAssistBegin
        lost 1 GCMarkAssistEnd
        drop 1 STWBegin 'GC'
        lost 1 STWEnd
        1 HeapAlloc 1
      ]],
      { withheld = 3 },

      "end before they begin again", [[
        1 GCSweepBegin
        drop 1 GCSweepEnd 1 2
        also 1 GCSweepEnd
        1 GCSweepBegin
        1 GCSweepEnd 3 4
      ]],
      { bridged = 1 },

      "end when they are over", [[
        1 GCMarkAssistBegin
        drop 1 GCMarkAssistEnd
        also 1 GCMarkAssistEnd
        1 HeapAlloc 1
      ]],
      { bridged = 1 },

      "end when they are over, of several as many as are", [[
        1 STWBegin 'a'
        1 STWBegin 'b'
        drop 1 STWEnd
        also 1 STWEnd
        1 HeapAlloc 1
        drop 1 STWEnd
        also 1 STWEnd
        1 HeapAlloc 2
      ]],
      { bridged = 2 },

      "end with their goroutine", [[
        1 GCMarkAssistBegin
        1 STWBegin 'GC'
        1 HeapAlloc 1
        also 1 STWEnd
        also 1 GCMarkAssistEnd
        emit 1 GoDestroy
        also 1 GoCreate 5
        also 1 GoStart 5
        1 HeapAlloc 2
      ]],

      "of the whole program, too", [[
        drop 1 GCBegin
        lost 1 GCEnd
        1 GCBegin
        1 GCEnd
      ]],
      { withheld = 1 },
    }
  end)

  it("writes 16 stops of the world by one goroutine at once, no more", function()
    local stops = {}
    for i = 1, 16 do
      stops[i] = ("1 STWBegin 'stop-%d'\n"):format(i)
    end
    play(OPENING .. table.concat(stops) .. "also 1 STWEnd\n1 STWBegin 'one-more'\n1 STWEnd", { bridged = 1 })
  end)

  describe("regions", function()
    plays {
      "lose their ends with their begins", [[
        1 UserRegionBegin 0 'outer'
        drop 1 UserRegionBegin 0 'inner'
        lost 1 UserRegionEnd 0 'inner'
        1 UserRegionEnd 0 'outer'
      ]],
      { withheld = 1 },

      "lose them with nothing around, too", [[
        drop 1 UserRegionBegin 0 'alone'
        1 HeapAlloc 1
        lost 1 UserRegionEnd 0 'alone'
        1 UserRegionBegin 0 'alone'
        1 UserRegionEnd 0 'alone'
      ]],
      { withheld = 1 },

      "end with those around them", [[
        1 UserRegionBegin 0 'outer'
        1 UserRegionBegin 0 'inner'
        drop 1 UserRegionEnd 0 'inner'
        also 1 UserRegionEnd 0 'inner'
        1 UserRegionEnd 0 'outer'
      ]],
      { bridged = 1 },

      "end under the name that a script has given them", [[
        1 UserRegionBegin 0 'outer'
        edit 1 UserRegionBegin 0 'inner'
        as 1 UserRegionBegin 0 'changed'
        lost 1 UserRegionEnd 0 'inner'
        also 1 UserRegionEnd 0 'changed'
        1 UserRegionEnd 0 'outer'
      ]],
      { edited = 1 },

      "that began before the trace may end", [[
        drop 1 HeapAlloc 1
        1 UserRegionEnd 0 'older'
      ]],

      "that a script has begun end with those around them", [[
        1 UserRegionBegin 0 'outer'
        emit 1 UserRegionBegin 0 'own'
        also 1 UserRegionEnd 0 'own'
        1 UserRegionEnd 0 'outer'
      ]],
      { bridged = 1 },

      "that a script has ended do not end again", [[
        1 UserRegionBegin 0 'outer'
        emit 1 UserRegionEnd 0 'outer'
        lost 1 UserRegionEnd 0 'outer'
        1 UserRegionEnd 0 'older'
      ]],
      { withheld = 1 },
    }
  end)

  describe("tasks", function()
    plays {
      "lose their ends with their begins", [[
        drop 1 UserTaskBegin 3 - 'a'
        lost 1 UserTaskEnd 3
        1 UserTaskBegin 3 - 'b'
        1 UserTaskEnd 3
      ]],
      { withheld = 1 },

      "keep their logs", [[
        drop 1 UserTaskBegin 3 - 'a'
        1 UserLog 3 'k' 'v'
      ]],

      "are not of the background", [[
        1 HeapAlloc 1
        fail 1 UserTaskBegin 0 - 'a'
      ]],
      { withheld = 1 },

      "are not their own ancestors", [[
        1 UserTaskBegin 1 2 'a'
        1 UserTaskBegin 2 3 'b'
        lost 1 UserTaskBegin 3 1 'c'
      ]],
      { withheld = 1 },

      "do not begin twice", [[
        1 UserTaskBegin 3 - 'a'
        fail 1 UserTaskBegin 3 - 'b'
        1 UserTaskEnd 3
      ]],
      { withheld = 1 },
    }
  end)

  describe("statuses", function()
    plays {
      "are restated by who needs them when they are dropped", [[
        gen
        drop 1 ProcStatus 0 Running
        drop 1 GoStatus 5 1 Running
        drop 1 GoStatus 6 - Waiting
        drop 1 GoStatus 7 - Runnable
        drop 2 ProcStatus 1 Idle
        also 1 ProcStatus 0 Running
        also 1 GoStatus 5 1 Running
        also 1 GoStatus 6 - Waiting
        1 GoUnblock 6
        1 HeapAlloc 1
        also 2 ProcStatus 1 Idle
        2 ProcStart 1
        also 2 GoStatus 7 - Runnable
        2 GoStart 7
      ]],
      { generations = 2 },

      "are those of W where it is behind", [[
        drop 1 GoStop 'preempted'
        gen
        1 ProcStatus 0 Running
        lost 1 GoStatus 5 - Runnable
        1 GoStatus 6 - Waiting
        1 GoStatus 7 - Runnable
        also 1 GoStatus 5 1 Running
        also 1 GoStop 'unknown'
        1 GoStart 7
      ]],

      "of the goroutine that stands for none are refused", [[
        drop 1 GoUnblock 6
        lost 1 GoCreate -
      ]],
      { withheld = 1 },

      "that are refused leave nothing behind", [[
        1 HeapAlloc 1
        fail 1 GoStatus 9 - Syscall
        fail 1 GCMarkAssistActive 9
      ]],

      "come once", [[
        1 HeapAlloc 1
        fail 1 GoStatus 5 1 Running
        fail 1 GoStatus 6 - Waiting
        fail 2 ProcStatus 1 Idle
      ]],
      {},
    }
  end)

  describe("a proc that is stolen from a syscall", function()
    -- The thief says that it is abandoned; who reads it knows that it is in a syscall.
    local text = OPENING .. [[
      1 GoSyscallBegin
      2 ProcStart 1
      gen
      2 ProcStatus 1 Running
      2 ProcStatus 0 Abandoned
      2 ProcSteal 0 1
      1 GoStatus 5 1 Syscall
      1 GoSyscallEndBlocked
    ]]

    for name, before in pairs { ["as it is"] = "", ["where something was dropped"] = "drop 1 GoUnblock 6\n" } do
      it("is stated by who steals it, " .. name, function()
        local got = rewriting.perform((text:gsub("1 GoSyscallBegin", before .. "%0", 1)))
        assert.is_nil(got.why)
        local want = table.concat(got.expected, "\n"):gsub("Abandoned", "Syscall")
        assert.equal(want, table.concat((rewriting.lines(got.bytes)), "\n"))
      end)
    end
  end)

  describe("GOMAXPROCS", function()
    plays {
      "is as many as run, though a change was dropped", [[
        1 ProcsChange 2
        drop 1 ProcsChange 3
        3 ProcStatus 2 Running
        3 GoStatus 8 3 Running
        also 3 ProcsChange 3
        3 UserLog 0 'k' 'v'
      ]],
      { bridged = 1 },

      "bars the work of a collector beyond it", [[
        1 ProcsChange 2
        3 ProcStatus 2 Running
        3 GoStatus 8 3 Running
        lost 3 GCMarkAssistBegin
        lost 3 GCMarkAssistEnd
      ]],
      { withheld = 2 },

      "is not made less than the procs on which a collector works", [[
        1 ProcsChange 2
        2 ProcStart 1
        2 GoStart 7
        2 GCMarkAssistBegin
        lost 1 ProcsChange 1
        2 GCMarkAssistEnd
      ]],
      { withheld = 1 },

      "is not made less than that", [[
        2 ProcStart 1
        1 HeapAlloc 1
        fail 1 ProcsChange 1
        2 ProcStop
        1 HeapAlloc 2
        emit 1 ProcsChange 1
      ]],
      { withheld = 1 },
    }
  end)

  describe("a cut", function()
    it("begins with everything that is alive", function()
      play([[
        cut 1 ProcStatus 0 Running
        cut 1 GoStatus 5 1 Running
        cut 1 GoStatus 6 - Waiting
        cut 1 GoStatus 7 - Runnable
        cut 2 ProcStatus 1 Idle
        cut 1 GoUnblock 6
        cut 1 GoCreate 8
        cut 2 ProcStart 1
        cut 2 GoStart 8
        cut 2 GoDestroy
        also 1 ProcStatus 0 Running
        also 1 GoStatus 5 1 Running
        also 1 GoStatus 6 - Runnable
        also 1 GoStatus 7 - Runnable
        also 2 ProcStatus 1 Running
        1 HeapAlloc 1
        2 GoStart 7
      ]], { cut = 10, generations = 1 })
    end)

    it("restates ranges in flight", function()
      play([[
        cut 1 ProcStatus 0 Running
        cut 1 GoStatus 5 1 Running
        cut 1 GCBegin
        cut 1 GCSweepBegin
        cut 1 GCMarkAssistBegin
        also 1 ProcStatus 0 Running
        also 1 GoStatus 5 1 Running
        also 1 GCActive
        also 1 GCSweepActive 0
        also 1 GCMarkAssistActive 5
        1 GCMarkAssistEnd
        1 GCSweepEnd
        1 GCEnd
      ]], { cut = 5, withheld = 0 })
    end)

    it("knows nothing of regions that go on", function()
      play([[
        cut 1 ProcStatus 0 Running
        cut 1 GoStatus 5 1 Running
        cut 1 UserRegionBegin 0 'r'
        cut 1 UserRegionBegin 0 'r'
        also 1 ProcStatus 0 Running
        also 1 GoStatus 5 1 Running
        1 HeapAlloc 1
        1 UserRegionEnd 0 'r'
        1 UserRegionBegin 0 'r'
        1 UserRegionEnd 0 'r'
        1 UserRegionEnd 0 'r'
      ]], { withheld = 0 })
    end)

    it("leaves out regions and stops that go on", function()
      play([[
        cut 1 ProcStatus 0 Running
        cut 1 GoStatus 5 1 Running
        cut 1 UserRegionBegin 0 'r'
        cut 1 STWBegin 'GC'
        also 1 ProcStatus 0 Running
        also 1 GoStatus 5 1 Running
        1 HeapAlloc 1
        lost 1 STWEnd
        1 UserRegionEnd 0 'r'
      ]], { withheld = 1 })
    end)

    it("ends anywhere", function()
      play(OPENING .. [[
        1 HeapAlloc 1
        cut 1 GoStop 'preempted'
        cut 1 GoStart 7
      ]], { cut = 2, events = 6 })
    end)

    it("of everything is a trace without events", function()
      local got = play([[
        cut 1 ProcStatus 0 Running
        cut 1 GoStatus 5 1 Running
      ]], { cut = 2, events = 0, generations = 1 })
      assert.equal(#got.bytes, got.counts.bytes)
    end)
  end)

  describe("hides", function()
    plays {
      "what a goroutine does to itself, not what it does to others", [[
        hide 5
        also 1 GoBlock 'unknown'
        1 HeapAlloc 1
        1 GoUnblock 6
        1 GoCreate 8
        lost 1 UserLog 0 'k' 'v'
        lost 1 GoStop 'preempted'
        1 GoStart 7
      ]],

      "what is done to it", [[
        hide 6
        lost 1 GoUnblock 6
        1 GoStop 'preempted'
        lost 1 GoStart 6
        lost 1 UserLog 0 'k' 'v'
        lost 1 GoBlock 'chan'
        1 GoStart 7
      ]],
    }
  end)

  describe("adds", function()
    plays {
      "an event behind another", [[
        1 HeapAlloc 1
        emit 1 HeapAlloc 2
        1 GoStop 'preempted'
      ]],
      { added = 1, withheld = 0 },
    }

    it("what needs the goroutine before it goes", function()
      local got = rewriting.perform(OPENING .. [[
        1 GoStop 'preempted'
        emit 1:5 UserLog 0 'k' 'v'
        1 GoStart 7
      ]])
      local lines = rewriting.lines(got.bytes)
      assert.same({ "1 UserLog 0 'k' 'v'", "1 GoStop 'preempted'", "1 GoStart 7" }, { unpack(lines, 6) })
      assert.equal(1, got.counts.added)
    end)

    it("nothing of a goroutine that does not run", function()
      play(OPENING .. [[
        1 HeapAlloc 1
        fail 1:6 UserLog 0 'k' 'v'
        1 HeapAlloc 2
      ]], { added = 0, withheld = 1 })
    end)

    it("what changes the state for a while", function()
      play(OPENING .. [[
        1 HeapAlloc 1
        emit 1 GoBlock 'x'
        also 1 GoUnblock 5
        also 1 GoStart 5
        1 HeapAlloc 2
      ]], { added = 1, bridged = 2 })
    end)
  end)

  describe("edits", function()
    plays {
      "arguments", [[
        edit 1 GoStop 'preempted'
        as 1 GoStop 'other'
        1 GoStart 7
      ]],
      { edited = 1, absorbed = 0, bridged = 0 },

      "targets", [[
        edit 1 GoUnblock 6
        as 1 GoUnblock 6
        1 GoStop 'preempted'
        edit 1 GoStart 6
        as 1 GoStart 7
        also 1 GoStop 'unknown'
        also 1 GoStart 6
        1 HeapAlloc 1
      ]],
      { edited = 2, bridged = 2 },

      "what cannot be", [[
        edit 1 UserTaskBegin 3 - 'a'
        vain 1 UserTaskBegin 0 - 'a'
        edit 1 GoLabel 'l'
        vain 1 GoLabel ''
        1 HeapAlloc 1
      ]],
      { edited = 0, withheld = 2 },
    }
  end)
end)
