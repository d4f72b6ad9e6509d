-- Traces as text: `gotrace-lua yaml` and `gotrace-lua build` (docs/yaml.md).
local lfs = require "lfs"
local program = require "support.program"

local root = program.root

-- The files in a folder whose names match, sorted; none if it is not there.
local function files(dir, pattern)
  local out = {}
  if lfs.attributes(dir, "mode") == "directory" then
    for name in lfs.dir(dir) do
      if name:find(pattern) then
        out[#out + 1] = dir .. "/" .. name
      end
    end
  end
  table.sort(out)
  return out
end

local function build(yaml)
  local path = program.tmpname()
  local made = program.run { "build", program.tmpfile(yaml), "-o", path }
  return made, program.read(path)
end

-- The bytes of a trace that is built without complaint.
local function bytes(yaml)
  local made, trace = build(yaml)
  assert.equal("", made.err)
  assert.equal(0, made.status)
  return trace
end

local function dump(trace)
  local got = program.run { "yaml", program.tmpfile(trace) }
  assert.equal("", got.err)
  assert.equal(0, got.status)
  return got.out
end

local function hex(s)
  return (s:gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end))
end

-- What is behind the header, as hexadecimal digits.
local function body(yaml)
  return hex(bytes(yaml):sub(17))
end

-- Dumps and builds the file; nil when the bytes are the same again.
local function round_trip(path)
  local text = program.tmpname()
  local gave = program.shell(
    ("%s >%s && %s | cmp '%s' -"):format(
      program.line { "yaml", path },
      text,
      program.line { "build", text, "-o", "-" },
      path
    )
  )
  os.remove(text)
  return gave.status ~= 0 and path .. ": " .. gave.err .. gave.out or nil
end

local function check_round_trip(path)
  local wrong = round_trip(path)
  assert(not wrong, wrong)
end

local function check_bytes(trace, about)
  local path = program.tmpfile(trace)
  local wrong = round_trip(path)
  os.remove(path)
  assert(not wrong, about .. ": " .. tostring(wrong))
end

-- A generator of our own, so that a seed means the same everywhere.
local function random(seed)
  return function(n)
    seed = (seed * 16807) % 2147483647
    return seed % n
  end
end

