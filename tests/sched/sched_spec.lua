-- The scheduler model, rule by rule: procs, goroutines and syscalls, in plays (plays.lua);
-- ranges_spec.lua has what begins and ends on them.
local engine = require "support.engine"
local ffi = require "ffi"
local playing = require "sched.plays"
local lib, C = engine.lib, ffi.C
local advance, perform, play, plays = playing.advance, playing.perform, playing.play, playing.plays_by(it)

describe("sched", function()
  describe("ProcStatus", function()
    plays {
      "makes a proc known and binds a running one",
      [[ 1 ProcStatus 0 Running -> 1 - -
         1 ProcStatus 0 Running -> 1 0 - ]],
      "binds one in a syscall",
      [[ 1 ProcStatus 0 Syscall -> 1 - -
         1 ProcStatus 1 Idle    -> 1 0 - ]],
      "does not bind an idle one, or one of no status",
      [[ 1 ProcStatus 0 Idle
         1 ProcStatus 1 Bad
         1 ProcStatus 2 Abandoned
         1 ProcStop -> broken: proc -1 is not known ]],
      "needs no thread, and binds nothing without one",
      [[ - ProcStatus 0 Running -> - - -
         - ProcStatus 0 Running -> - - - ]],
      "must fit what is known",
      [[ 1 ProcStatus 0 Running
         1 ProcStatus 0 Idle -> broken: proc 0 cannot do this now ]],
      "has five statuses",
      [[ 1 ProcStatus 0 5 -> broken: no such status of a proc: 5 ]],
      "has the low byte as its status",
      [[ 1 ProcStatus 0 257 -> 1 - - as Running
         1 ProcStatus 1 Idle -> 1 0 - ]],
      "may name a proc that no generation before knew",
      [[ 1 ProcStatus 0 Running
         gen 2
         1 ProcStatus 7 Idle -> 1 0 -
         2 ProcStart 7 1 ]],
      "restarts the sequence",
      [[ 1 ProcStatus 0 Idle
         1 ProcStart 0 1
         1 ProcStop
         gen 2
         2 ProcStart 0 2 -> not yet
         2 ProcStart 0 1 -> not yet
         1 ProcStatus 0 Idle
         2 ProcStart 0 2 -> not yet
         2 ProcStart 0 1 ]],
      "of an abandoned proc whose syscall is known amounts to Syscall, on the thread that has it",
      [[ 7 ProcStatus 0 Syscall
         7 GoStatus 5 7 Syscall
         1 ProcStatus 1 Running
         1 ProcStatus 0 Abandoned -> 7 0 5 as Syscall
         1 ProcStop -> 1 1 -
         7 GoSyscallEnd -> 7 0 5 ]],
      "finds that thread again when the proc has moved",
      [[ 7 ProcStatus 0 Syscall
         1 ProcStatus 0 Abandoned -> 7 0 -
         1 ProcStatus 0 Abandoned -> 7 0 -
         1 ProcSteal 0 1 7
         8 ProcStart 0 2
         8 GoStatus 5 8 Running
         8 GoSyscallBegin 3
         1 ProcStatus 0 Abandoned -> 8 0 5 as Syscall ]],
      "of an abandoned proc that no thread has is broken",
      [[ 7 ProcStatus 0 Syscall
         7 ProcStop
         - ProcStatus 1 Syscall
         1 ProcStatus 1 Abandoned -> broken: no thread has proc 1, which is about to be stolen ]],
      "of a proc known as abandoned stays that",
      [[ 1 ProcStatus 0 Abandoned -> 1 - - as Abandoned
         gen 2
         1 ProcStatus 0 Abandoned -> 1 - - as Abandoned
         1 ProcStatus 0 Syscall   -> broken: proc 0 cannot do this now ]],
    }
  end)

  describe("ProcStart", function()
    plays {
      "starts an idle proc",
      [[ 1 ProcStatus 0 Idle
         1 ProcStart 0 1 -> 1 - -
         1 ProcStop -> 1 0 - ]],
      "waits for a proc that is not known",
      [[ 1 ProcStart 0 1 -> not yet
         2 ProcStatus 0 Idle
         1 ProcStart 0 1 ]],
      "waits for a proc that is busy",
      [[ 1 ProcStatus 0 Running
         2 ProcStart 0 1 -> not yet
         1 ProcStop
         2 ProcStart 0 1 ]],
      "waits for its turn",
      [[ 1 ProcStatus 0 Idle
         1 ProcStart 0 2 -> not yet
         1 ProcStart 0 0 -> not yet
         1 ProcStart 0 1 ]],
      "waits while the thread has a proc",
      [[ 1 ProcStatus 0 Syscall
         2 ProcStatus 1 Idle
         1 ProcStart 1 1 -> not yet
         2 ProcSteal 0 1 1
         1 ProcStart 1 1 ]],
      "goes with a goroutine that comes out of a syscall",
      [[ 1 ProcStatus 0 Idle
         1 GoStatus 5 1 Syscall
         1 ProcStart 0 1 -> 1 - 5
         1 GoSyscallEndBlocked -> 1 0 5 ]],
      "needs a thread",
      [[ 1 ProcStatus 0 Idle
         - ProcStart 0 1 -> broken: this needs a thread ]],
    }
  end)

  describe("ProcStop", function()
    plays {
      "stops a running proc",
      [[ 1 ProcStatus 0 Running
         1 ProcStop -> 1 0 -
         2 ProcStart 0 1 ]],
      "stops one in a syscall",
      [[ 1 ProcStatus 0 Syscall
         1 ProcStop -> 1 0 - ]],
      "needs a proc",
      [[ 1 ProcStop -> broken: proc -1 is not known ]],
      "needs a proc that runs",
      [[ 1 ProcStatus 0 Running
         2 ProcStatus 0 Running
         1 ProcStop
         2 ProcStop -> broken: proc 0 cannot do this now ]],
    }
  end)

  describe("ProcSteal", function()
    plays {
      "takes a proc from a thread in a syscall",
      [[ 1 ProcStatus 0 Syscall
         2 ProcStatus 1 Running
         2 ProcSteal 0 1 1 -> 2 1 -
         1 ProcStop -> broken: proc -1 is not known ]],
      "takes it from its own thread",
      [[ 1 ProcStatus 0 Syscall
         1 ProcSteal 0 1 1 -> 1 0 -
         1 ProcStop -> broken: proc -1 is not known ]],
      "leaves the proc idle, a step on in its sequence",
      [[ 1 ProcStatus 0 Syscall
         1 ProcSteal 0 1 1
         2 ProcStart 0 1 -> not yet
         2 ProcStart 0 2 ]],
      "waits for a proc that is not known",
      [[ 1 ProcSteal 0 1 2 -> not yet ]],
      "waits for a proc that is in no syscall",
      [[ 1 ProcStatus 0 Running
         2 ProcSteal 0 1 1 -> not yet
         1 GoStatus 5 1 Running
         1 GoSyscallBegin 1
         2 ProcSteal 0 1 1 -> not yet
         2 ProcSteal 0 2 1 ]],
      "needs a thread",
      [[ 1 ProcStatus 0 Syscall
         - ProcSteal 0 1 1 -> broken: this needs a thread ]],
      "cannot take from its own thread what that has not",
      [[ 1 ProcStatus 0 Syscall
         2 ProcStatus 1 Running
         2 ProcSteal 0 1 2 -> broken: steals proc 0 from itself but has 1 ]],
      "cannot take from a thread that is not known",
      [[ 1 ProcStatus 0 Syscall
         2 ProcSteal 0 1 3 -> broken: stolen from thread 3, which is not known ]],
      "cannot take from no thread",
      [[ 1 ProcStatus 0 Syscall
         - ProcStatus 0 Syscall
         2 ProcSteal 0 1 - -> broken: stolen from thread -1, which is not known ]],
      "cannot take from a thread what that has not",
      [[ 1 ProcStatus 0 Syscall
         3 ProcStatus 1 Running
         2 ProcSteal 0 1 3 -> broken: stolen from thread 3, which has 1 ]],
      "does not ask where an abandoned proc was",
      [[ 1 ProcStatus 0 Abandoned
         2 ProcSteal 0 1 99 -> 2 - -
         2 ProcStart 0 2 ]],
    }
  end)

  describe("GoStatus", function()
    plays {
      "makes a goroutine known and binds a running one",
      [[ 1 GoStatus 5 1 Running -> 1 - -
         1 GoStatus 5 1 Running -> 1 - 5 ]],
      "does not bind others",
      [[ 1 GoStatus 5 - Runnable
         1 GoStatus 6 - Waiting
         1 GoStatus 7 - Bad
         1 GoStatus 8 1 Running -> 1 - - ]],
      "needs no thread, and binds nothing without one",
      [[ - GoStatus 5 - Running -> - - -
         - GoStatus 5 - Running -> - - - ]],
      "must fit what is known",
      [[ 1 GoStatus 5 - Runnable
         1 GoStatus 5 - Waiting -> broken: goroutine 5 cannot do this now ]],
      "has five statuses",
      [[ 1 GoStatus 5 1 5 -> broken: no such status of a goroutine: 5 ]],
      "has the low byte as its status",
      [[ 1 GoStatus 5 1 258
         1 GoStatus 5 1 Running -> 1 - 5 ]],
      "is of a known goroutine after the first generation",
      [[ 1 GoStatus 5 - Waiting
         gen 2
         1 GoStatus 5 - Waiting
         1 GoStatus 6 - Waiting -> broken: the generations before do not know ]],
      "takes the first generation by its number, whatever that is",
      [[ gen 9
         1 GoStatus 5 - Waiting
         1 GoStatus 6 - Waiting ]],
      "restarts the sequence",
      [[ 1 GoStatus 5 - Waiting
         1 GoUnblock 5 1
         gen 2
         1 ProcStatus 0 Running
         1 GoStart 5 2 -> not yet
         1 GoStart 5 1 -> not yet
         1 GoStatus 5 - Runnable
         1 GoStart 5 1 ]],
      "may come with a stack",
      [[ 1 GoStatusStack 5 1 Running 3 -> 1 - -
         1 GoStatusStack 5 1 Waiting 3 -> broken: goroutine 5 cannot do this now ]],
    }
  end)

  describe("GoStatus of a goroutine in a syscall", function()
    plays {
      "binds it to its own thread",
      [[ 1 GoStatus 5 1 Syscall -> 1 - -
         1 GoSyscallEndBlocked -> 1 - 5 ]],
      "binds it to another thread, which then is the context",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 7 Syscall -> 7 0 -
         7 GoSyscallEndBlocked -> 7 - 5 ]],
      "is that of the goroutine which another thread has",
      [[ 7 GoStatus 5 7 Syscall
         1 ProcStatus 0 Running
         1 GoStatus 5 7 Syscall -> 7 0 5 ]],
      "cannot be on a thread that has another goroutine",
      [[ 7 GoStatus 6 7 Running
         1 GoStatus 5 7 Syscall -> broken: goroutine 5 is in a syscall on thread 7, which has 6 ]],
      "cannot be on no thread",
      [[ 1 GoStatus 5 - Syscall -> broken: goroutine 5 is in a syscall without a thread
         1 GCMarkAssistActive 5 -> broken: goroutine 5 is not known ]],
      "must be bound already after the first generation",
      [[ 1 GoStatus 5 1 Syscall
         2 GoStatus 6 - Waiting
         gen 2
         1 GoStatus 5 1 Syscall -> 1 - 5
         1 GoStatus 5 2 Syscall -> broken: goroutine 5 is in a syscall on thread 2, which has -1 ]],
      "must be bound to its own thread too",
      [[ 1 GoStatus 5 7 Syscall
         2 GoStatus 6 - Waiting
         gen 2
         2 GoStatus 5 2 Syscall -> broken: goroutine 5 is in a syscall here, but the thread has -1 ]],
      "leaves the thread that says so alone; the context still shows what that has",
      [[ 1 GoStatus 5 1 Running
         1 GoStatus 6 7 Syscall -> 7 - 5
         1 GoStatus 5 1 Running -> 1 - 5 ]],
    }
  end)

  describe("GoCreate", function()
    plays {
      "makes a runnable goroutine",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         1 GoCreate 6 -> 1 0 5
         1 GoBlock
         1 GoStart 6 1 -> 1 0 - ]],
      "needs no goroutine",
      [[ 1 ProcStatus 0 Running
         1 GoCreate 6 -> 1 0 - ]],
      "makes a waiting one as GoCreateBlocked",
      [[ 1 ProcStatus 0 Running
         1 GoCreateBlocked 6 -> 1 0 -
         1 GoStart 6 1 -> not yet
         1 GoUnblock 6 1
         1 GoStart 6 2 ]],
      "goes where the model knows nothing of the creator",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         2 ProcStatus 1 Running
         2 GoStatus 5 2 Running
         2 GoDestroy
         1 GoCreate 6 -> 1 0 5 ]],
      "needs a thread",
      [[ - GoCreate 6 -> broken: this needs a thread ]],
      "needs a proc",
      [[ 1 GoCreate 6 -> broken: this needs a proc ]],
      "needs a creator that runs",
      [[ 1 ProcStatus 0 Syscall
         1 GoStatus 5 1 Syscall
         1 GoCreate 6 -> broken: goroutine 5 cannot do this now ]],
      "cannot make what exists",
      [[ 1 ProcStatus 0 Running
         1 GoCreate 6
         1 GoCreate 6 -> broken: goroutine 6 is created but exists ]],
      "can make again what is gone",
      [[ 1 ProcStatus 0 Running
         1 GoCreate 6
         1 GoStart 6 1
         1 GoDestroy
         1 GoCreate 6
         1 GoStart 6 2 -> not yet
         1 GoStart 6 1 ]],
    }
  end)

  describe("GoCreateSyscall", function()
    plays {
      "makes a goroutine in a syscall, bound to the thread",
      [[ 1 GoCreateSyscall 6 -> 1 - -
         1 GoSyscallEndBlocked -> 1 - 6 ]],
      "keeps a proc",
      [[ 1 ProcStatus 0 Running
         1 GoCreateSyscall 6 -> 1 0 - ]],
      "needs a thread",
      [[ - GoCreateSyscall 6 -> broken: this needs a thread ]],
      "cannot go with a goroutine on the thread",
      [[ 1 GoStatus 5 1 Running
         1 GoCreateSyscall 6 -> broken: goroutine 5 still runs on this thread ]],
      "cannot make what exists",
      [[ 1 GoStatus 6 - Waiting
         1 GoCreateSyscall 6 -> broken: goroutine 6 is created but exists ]],
    }
  end)

  describe("GoStart", function()
    plays {
      "starts a runnable goroutine",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 - Runnable
         1 GoStart 5 1 -> 1 0 -
         1 GoStop -> 1 0 5 ]],
      "waits for a goroutine that is not known",
      [[ 1 ProcStatus 0 Running
         1 GoStart 5 1 -> not yet
         1 GoCreate 5
         1 GoStart 5 1 ]],
      "waits for a goroutine that is not runnable",
      [[ 1 ProcStatus 0 Running
         2 GoStatus 5 - Waiting
         1 GoStart 5 1 -> not yet
         1 GoStart 5 2 -> not yet
         2 GoUnblock 5 1
         1 GoStart 5 2 ]],
      "waits for its turn",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 - Runnable
         1 GoStart 5 2 -> not yet
         1 GoStart 5 1 ]],
      "needs a thread",
      [[ - GoStatus 5 - Runnable
         - GoStart 5 1 -> broken: this needs a thread ]],
      "needs a proc",
      [[ 1 GoStatus 5 - Runnable
         1 GoStart 5 1 -> broken: this needs a proc ]],
      "cannot go with a goroutine on the thread",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         1 GoStatus 6 - Runnable
         1 GoStart 6 1 -> broken: goroutine 5 still runs on this thread ]],
    }
  end)

  for _, stop in ipairs { "GoDestroy", "GoStop", "GoBlock" } do
    describe(stop, function()
      plays {
        "takes the goroutine off the thread",
        ([[ 1 ProcStatus 0 Running
            1 GoStatus 5 1 Running
            1 %s -> 1 0 5
            1 HeapAlloc -> 1 0 - ]]):format(stop),
        "needs a thread",
        ([[ - %s -> broken: this needs a thread ]]):format(stop),
        "needs a proc",
        ([[ 1 GoStatus 5 1 Running
            1 %s -> broken: this needs a proc ]]):format(stop),
        "needs a goroutine",
        ([[ 1 ProcStatus 0 Running
            1 %s -> broken: this needs a goroutine ]]):format(stop),
        "needs a goroutine that runs",
        ([[ 1 ProcStatus 0 Syscall
            1 GoStatus 5 1 Syscall
            1 %s -> broken: goroutine 5 cannot do this now ]]):format(stop),
        "needs a goroutine that is known",
        ([[ 1 ProcStatus 0 Running
            1 GoStatus 5 1 Running
            2 ProcStatus 1 Running
            2 GoStatus 5 2 Running
            2 GoDestroy
            1 %s -> broken: goroutine 5 is not known ]]):format(stop),
      }
    end)
  end

  describe("a goroutine that stopped", function()
    local running = "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Running\n"
    plays {
      "by GoStop is runnable",
      running .. "1 GoStop\n 1 GoStart 5 1",
      "by GoBlock waits",
      running .. "1 GoBlock\n 1 GoStart 5 1 -> not yet\n 1 GoUnblock 5 1",
      "by GoDestroy is gone",
      running .. "1 GoDestroy\n 1 GoStart 5 1 -> not yet\n 1 GoUnblock 5 1 -> not yet\n 1 GoCreate 5",
    }
  end)

  describe("GoUnblock", function()
    plays {
      "needs neither thread nor proc nor goroutine",
      [[ - GoStatus 5 - Waiting
         - GoUnblock 5 1 -> - - - ]],
      "shows who does it",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 4 1 Running
         1 GoStatus 5 - Waiting
         1 GoUnblock 5 1 -> 1 0 4 ]],
      "waits for a goroutine that is not known",
      [[ 1 GoUnblock 5 1 -> not yet ]],
      "waits for a goroutine that does not wait",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         2 GoUnblock 5 1 -> not yet
         1 GoBlock
         2 GoUnblock 5 1 ]],
      "waits for its turn",
      [[ 1 GoStatus 5 - Waiting
         1 GoUnblock 5 0 -> not yet
         1 GoUnblock 5 2 -> not yet
         1 GoUnblock 5 1 ]],
    }
  end)

  for _, switch in ipairs { "GoSwitch", "GoSwitchDestroy" } do
    describe(switch, function()
      plays {
        "puts one goroutine in the place of the other; Go makes three events of it",
        ([[ 1 ProcStatus 0 Running
            1 GoStatus 5 1 Running
            1 GoStatus 6 - Waiting
            1 %s 6 1 -> 1 0 5 before 0 after 2
            1 GoBlock -> 1 0 6
            1 GoUnblock 6 1 -> not yet
            1 GoUnblock 6 2 ]]):format(switch),
        "waits for a goroutine that is not known, not waiting, or not at this turn",
        ([[ 1 ProcStatus 0 Running
            1 GoStatus 5 1 Running
            1 %s 6 1 -> not yet
            1 %s 5 1 -> not yet
            1 GoStatus 6 - Waiting
            1 %s 6 2 -> not yet
            1 %s 6 1 -> 1 0 5 before 0 after 2 ]]):format(switch, switch, switch, switch),
        "needs a thread",
        ([[ - %s 6 1 -> broken: this needs a thread ]]):format(switch),
        "needs a proc",
        ([[ 1 GoStatus 5 1 Running
            1 %s 6 1 -> broken: this needs a proc ]]):format(switch),
        "needs a goroutine",
        ([[ 1 ProcStatus 0 Running
            1 %s 6 1 -> broken: this needs a goroutine ]]):format(switch),
        "needs a goroutine that runs",
        ([[ 1 ProcStatus 0 Syscall
            1 GoStatus 5 1 Syscall
            1 %s 6 1 -> broken: goroutine 5 cannot do this now ]]):format(switch),
        "needs a goroutine that is known",
        ([[ 1 ProcStatus 0 Running
            1 GoStatus 5 1 Running
            2 ProcStatus 1 Running
            2 GoStatus 5 2 Running
            2 GoDestroy
            1 %s 6 1 -> broken: goroutine 5 is not known ]]):format(switch),
      }
    end)
  end

  describe("the goroutine that is switched from", function()
    local switched = [[ 1 ProcStatus 0 Running
                        1 GoStatus 5 1 Running
                        1 GoStatus 6 - Waiting ]]
    plays {
      "waits after GoSwitch",
      switched .. "\n 1 GoSwitch 6 1\n 1 GoUnblock 5 1",
      "is gone after GoSwitchDestroy",
      switched .. "\n 1 GoSwitchDestroy 6 1\n 1 GoUnblock 5 1 -> not yet\n 1 GoCreate 5",
    }
  end)

  describe("GoSyscallBegin", function()
    plays {
      "takes goroutine and proc into a syscall",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         1 GoSyscallBegin 1 -> 1 0 5
         1 GoSyscallBegin 2 -> broken: goroutine 5 cannot do this now ]],
      "must be the next of its proc",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         1 GoSyscallBegin 2 -> broken: the sequence number of proc 0 does not follow ]],
      "must be of a proc that this generation has stated",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         gen 2
         1 GoSyscallBegin 1 -> broken: the sequence number of proc 0 does not follow ]],
      "needs a thread",
      [[ - GoSyscallBegin 1 -> broken: this needs a thread ]],
      "needs a proc",
      [[ 1 GoStatus 5 1 Running
         1 GoSyscallBegin 1 -> broken: this needs a proc ]],
      "needs a goroutine",
      [[ 1 ProcStatus 0 Running
         1 GoSyscallBegin 1 -> broken: this needs a goroutine ]],
    }
  end)

  describe("GoSyscallEnd", function()
    plays {
      "brings goroutine and proc back",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         1 GoSyscallBegin 1
         1 GoSyscallEnd -> 1 0 5
         1 GoSyscallBegin 2 ]],
      "needs a thread",
      [[ - GoSyscallEnd -> broken: this needs a thread ]],
      "needs a proc",
      [[ 1 GoStatus 5 1 Syscall
         1 GoSyscallEnd -> broken: this needs a proc ]],
      "needs a goroutine",
      [[ 1 ProcStatus 0 Syscall
         1 GoSyscallEnd -> broken: this needs a goroutine ]],
      "needs a goroutine in a syscall",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         1 GoSyscallEnd -> broken: goroutine 5 cannot do this now ]],
      "needs a proc in a syscall",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Syscall
         1 GoSyscallEnd -> broken: proc 0 cannot do this now ]],
    }
  end)

  describe("GoSyscallEndBlocked", function()
    local syscall = "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Running\n 1 GoSyscallBegin 1\n"
    plays {
      "waits until the syscall has lost its proc",
      syscall .. [[ 1 GoSyscallEndBlocked -> not yet
                    2 ProcSteal 0 2 1
                    1 GoSyscallEndBlocked -> 1 - 5
                    2 ProcStart 0 3
                    2 GoStart 5 1 ]],
      "goes with the proc stopped",
      syscall .. "1 ProcStop\n 1 GoSyscallEndBlocked -> 1 - 5",
      "goes with a new proc",
      syscall .. [[ 2 ProcSteal 0 2 1
                    1 ProcStart 0 3
                    1 GoSyscallEndBlocked -> 1 0 5
                    1 GoStart 5 1 -> 1 0 - ]],
      "needs a thread",
      [[ - GoSyscallEndBlocked -> broken: this needs a thread ]],
      "needs a goroutine",
      [[ 1 ProcStatus 0 Running
         1 GoSyscallEndBlocked -> broken: this needs a goroutine ]],
      "needs a goroutine in a syscall",
      [[ 1 GoStatus 5 1 Running
         1 GoSyscallEndBlocked -> broken: goroutine 5 cannot do this now ]],
      "waits with a proc in a syscall even for a goroutine that is missing",
      [[ 1 ProcStatus 0 Syscall
         1 GoSyscallEndBlocked -> not yet ]],
    }
  end)

  describe("GoDestroySyscall", function()
    plays {
      "ends the goroutine of a callback",
      [[ 1 GoCreateSyscall 5
         1 GoDestroySyscall -> 1 - 5
         1 GoCreateSyscall 5 -> 1 - - ]],
      "gives up its proc, which Go shows as a ProcSteal before it",
      [[ 1 ProcStatus 0 Syscall
         1 GoStatus 5 1 Syscall
         1 GoDestroySyscall -> 1 0 5 before 1 after 0
         1 GoCreateSyscall 6 -> 1 - -
         1 ProcStatus 0 Abandoned -> 1 - 6 as Abandoned
         2 ProcSteal 0 1 99 ]],
      "needs a thread",
      [[ - GoDestroySyscall -> broken: this needs a thread ]],
      "needs a goroutine",
      [[ 1 ProcStatus 0 Syscall
         1 GoDestroySyscall -> broken: this needs a goroutine ]],
      "needs a goroutine in a syscall",
      [[ 1 GoStatus 5 1 Running
         1 GoDestroySyscall -> broken: goroutine 5 cannot do this now ]],
      "needs a proc in a syscall if it has one",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Syscall
         1 GoDestroySyscall -> broken: proc 0 cannot do this now ]],
    }
  end)

  -- What events that only need a context need.
  local NEEDS = {
    { "goroutine", { "ProcsChange 4", "GoLabel 1", "UserLog 9 1 2", "STWBegin 1", "STWEnd", "GCMarkAssistBegin",
      "GCMarkAssistEnd" } },
    { "proc", { "HeapAlloc 1", "HeapGoal 1", "GCSweepBegin", "GCSweepEnd" } },
    { "thread", { "Span 1", "SpanAlloc 1", "SpanFree 1", "HeapObject 1", "HeapObjectAlloc 1", "HeapObjectFree 1",
      "GoroutineStack 1", "GoroutineStackAlloc 1", "GoroutineStackFree 1" } },
  }
  local LEVELS = { -- what is at hand, what it is enough for
    { "", "-", 0 },
    { "", "1", 1 },
    { "1 ProcStatus 0 Running", "1", 2 },
    { "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Running", "1", 3 },
  }
  local ENOUGH = { thread = 1, proc = 2, goroutine = 3 }
  local MISSING = { [0] = "thread", "proc", "goroutine" }

  for _, need in ipairs(NEEDS) do
    for _, event in ipairs(need[2]) do
      it(("lets %s go with a %s, and not without"):format(event:match "%w+", need[1]), function()
        for _, level in ipairs(LEVELS) do
          local text = ("%s\n %s %s"):format(level[1], level[2], event)
          if level[3] < ENOUGH[need[1]] then
            play(text .. " -> broken: this needs a " .. MISSING[level[3]])
          elseif not event:find "End" then
            play(text)
          end
        end
      end)
    end
  end

  it("says what the context was and what it should be", function()
    local sched, diag = lib.sched_new(), engine.diag()
    perform(sched, "1 ProcStatus 3 Running")
    advance(sched, 1, { "1", "GoLabel", "1" }, diag)
    assert.equal("thread 1, proc 3, goroutine -1", ffi.string(diag.have))
    assert.equal("a goroutine", ffi.string(diag.want))
    assert.equal(C.GOTRACE_DAMAGED, diag.status)
    lib.sched_free(sched)
  end)

  it("says which status was found and which is needed", function()
    local sched, diag = lib.sched_new(), engine.diag()
    perform(sched, "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Syscall")
    advance(sched, 1, { "1", "GoBlock" }, diag)
    assert.same({ "Syscall", "Running" }, { ffi.string(diag.have), ffi.string(diag.want) })
    advance(sched, 1, { "1", "ProcStatus", "0", "Idle" }, diag)
    assert.same({ "Idle", "Running" }, { ffi.string(diag.have), ffi.string(diag.want) })
    lib.sched_free(sched)
  end)

  it("says which sequence number was found and which is needed", function()
    local sched, diag = lib.sched_new(), engine.diag()
    perform(sched, "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Running")
    advance(sched, 1, { "1", "GoSyscallBegin", "3" }, diag)
    assert.equal("3 in generation 1", ffi.string(diag.have))
    assert.equal("1 in generation 1", ffi.string(diag.want))
    lib.sched_free(sched)
  end)

  it("takes a CPU sample for none of a thread's events", function()
    play "1 CPUSample 1 -> broken: a CPU sample among the events of a thread"
  end)

  it("has one sequence wrap as Go's does", function()
    -- 18446744073709551615 + 1 is 0.
    play [[ - GCBegin -
            1 ProcStatus 0 Running
            1 GoStatus 5 1 Running
            1 GCEnd 0 -> 1 0 5 ]]
  end)

  it("keeps many goroutines apart, also after others have gone", function()
    local lines = { "1 ProcStatus 0 Running" }
    for i = 1, 300 do
      lines[#lines + 1] = ("1 GoCreate %d"):format(i * 1000003)
    end
    for i = 1, 300, 2 do
      lines[#lines + 1] = ("1 GoStart %d 1"):format(i * 1000003)
      lines[#lines + 1] = ("1 GoDestroy -> 1 0 %d"):format(i * 1000003)
    end
    for i = 1, 300 do
      lines[#lines + 1] = ("1 GoCreate %d"):format(i * 1000003 + 1)
    end
    for i = 2, 300, 2 do
      lines[#lines + 1] = ("1 GoStart %d 1"):format(i * 1000003)
      lines[#lines + 1] = ("1 GoStop -> 1 0 %d"):format(i * 1000003)
    end
    lines[#lines + 1] = ("1 GoStart %d 1 -> not yet"):format(1000003)
    play(table.concat(lines, "\n"))
  end)

  describe("reset", function()
    plays {
      "forgets goroutines",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         reset
         1 ProcStatus 0 Running
         1 GoCreate 5 -> 1 0 - ]],
      "forgets procs, and what threads have",
      [[ 1 ProcStatus 0 Running
         reset
         1 ProcStart 0 1 -> not yet
         1 ProcStatus 0 Idle -> 1 - -
         1 ProcStart 0 1 ]],
      "forgets threads",
      [[ 7 GoStatus 5 7 Running
         2 GoStatus 8 - Waiting
         reset
         2 GoStatus 6 7 Syscall -> 7 - -
         7 GoSyscallEndBlocked -> 7 - 6 ]],
      "forgets the first generation",
      [[ 1 GoStatus 5 - Waiting
         reset
         gen 2
         1 GoStatus 6 - Waiting
         gen 3
         1 GoStatus 7 - Waiting -> broken: the generations before do not know ]],
      "forgets the mark phase",
      [[ 1 GCBegin 7
         reset
         1 GCActive 3 ]],
      "forgets tasks",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         1 UserTaskBegin 9 0 'a'
         reset
         1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         1 UserTaskBegin 9 0 'a' ]],
      "forgets ranges and regions of a goroutine that comes back",
      [[ 1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         1 UserRegionBegin 9 'a'
         1 STWBegin 1
         1 GCMarkAssistBegin
         1 GCSweepBegin
         reset
         1 ProcStatus 0 Running
         1 GoStatus 5 1 Running
         1 UserRegionEnd 9 'b'
         1 STWBegin 1
         1 GCMarkAssistBegin
         1 GCSweepBegin ]],
    }
  end)

  describe("what is forced", function()
    local running = "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Running\n"
    plays {
      "starts a goroutine that is not known, which then goes on from there",
      [[ 1 ProcStatus 0 Running
         force 1 GoStart 5 7 -> 1 0 -
         1 GoBlock -> 1 0 5
         1 GoUnblock 5 7 -> not yet
         1 GoUnblock 5 8 ]],
      "starts one in the place of another, and one that does not wait to run",
      running .. [[ 2 GoStatus 6 - Waiting
                    force 1 GoStart 6 3 -> 1 0 -
                    1 GoStop -> 1 0 6 ]],
      "binds a goroutine even where it lacks a proc",
      [[ force 1 GoStart 5 7 -> 1 - -
         1 SpanFree 1 -> 1 - 5 ]],
      "unblocks a goroutine that is not known",
      [[ force 1 GoUnblock 5 3 -> 1 - -
         1 ProcStatus 0 Running
         1 GoStart 5 4 ]],
      "unblocks one that does not wait",
      running .. "force 2 GoUnblock 5 3 -> 2 - -\n 1 GoStop -> broken: this needs a goroutine",
      "switches to a goroutine that is not known",
      running .. [[ force 1 GoSwitch 6 3 -> 1 0 5 before 0 after 2
                    1 GoBlock -> 1 0 6
                    1 GoUnblock 6 4
                    1 GoUnblock 5 1 ]],
      "switches without a goroutine to switch from",
      [[ 1 ProcStatus 0 Running
         force 1 GoSwitchDestroy 6 3 -> 1 0 -
         1 GoLabel 1 -> 1 0 6 ]],
      "starts a proc that is not known",
      [[ force 1 ProcStart 0 3 -> 1 - -
         1 ProcStop -> 1 0 -
         1 ProcStart 0 4 ]],
      "starts one in the place of another",
      [[ 1 ProcStatus 0 Running
         force 1 ProcStart 7 3 -> 1 - -
         1 ProcStop -> 1 7 - ]],
      "steals a proc from anywhere",
      [[ 2 ProcStatus 0 Running
         force 1 ProcSteal 0 3 99 -> 1 - -
         1 ProcStart 0 4 ]],
      "steals one that is not known",
      "force 1 ProcSteal 0 3 99 -> 1 - -\n 1 ProcStart 0 4",
      "ends a syscall that still has its proc",
      running .. [[ 1 GoSyscallBegin 1
                    force 1 GoSyscallEndBlocked -> 1 - 5
                    1 SpanFree 1 -> 1 - -
                    2 ProcStatus 1 Running
                    2 GoStart 5 1 ]],
      "begins, states and ends the mark phase at any number",
      running .. [[ 1 GCBegin 3
                    force 1 GCEnd 9 -> 1 0 5
                    force 1 GCBegin 20 -> 1 0 5
                    1 GCEnd 21
                    gen 2
                    force 1 GCActive 40 -> 1 0 5
                    1 GCEnd 41 ]],
      "may still be what is known",
      running .. "force 1 GoBlock -> 1 0 5\n force 1 GoUnblock 5 1 -> 1 0 -\n 1 GoStart 5 2",
      "takes off the thread what is not known there",
      [[ 1 GoStatus 5 1 Running
         force 1 GoStop -> 1 - 5
         1 SpanFree 1 -> 1 - -
         1 GoStatus 6 1 Running
         force 1 GoBlock -> 1 - 6
         1 SpanFree 1 -> 1 - -
         1 GoStatus 7 1 Running
         force 1 GoDestroy -> 1 - 7
         1 SpanFree 1 -> 1 - -
         1 GoStatus 8 1 Running
         force 1 GoDestroySyscall -> 1 - 8
         1 SpanFree 1 -> 1 - -
         1 GoStatus 9 1 Running
         force 1 GoSyscallEndBlocked -> 1 - 9
         1 SpanFree 1 -> 1 - - ]],
      "takes a proc off that cannot stop",
      [[ 1 ProcStatus 0 Running
         2 ProcStatus 0 Running
         1 ProcStop
         force 2 ProcStop -> 2 0 -
         2 SpanFree 1 -> 2 - - ]],
      "changes nothing else",
      running .. "force 1 STWEnd -> 1 0 5\n force 2 GoLabel 1 -> 2 - -\n 1 GoLabel 1 -> 1 0 5",
      "binds nothing without a thread",
      [[ force - GoStart 5 7 -> - - -
         force - ProcStart 0 7 -> - - -
         - GoStatus 6 - Waiting -> - - - ]],
    }
  end)

  describe("totals", function()
    local function totals(text)
      local sched = lib.sched_new()
      perform(sched, text)
      local t = lib.sched_totals(sched)
      lib.sched_free(sched)
      return { tonumber(t.threads), tonumber(t.procs), tonumber(t.goroutines) }
    end

    it("count what appeared, once each, over resets", function()
      assert.same({ 2, 2, 3 }, totals [[
        1 ProcStatus 0 Running
        2 ProcStatus 1 Running
        1 GoStatus 5 1 Running
        2 GoStatus 6 - Waiting
        reset
        1 ProcStatus 0 Running
        1 GoStatus 5 1 Running
        1 GoCreate 7
      ]])
    end)

    it("count a thread that is only spoken of, but not one without events or an id", function()
      assert.same({ 2, 0, 2 }, totals [[
        1 GoStatus 5 7 Syscall
        - GoStatus 6 - Waiting
      ]])
      local sched, handle = lib.sched_new(), ffi.new "uint32_t[1]"
      assert(lib.sched_thread(sched, 3, handle))
      assert.equal(0, tonumber(lib.sched_totals(sched).threads))
      lib.sched_free(sched)
    end)
  end)

  it("gives a thread one handle", function()
    local sched, a, b = lib.sched_new(), ffi.new "uint32_t[1]", ffi.new "uint32_t[1]"
    assert(lib.sched_thread(sched, 5, a))
    assert(lib.sched_thread(sched, 6, b))
    assert.not_equal(a[0], b[0])
    assert(lib.sched_thread(sched, 5, b))
    assert.equal(a[0], b[0])
    lib.sched_reset(sched)
    assert(lib.sched_thread(sched, 5, b))
    assert.equal(a[0], b[0])
    lib.sched_free(sched)
    lib.sched_free(nil)
  end)
end)
