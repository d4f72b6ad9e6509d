-- The scheduler model, rule by rule: stop-the-world, collections, tasks and regions, in
-- plays (plays.lua).
local plays = require("sched.plays").plays_by(it)

describe("sched", function()
  describe("a stop-the-world", function()
    local running = "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Running\n"
    plays {
      "begins and ends on a goroutine",
      running .. "1 STWBegin 1 -> 1 0 5\n 1 STWEnd -> 1 0 5\n 1 STWBegin 1",
      "goes on where its goroutine goes on",
      running .. [[ 1 STWBegin 1
                    1 GoStop
                    2 ProcStatus 1 Running
                    2 GoStart 5 1
                    2 STWEnd -> 2 1 5 ]],
      "may overlap one of another kind, but not one of its own",
      running .. "1 STWBegin 1\n 1 STWBegin 2\n 1 STWBegin 1 -> broken: such a range is already in flight",
      "ends the first one that began, and the last takes its place",
      running .. [[ 1 STWBegin 1
                    1 STWBegin 2
                    1 STWBegin 3
                    1 STWEnd
                    1 STWBegin 1
                    1 STWEnd
                    1 STWBegin 3
                    1 STWBegin 2 -> broken: such a range is already in flight ]],
      "cannot end without a begin",
      running .. "1 STWEnd -> broken: no such range is in flight",
      "cannot end twice",
      running .. "1 STWBegin 1\n 1 STWEnd\n 1 STWEnd -> broken: no such range is in flight",
      "is its goroutine's own",
      running .. [[ 1 STWBegin 1
                    2 ProcStatus 1 Running
                    2 GoStatus 6 2 Running
                    2 STWEnd -> broken: no such range is in flight ]],
      "is forgotten with its goroutine",
      running .. [[ 1 STWBegin 1
                    1 GoDestroy
                    1 GoCreate 5
                    1 GoStart 5 1
                    1 STWEnd -> broken: no such range is in flight ]],
      "is not ended by a mark assist",
      running .. "1 STWBegin 1\n 1 GCMarkAssistEnd -> broken: no such range is in flight",
      "needs a goroutine that is known",
      running .. [[ 2 ProcStatus 1 Running
                    2 GoStatus 5 2 Running
                    2 GoDestroy
                    1 STWBegin 1 -> broken: goroutine 5 is not known ]],
      "needs one to end too",
      running .. [[ 2 ProcStatus 1 Running
                    2 GoStatus 5 2 Running
                    2 GoDestroy
                    1 STWEnd -> broken: goroutine 5 is not known ]],
    }
  end)

  describe("a mark assist", function()
    local running = "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Running\n"
    plays {
      "begins and ends on a goroutine",
      running .. "1 GCMarkAssistBegin -> 1 0 5\n 1 GCMarkAssistEnd -> 1 0 5\n 1 GCMarkAssistBegin",
      "cannot begin twice",
      running .. "1 GCMarkAssistBegin\n 1 GCMarkAssistBegin -> broken: such a range is already in flight",
      "cannot end without a begin",
      running .. "1 GCMarkAssistEnd -> broken: no such range is in flight",
      "may be stated as active in the first generation, of any goroutine",
      [[ 1 GoStatus 5 - Waiting
         2 GCMarkAssistActive 5 -> 2 - -
         2 GCMarkAssistActive 5 -> broken: such a range is already in flight ]],
      "ends after it was stated",
      running .. "1 GCMarkAssistActive 5\n 1 GCMarkAssistEnd",
      "must be known later on",
      running .. [[ 1 GCMarkAssistBegin
                    gen 2
                    1 GCMarkAssistActive 5
                    1 GCMarkAssistActive 5
                    1 GCMarkAssistEnd
                    1 GCMarkAssistActive 5 -> broken: no such range is in flight ]],
      "is of a known goroutine",
      [[ 1 GCMarkAssistActive 5 -> broken: goroutine 5 is not known ]],
    }
  end)

  describe("a sweep", function()
    plays {
      "begins and ends on a proc",
      [[ 1 ProcStatus 0 Running
         1 GCSweepBegin -> 1 0 -
         1 GCSweepEnd 10 5 -> 1 0 -
         1 GCSweepBegin ]],
      "goes on where its proc goes on",
      [[ 1 ProcStatus 0 Running
         1 GCSweepBegin
         1 ProcStop
         2 ProcStart 0 1
         2 GCSweepEnd -> 2 0 - ]],
      "cannot begin twice",
      [[ 1 ProcStatus 0 Running
         1 GCSweepBegin
         1 GCSweepBegin -> broken: such a range is already in flight ]],
      "cannot end without a begin",
      [[ 1 ProcStatus 0 Running
         1 GCSweepEnd -> broken: no such range is in flight ]],
      "needs a proc to begin",
      [[ 1 GCSweepBegin -> broken: this needs a proc ]],
      "needs a proc to end",
      [[ 1 GCSweepEnd -> broken: this needs a proc ]],
      "needs a thread",
      [[ - GCSweepBegin -> broken: this needs a thread ]],
      "may be stated as active in the first generation, of any proc",
      [[ 1 ProcStatus 0 Idle
         2 GCSweepActive 0 -> 2 - -
         2 GCSweepActive 0 -> broken: such a range is already in flight ]],
      "must be known later on",
      [[ 1 ProcStatus 0 Running
         1 GCSweepBegin
         gen 2
         1 GCSweepActive 0
         1 GCSweepEnd
         1 GCSweepActive 0 -> broken: no such range is in flight ]],
      "is of a known proc",
      [[ 1 GCSweepActive 0 -> broken: proc 0 is not known ]],
    }
  end)

  describe("the mark phase", function()
    local running = "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Running\n"
    plays {
      "begins with any number, on any context",
      [[ - GCBegin 7 -> - - -
         1 GCEnd 7 -> not yet
         1 GCEnd 9 -> not yet ]],
      "counts begin and end up",
      running .. [[ 1 GCBegin 7 -> 1 0 5
                    1 GCEnd 9 -> not yet
                    1 GCEnd 8 -> 1 0 5
                    1 GCBegin 8 -> not yet
                    1 GCBegin 9 -> 1 0 5 ]],
      "cannot begin while it goes on",
      running .. "1 GCBegin 7\n 1 GCBegin 8 -> broken: such a range is already in flight",
      "cannot end before it began",
      running .. "1 GCBegin 7\n 1 GCEnd 8\n 1 GCEnd 9 -> broken: no such range is in flight",
      "is not known to go on at first",
      running .. "1 GCEnd 7 -> not yet\n 1 GCEnd 1 -> broken: no such range is in flight",
      "may be stated as active first of all, on any context",
      [[ - GCActive 7 -> - - -
         - GCActive 8 -> broken: GCActive in the first generation is not its first GC event ]],
      "cannot be stated behind another GC event of the first generation",
      "- GCBegin 7\n - GCActive 8 -> broken: GCActive in the first generation is not its first GC event",
      "counts on when it is stated later",
      running .. [[ 1 GCBegin 7
                    gen 2
                    1 GCActive 7 -> not yet
                    1 GCActive 8 -> 1 0 5
                    1 GCEnd 9 ]],
      "must go on when it is stated later",
      running .. "1 GCBegin 7\n 1 GCEnd 8\n gen 2\n 1 GCActive 9 -> broken: no such range is in flight",
      "needs a goroutine to be stated later",
      "1 GCBegin 7\n gen 2\n 1 GCActive 8 -> broken: this needs a proc",
      "needs a goroutine to end",
      "1 GCBegin 7\n 1 GCEnd 8 -> broken: this needs a proc",
      "needs a goroutine to begin again",
      running .. "1 GCBegin 7\n 1 GCEnd 8\n 1 GoBlock\n 1 GCBegin 9 -> broken: this needs a goroutine",
    }
  end)

  describe("a task", function()
    local running = "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Running\n"
    plays {
      "begins and ends, any number of times",
      running .. [[ 1 UserTaskBegin 9 0 'a' -> 1 0 5
                    1 UserTaskEnd 9 -> 1 0 5
                    1 UserTaskEnd 9
                    1 UserTaskBegin 9 0 'b' ]],
      "may end without a begin",
      running .. "1 UserTaskEnd 9",
      "cannot begin while it is active",
      running .. "1 UserTaskBegin 9 0 'a'\n 1 UserTaskBegin 9 0 'a' -> broken: task 9 begins but has not ended",
      "outlives the goroutine that began it",
      running .. [[ 1 UserTaskBegin 9 0 'a'
                    1 GoDestroy
                    1 GoCreate 6
                    1 GoStart 6 1
                    1 UserTaskBegin 9 0 'a' -> broken: task 9 begins but has not ended ]],
      "needs a goroutine to begin",
      "1 ProcStatus 0 Running\n 1 UserTaskBegin 9 0 'a' -> broken: this needs a goroutine",
      "needs a goroutine to end",
      "1 ProcStatus 0 Running\n 1 UserTaskEnd 9 -> broken: this needs a goroutine",
    }
  end)

  describe("a region", function()
    local running = "1 ProcStatus 0 Running\n 1 GoStatus 5 1 Running\n"
    local mismatch = "broken: this is not the innermost region of goroutine 5"
    plays {
      "begins and ends on a goroutine",
      running .. "1 UserRegionBegin 9 'a' -> 1 0 5\n 1 UserRegionEnd 9 'a' -> 1 0 5",
      "nests",
      running .. [[ 1 UserRegionBegin 9 'a'
                    1 UserRegionBegin 9 'b'
                    1 UserRegionEnd 9 'b'
                    1 UserRegionEnd 9 'a' ]],
      "ends innermost first",
      running .. "1 UserRegionBegin 9 'a'\n 1 UserRegionBegin 9 'b'\n 1 UserRegionEnd 9 'a' -> " .. mismatch,
      "ends with its own task",
      running .. "1 UserRegionBegin 9 'a'\n 1 UserRegionEnd 8 'a' -> " .. mismatch,
      "may have begun before the trace",
      running .. "1 UserRegionEnd 9 'a'\n 1 UserRegionBegin 9 'b'\n 1 UserRegionEnd 9 'b'\n 1 UserRegionEnd 9 'c'",
      "is forgotten with its goroutine",
      running .. [[ 1 UserRegionBegin 9 'a'
                    1 GoDestroy
                    1 GoCreate 5
                    1 GoStart 5 1
                    1 UserRegionEnd 9 'b' ]],
      "needs a goroutine to begin",
      "1 ProcStatus 0 Running\n 1 UserRegionBegin 9 'a' -> broken: this needs a goroutine",
      "needs a goroutine to end",
      "1 ProcStatus 0 Running\n 1 UserRegionEnd 9 'a' -> broken: this needs a goroutine",
      "needs a goroutine that is known",
      running .. [[ 2 ProcStatus 1 Running
                    2 GoStatus 5 2 Running
                    2 GoDestroy
                    1 UserRegionBegin 9 'a' -> broken: goroutine 5 is not known ]],
      "needs one to end too",
      running .. [[ 2 ProcStatus 1 Running
                    2 GoStatus 5 2 Running
                    2 GoDestroy
                    1 UserRegionEnd 9 'a' -> broken: goroutine 5 is not known ]],
    }
  end)
end)