-- trace with some bytes changed, taken out or put in.
local function mutate(trace, seed)
  local next = random(seed)
  for _ = 1, 1 + next(8) do
    local at, what = 1 + next(#trace), next(3)
    local byte = what < 2 and string.char(next(256)) or ""
    trace = trace:sub(1, at - 1) .. byte .. trace:sub(at + (what == 1 and 0 or 1))
  end
  return trace
end

describe("traces as text", function()
  after_each(program.clean)

  local recordings = files(root .. "testdata/real", "%.trace$")
  for _, path in ipairs(files(root .. "../shared/corpus", "%.trace$")) do
    recordings[#recordings + 1] = path
  end

  describe("round trip", function()
    for _, path in ipairs(recordings) do
      it("of " .. path:match "[^/]*$", function()
        check_round_trip(path)
      end)
    end

    for _, dir in ipairs { "good", "bad" } do
      it("of what testdata/" .. dir .. " builds", function()
        for _, path in ipairs(files(root .. "testdata/" .. dir, "%.yaml$")) do
          check_bytes(bytes(program.read(path)), path)
        end
      end)
    end

    -- One recording of each version is enough for what is slow.
    local few = files(root .. "testdata/real", "annotations%.trace$")
    for _, path in ipairs(files(root .. "../shared/corpus", "log%.trace$")) do
      few[#few + 1] = path
    end

    for _, path in ipairs(few) do
      local name = path:match "[^/]*$"
      it("of beginnings of " .. name, function()
        local trace = program.read(path)
        for _, n in ipairs { 15, 16, 17, 20, 40 } do
          check_bytes(trace:sub(1, n), n .. " bytes")
        end
        for k = 1, 4 do
          local n = math.floor(#trace * k / 5)
          check_bytes(trace:sub(1, n), n .. " bytes")
        end
      end)

      it("of changed bytes of " .. name, function()
        local trace = program.read(path):sub(1, 6000)
        for seed = 1, 10 do
          check_bytes(mutate(trace, seed), "seed " .. seed)
        end
      end)
    end

    it("of every header", function()
      for _, header in ipairs { "go 1.26 trace\0\0\0", "go 1.4 trace", "go 1.26 trace\0\0x", "\255\254", "" } do
        local padded = header .. ("\0"):rep(16 - #header)
        check_bytes(padded, header)
        check_bytes(padded .. "\1\2\3", header)
      end
      check_bytes("go 1.26 trace\0", "cut off")
    end)

    it("of v1 records with other arguments than they have", function()
      for _, record in ipairs {
        "Stack: [1, 1, 2, 3, 4, 5, 6]",
        "Stack: [1, 0]",
        "Stack: []",
        "Stack: {id: 1, siz: 2, frames: [{pc: 1}]}",
        "GoCreate: {g: 1, bytes: 100}",
        "GoCreate: {g: 1, bytes: 4/2}",
        "UserLog: {id: 1, size: 99, value: short}",
        "Batch: [1]",
        "GoEnd: [1, 2, 3, 4, 5]",
        "raw: '3f01'",
        "raw: '6501023132'",
      } do
        check_bytes(bytes("header: go 1.11 trace\ntrace: [GoEnd, " .. record .. ", GoEnd]"), record)
        check_bytes(bytes("header: go 1.5 trace\ntrace: [GoEnd, " .. record .. ", GoEnd]"), record)
      end
    end)

    it("of a file that is no trace", function()
      check_bytes(program.read(root .. "LICENSE"), "LICENSE")
      check_bytes(("\0"):rep(100000), "zeros")
    end)

    it("of a packed trace gives the unpacked bytes", function()
      local path = program.recording "annotations"
      local packed = program.tmpname()
      assert.equal(0, program.shell(("gzip -c '%s' >%s"):format(path, packed)).status)
      assert.equal(program.run({ "yaml", path }).out, program.run({ "yaml", packed }).out)
    end)

    it("through standard input and output", function()
      local path = program.recording "annotations"
      local gave = program.shell(
        ("%s <'%s' | %s | cmp - '%s'"):format(
          program.line { "yaml", "-" },
          path,
          program.line { "build", "-", "-o", "-" },
          path
        )
      )
      assert.equal("", gave.err)
      assert.equal(0, gave.status)
    end)
  end)

  describe("dump", function()
    local HEADER = "header: go 1.22 trace\ntrace:\n"

    -- Building yaml and dumping it gives the text `want` behind the header.
    local function shows(want, yaml)
      assert.equal(HEADER .. want, dump(bytes(HEADER .. (yaml or want))))
    end

    it("names events and their arguments", function()
      shows [[
  - EventBatch: {gen: 1, m: 3, time: 4} # byte 16
    events:
      - GoCreate: {dt: 1, new_g: 7, new_stack: 3, stack: 4}
      - GoStatus: {dt: 2, target_g: 7, target_m: ~, status: Waiting}
      - ProcStatus: {dt: 3, target_p: 0, status: SyscallAbandoned}
      - GoDestroy: {dt: 4}
]]
    end)

    it("tells numbers in more bytes than they need", function()
      shows [[
  - EventBatch: {gen: 1/2, m: ~, time: 4/10, size: /5} # byte 16
    strings:
      - {id: 1/3, size: /2, data: "abc"}
]]
    end)

    it("keeps what it cannot read, and says where it is", function()
      shows(
        [[
  - EventBatch: {gen: 1, m: 0, time: 1} # byte 16
    events:
      - GoDestroy: {dt: 1}
      # byte 23: no event that can be read (type 100)
      - raw: "6401"
  # byte 25: no batch begins here; the rest of the file
  - raw: "07"
]],
        [[
  - EventBatch:
    events: [GoDestroy, raw: "64 01"]
  - raw: "07"
]]
      )
    end)

    it("says how much of a batch is there", function()
      shows(
        [[
  # byte 16: a batch of 100 bytes, of which 2 are here
  - EventBatch: {gen: 1, m: 0, time: 1, size: 100} # byte 16
    events:
      - GoDestroy: {dt: 1}
]],
        [[
  - EventBatch: {size: 100}
    events: [GoDestroy]
]]
      )
    end)

    it("writes text that can be read, and bytes where it is none", function()
      shows [[
  - EventBatch: {gen: 1, m: ~, time: 1} # byte 16
    strings:
      - {id: 1, data: "main.(*T).run ключ 🔑"}
      - {id: 2, data: "\"quotes\" \\ \t\n\0\x1B\u2028\u200E"}
      - {id: 3, data: !bytes "cut \xE2\x82"}
      - {id: 4, data: ""}
]]
    end)

    it("shows a v1 text that ends where the file does, and none that would end behind it", function()
      local function shown(value)
        return dump(bytes("header: go 1.11 trace\ntrace: [UserLog: {id: 1, keyid: 2, stack: 0, " .. value .. "}]"))
      end
      assert.matches('value: "short"}\n$', shown "value: short")
      assert.matches('value: "shor"}\n.*  %- raw: "74"\n$', shown "size: 4, value: short")
      assert.matches("no record that can be read; the rest of the file\n", shown "size: 6, value: short")
    end)

    it("is all hexadecimal when the version is not known", function()
      assert.equal(
        [[
header: go 1.4 trace
trace:
  # byte 16: no version of Go that is known; the rest of the file
  - raw: "0102"
]],
        (dump("go 1.4 trace\0\0\0\0\1\2"):gsub('"go 1.4 trace"', "go 1.4 trace"))
      )
    end)

    it("says what is wrong with its input", function()
      local got = program.run { "yaml", "/nonexistent.trace" }
      assert.not_equal(0, got.status)
      assert.truthy(got.err:find "/nonexistent.trace")
    end)
  end)

  describe("docs/yaml.md", function()
    local page = program.read(root .. "docs/yaml.md")

    it("shows a trace that can be read", function()
      local got = program.run { "cat", program.build(page:match "```yaml\n(.-)```") }
      assert.equal("", got.err)
      assert.truthy(got.out:find('GoBlock reason="select (no cases)"', 1, true), got.out)
    end)

    it("shows errors as they are", function()
      local shown = 0
      for line, place, item in page:gmatch "\n    gotrace%-lua: x%.yaml:((%d+):[^\n]*(Go%u%l+)[^\n]*)" do
        local fields = line:find "field g" and "{g: 1}" or "{}"
        local wrong = "      - " .. (line:match "GoCraete" or item) .. ": " .. fields
        local text = "header: go 1.22 trace\ntrace:\n  - EventBatch:\n    events:\n"
        text = text .. ("      - GoDestroy\n"):rep(tonumber(place) - 5) .. wrong .. "\n"
        local made = program.run { "build", program.tmpfile(text), "-o", program.tmpname() }
        assert.equal(line, made.err:match "%.?[%w_/]+:(%d+:%d+: .-)\n$")
        shown = shown + 1
      end
      assert.equal(2, shown)
    end)
  end)

  describe("build", function()
    local HEADER = "header: go 1.22 trace\ntrace:\n"

    it("counts sizes and fills in what is left out", function()
      assert.equal(
        "01" .. "01" .. "00" .. "01" .. "06" .. "0d010001" .. "1101",
        body(HEADER .. "  - {EventBatch: , events: [ProcStatus: {status: Running}, GoDestroy: ]}")
      )
      assert.equal(
        "0105000902" .. "1101" .. "0105ffffffffffffffffff01090104" .. "0106000a00",
        body(HEADER .. [[
  - EventBatch: {gen: 5, time: 9}
    events: [GoDestroy]
  - EventBatch:
    strings: []
  - EventBatch: {gen: 6, time: 10}
]])
      )
    end)

    it("writes the sync batch of each version", function()
      local sync = "trace: [{EventBatch: {m: 0}, sync: [Frequency: {freq: 5}]}]"
      assert.equal("01010001020805", body("header: go 1.23 trace\n" .. sync))
      assert.equal("0101000103320805", body("header: go 1.25 trace\n" .. sync))
    end)

    it("writes each table", function()
      assert.equal(
        "010100010a" .. "02" .. "0301" .. "01" .. "9001" .. "02" .. "03" .. "04" .. "030500" .. "0101000107",
        body(HEADER .. [[
  - EventBatch: {m: 0, size: 10}
    stacks: [{id: 1, frames: [{pc: 0x90, func: 2, file: 3, line: 4}]}, {id: 5, frames: []}]
  - raw: "01 01 00
        01 07"
]])
      )
      assert.equal(
        "0101000107" .. "06" .. "070a00010203",
        body(HEADER .. "  - {EventBatch: {m: 0}, samples: [{time: 10, m: 0, p: 1, g: 2, stack: 3}]}")
      )
    end)

    it("writes experimental batches and ends of generations", function()
      assert.equal(
        "3107020304" .. "03010203" .. "34",
        body(HEADER .. [[
  - ExperimentalBatch: {exp: 7, gen: 2, m: 3, time: 4}
    raw: "010203"
  - EndOfGeneration
]])
      )
    end)

    it("lets lengths lie", function()
      assert.equal(
        "01010001800c" .. "04" .. "0501" .. "8100" .. "78",
        body(HEADER .. "  - {EventBatch: {m: 0, size: 1536}, strings: [{id: 1, size: 1/2, data: x}]}")
      )
    end)

    it("takes decimal, hexadecimal, none and padded numbers", function()
      assert.equal(
        "2501ff01" .. "2501ff8100" .. "2501ffffffffffffffffff01" .. "2501808000",
        body(HEADER .. [[
  - {raw: ""}
  - EventBatch: {m: 0}
    events:
      - HeapAlloc: {heapalloc: 0xFf}
      - HeapAlloc: {heapalloc: 255/3}
      - HeapAlloc: {heapalloc: ~}
      - HeapAlloc: {heapalloc: 0x0/3}
]]):sub(11)
      )
    end)

    it("writes v1 records by their version's arguments", function()
      local trace = "trace: [Batch: {p: 1, ticks: 2}, GoStart: {g: 3, seq: 4}, GCSweepDone: , GoEnd]"
      assert.equal("41" .. "0102" .. "8e" .. "010304" .. "0c01" .. "0f01", body("header: go 1.8 trace\n" .. trace))
      assert.equal("8c010000", body("header: go 1.9 trace\ntrace: [GCSweepDone]"))
      assert.equal(
        "41010502" .. "4e010103" .. "02090a" .. "c30405020607",
        body [[
header: go 1.5 trace
trace:
  - Batch: {p: 1, seq: 5, ticks: 2}
  - GoStart: {dseq: 1, g: 3}
  - Frequency: {freq: 9, unused: 10}
  - Stack: {id: 5, frames: [{pc: 6}, {pc: 7}]}
]]
      )
    end)

    it("writes v1 records with a byte length in front", function()
      assert.equal(
        "f0" .. "04" .. "01020304" .. "02" .. "6869",
        body "header: go 1.11 trace\ntrace: [UserLog: {id: 2, keyid: 3, stack: 4, value: hi}]"
      )
      assert.equal(
        "c3" .. "868000" .. "0101" .. "02030405" .. "2507" .. "02" .. "6869",
        body [[
header: go 1.21 trace
trace:
  - Stack: {id: 1, bytes: /3, frames: [{pc: 2, func: 3, file: 4, line: 5}]}
  - String: {id: 7, data: hi}
]]
      )
    end)

    it("writes v1 arguments as they are listed", function()
      assert.equal(
        "0c07" .. "cc0401020304" .. "cc00",
        body "header: go 1.9 trace\ntrace: [GCSweepDone: [7], GCSweepDone: [1, 2, 3, 4], GCSweepDone: []]"
      )
    end)

    it("ignores what is expected", function()
      assert.equal(
        "",
        body "expect: {exit: 3, error: [a, {b: c}]}\nheader: go 1.22 trace\ntrace: []"
      )
    end)

    it("gives a file whole or not at all", function()
      local dir = program.folder { ["old.trace"] = "old" }
      local made = program.run { "build", program.tmpfile "header: 1", "-o", dir .. "/old.trace" }
      assert.equal(3, made.status)
      assert.equal("old", program.read(dir .. "/old.trace"))
      assert.same({}, files(dir, "tmp"))
      made = program.run {
        "build",
        program.tmpfile "header: go 1.26 trace\ntrace: []",
        "-o",
        dir .. "/old.trace",
      }
      assert.equal(0, made.status)
      assert.equal("go 1.26 trace\0\0\0", program.read(dir .. "/old.trace"))
      assert.same({}, files(dir, "tmp"))
    end)

    it("follows a link and keeps permissions", function()
      local dir = program.folder { ["real.trace"] = "old" }
      assert.equal(0, os.execute(("chmod 640 %s/real.trace; ln -s real.trace %s/link.trace"):format(dir, dir)))
      local yaml = program.tmpfile "header: go 1.26 trace\ntrace: []"
      assert.equal(0, program.run({ "build", yaml, "-o", dir .. "/link.trace" }).status)
      assert.equal("link", lfs.symlinkattributes(dir .. "/link.trace", "mode"))
      assert.equal("rw-r-----", lfs.attributes(dir .. "/real.trace", "permissions"))
      assert.equal(16, lfs.attributes(dir .. "/real.trace", "size"))
    end)

    it("writes through to what is no file", function()
      local yaml = program.tmpfile "header: go 1.26 trace\ntrace: []"
      assert.equal(0, program.run({ "build", yaml, "-o", "/dev/null" }).status)
      assert.equal("char device", lfs.attributes("/dev/null", "mode"))
      local fifo = program.tmpname()
      os.remove(fifo)
      local gave = program.shell(
        ("mkfifo %s; %s & cat %s; wait"):format(fifo, program.line { "build", yaml, "-o", fifo }, fifo)
      )
      assert.equal("go 1.26 trace\0\0\0", gave.out)
    end)

    it("says where it cannot write", function()
      local yaml = program.tmpfile "header: go 1.26 trace\ntrace: []"
      for _, path in ipairs { "/nonexistent/x.trace", "/tmp" } do
        local made = program.run { "build", yaml, "-o", path }
        assert.equal(5, made.status)
        assert.truthy(made.err:find(path, 1, true), made.err)
      end
    end)
  end)

  describe("a wrong text", function()
    local V2 = "header: go 1.22 trace\ntrace:\n"
    local V1 = "header: go 1.11 trace\ntrace:\n"
    local deep = ("[ "):rep(20) .. ("] "):rep(20)
    -- text, place, part of the message
    local errors = {
      { "", "1:1", "a map of header and trace" },
      { "[]", "1:1", "a map of header and trace" },
      { "header: go 1.22 trace", "2:1", "there is no trace" },
      { "expect: ok\n", "2:1", "no header" },
      { "trace: []", "1:8", "header must come before" },
      { "header: go 1.22 trace and more", "1:9", "16 bytes" },
      { "header: [1]", "1:9", "text is wanted" },
      { "headre: x", "1:1", "headre means nothing" },
      { "header: ~\nheader: ~", "2:1", "given twice" },
      { "header: ~\ntrace: 5", "2:8", "a list of records" },
      { "header: ~\ntrace: [EventBatch]", "2:9", "only raw" },
      { "header: go 1.22\n  trace: []", "2:8", "not YAML" },
      { "header: \"go 1.22\n", "2:1", "not YAML" },
      { "header: \255", "1:", "not YAML" },
      { "header: go 1.22 trace\ntrace: []\n---\nheader: ~", "3:1", "second document" },
      { "header: &a go 1.22 trace\ntrace: []", "1:9", "anchors and aliases" },
      { "header: *a", "1:9", "anchors and aliases" },
      { "expect: &a [*a, *a]\nheader: ~", "1:9", "anchors and aliases" },
      { "header: !!int 5", "1:9", "the tag" },
      { "expect: " .. deep .. "\nheader: ~", "1:", "nested more than" },
      { "? [a]\n: b", "1:3", "a key must be a word" },
      -- batches
      { V2 .. "  - EventBach: {}", "3:5", "do you mean EventBatch?" },
      { V2 .. "  - Wibble", "3:5", "no batch of this version is called Wibble" },
      { V2 .. "  - GoCreate: {}", "3:5", "no batch of this version" },
      { V2 .. "  - {}", "3:5", "an item is EventBatch" },
      { V2 .. "  - [1]", "3:5", "an item is EventBatch" },
      { V2 .. "  - EventBatch: {gne: 1}", "3:18", "has no field gne", "gen, m, time, size" },
      { V2 .. "  - EventBatch: [1, 2]", "3:17", "fields of EventBatch are a map" },
      { V2 .. "  - EventBatch: 5", "3:17", "fields of EventBatch are a map" },
      { V2 .. "  - EventBatch: {gen: 1, gen: 1}", "3:26", "gen is given twice" },
      { V2 .. "  - EventBatch: {gen: x}", "3:23", '"x" is no number' },
      { V2 .. '  - EventBatch: {gen: "1"}', "3:23", "a number has no quotes" },
      { V2 .. "  - EventBatch: {gen: -1}", "3:23", "is negative" },
      { V2 .. "  - EventBatch: {gen: [1]}", "3:23", "a number is wanted" },
      { V2 .. "  - EventBatch: {gen: 18446744073709551616}", "3:23", "no number of 64 bits" },
      { V2 .. "  - EventBatch: {gen: 0x1ffffffffffffffff}", "3:23", "no number of 64 bits" },
      { V2 .. "  - EventBatch: {gen: 0x}", "3:23", "no number of 64 bits" },
      { V2 .. "  - EventBatch: {gen: 1 2}", "3:23", "no number of 64 bits" },
      { V2 .. "  - EventBatch: {gen: 300/1}", "3:23", "must be 2 to 10" },
      { V2 .. "  - EventBatch: {gen: 3/11}", "3:23", "must be 1 to 10" },
      { V2 .. "  - EventBatch: {gen: 3/}", "3:23", "must be 1 to 10" },
      { V2 .. "  - EventBatch: {gen: /3}", "3:23", "wanted before the /" },
      { V2 .. "  - EndOfGeneration: {gen: 1}", "3:23", "has no fields" },
      { V2 .. "  - EndOfGeneration\n    events: []", "3:5", "do you mean EndOfGeneration?" },
      { V2 .. "  - {EventBatch: , EndOfGeneration: }", "3:20", "one item holds one batch" },
      { V2 .. "  - {EventBatch: , events: [], strings: []}", "3:32", "one section, and this one has events" },
      { V2 .. "  - {events: []}", "3:5", "events belongs to a batch" },
      { V2 .. "  - {EventBatch: , events: 5}", "3:28", "a list is wanted" },
      { V2 .. "  - ExperimentalBatch: {exp: 256}", "3:30", "exp is one byte" },
      { V2 .. "  - {EventBatch: {size: /1}, raw: " .. ("00"):rep(200) .. "}", "3:25", "takes more bytes" },
      { V2 .. "  - raw: 0g", "3:10", "byte 0 is not two hex" },
      { V2 .. "  - raw: 012", "3:10", "byte 1 is not two hex" },
      { V2 .. "  - raw: [1]", "3:10", "bytes are wanted" },
      -- records in batches
      { V2 .. "  - {EventBatch: , events: [GoCraete: {}]}", "3:29", "no event of this version is called GoCraete" },
      { V2 .. "  - {EventBatch: , events: [GoCraete]}", "3:29", "do you mean GoCreate?" },
      { V2 .. "  - {EventBatch: , events: [Frequency]}", "3:29", "no event of this version" },
      { V2 .. "  - {EventBatch: , sync: [GoStart]}", "3:27", "no record of a sync batch" },
      { V2 .. "  - {EventBatch: , events: [GoStart: {g: 1}]}", "3:39", "has no field g", "target_g" },
      { V2 .. "  - {EventBatch: , events: [{GoStart: , GoStop: }]}", "3:41", "one item holds one record" },
      { V2 .. "  - {EventBatch: , events: [{}]}", "3:29", "an item is Name" },
      { V2 .. "  - {EventBatch: , events: [[]]}", "3:29", "an item is Name" },
      { V2 .. "  - {EventBatch: , events: [GoStatus: {status: Idle}]}", "3:48", '"Idle" is no number', "Waiting" },
      { V2 .. "  - {EventBatch: , events: [ProcStatus: {status: Waiting}]}", "3:50", "no number", "Idle" },
      { V2 .. "  - {EventBatch: , strings: [5]}", "3:30", "a string is a map", "id, size, data" },
      { V2 .. "  - {EventBatch: , strings: [{data: [1]}]}", "3:37", "text is wanted" },
      { V2 .. "  - {EventBatch: , strings: [{dat: x}]}", "3:31", "a string has no field dat" },
      { V2 .. '  - {EventBatch: , strings: [{data: !bytes "\\u0100"}]}', "3:37", "up to \\xFF" },
      { V2 .. "  - {EventBatch: , strings: [{size: /1, data: " .. ("x"):rep(200) .. "}]}", "3:37", "takes more bytes" },
      { V2 .. "  - {EventBatch: , stacks: [{frames: 5}]}", "3:38", "a list is wanted here, each item a frame" },
      { V2 .. "  - {EventBatch: , stacks: [{frames: [{pcs: 1}]}]}", "3:40", "a frame has no field pcs" },
      { V2 .. "  - {EventBatch: , strings: [{raw: '00', id: 1}]}", "3:42", "one item holds one record" },
      -- v1
      { V1 .. "  - GoStrat: {}", "3:5", "do you mean GoStart?" },
      { V1 .. "  - GoStart: {dseq: 1}", "3:15", "has no field dseq", "dt, g, seq" },
      { V1 .. "  - GoStart: [1, x]", "3:18", "no number" },
      { V1 .. "  - GoStart: [/2]", "3:15", "wanted before the /" },
      { V1 .. "  - String: [1, 2]", "3:13", "fields of String are a map" },
      { V1 .. "  - GoStart: {bytes: /3}", "3:22", "no byte length" },
      { V1 .. "  - Stack: {id: 1, bytes: /1, frames: [" .. ("{pc: 5}, "):rep(40) .. "]}", "3:27", "takes more bytes" },
      { V1 .. "  - Stack: {frames: [{pc: 1, pc: 2}]}", "3:30", "pc is given twice" },
      { V1 .. "  - Stack: {frames: [], frames: []}", "3:25", "frames is given twice" },
      { V1 .. "  - events: []", "3:5", "no record of this version is called events" },
    }
    for i, e in ipairs(errors) do
      it(("%d: %s"):format(i, e[1]:sub(1, 60):gsub("\n", "|")), function()
        local path = program.tmpfile(e[1])
        local made = program.run { "build", path, "-o", program.tmpname() }
        assert.equal(3, made.status)
        assert.truthy(made.err:find(path .. ":" .. e[2], 1, true), made.err)
        assert.truthy(made.err:find(e[3], 1, true), made.err)
        assert.truthy(not e[4] or made.err:find(e[4], 1, true), made.err)
      end)
    end

    it("of a file that is not there", function()
      local made = program.run { "build", "/nonexistent.yaml", "-o", program.tmpname() }
      assert.truthy(made.err:find("/nonexistent.yaml", 1, true), made.err)
      assert.not_equal(0, made.status)
    end)

    it("with a long path keeps its end and the place", function()
      local dir = program.folder {}
      local long = dir .. "/" .. ("d"):rep(200)
      assert.equal(0, os.execute("mkdir -p " .. long))
      program.write(long .. "/broken.yaml", "headre: x")
      local made = program.run { "build", long .. "/broken.yaml", "-o", program.tmpname() }
      assert.truthy(made.err:find("dd/broken.yaml:1:1: headre means nothing", 1, true), made.err)
    end)

    it("costs no more than it is long", function()
      local made = build(V2 .. ("["):rep(1e6))
      assert.equal(3, made.status)
      made = build("header: ~\ntrace:\n" .. ("  - raw: \"00\"\n"):rep(1e5))
      assert.equal(0, made.status)
    end)
  end)
end)
