-- What of logs and names `anonymize --dry-run` says that it looks like something that should not be handed
-- out, and how many logs it counts.
local looks = require "gotrace.anonymize.looks"
local program = require "support.program"

teardown(program.clean)

local function kinds_of(text)
  local names = {}
  looks.each(text, function(i)
    names[#names + 1] = looks.name_of(i)
  end)
  return table.concat(names, "; ")
end

local found = {
  ["e-mail addresses"] = { "refund anna.k150@mail.example.com", "to=a+b@x-y.org, done", "<x@y.de>" },
  ["card numbers"] = { "card=4929502666714032 amount=12", "5105 1051 0510 5100", "3782-822463-10005",
    "4929502666714032" },
  ["tokens, keys"] = { "tok_live_9f8e", "Authorization: Bearer abc.def", "key ghp_abc123DEF", "api_key=x1",
    "password: hunter2", "AKIAIOSFODNN7EXAMPLE", "eyJhbGci.eyJzdWIi.sig", "sk_live_12ab", "xoxb-12-ab",
    "-----BEGIN RSA PRIVATE KEY-----", [[{"token": "x"}]] },
  ["IP addresses"] = { "from 10.0.0.1:80", "2001:db8::1", "fe80:0:0:0:1:2:3:4", "192.168.1.255." },
  ["paths"] = { "open /srv/anna/x.txt", "C:\\Users\\anna", "file=/etc/passwd", "~/notes" },
  ["URLs with credentials"] = { "postgres://user:pw@db.example.com/x", "https://bob@host/y" },
}

local nothing = { "", "id=1 customer=1001", "value 0 of 20", "1700000000000000001 ns", "12:34:56", "a/b", "1/2",
  "user@host", "std::abc", "GET https://example.com/a/b", "999.1.1.1", "1.2.3", "v1.2.3.4.5", "amount=12",
  "tokens left", "492950266671", "6.5.4", "task 4929 5026", "90000000000000", "and/or", "bearer" }

describe("what a text looks like", function()
  for kind, texts in pairs(found) do
    for _, text in ipairs(texts) do
      it(kind .. ": " .. text, function()
        assert.equal(kind, kinds_of(text))
      end)
    end
  end

  for _, text in ipairs(nothing) do
    it("nothing: " .. text, function()
      assert.equal("", kinds_of(text))
    end)
  end

  it("may be several", function()
    assert.equal("e-mail addresses; IP addresses; URLs with credentials",
      kinds_of "ftp://u:p@h/ by me@example.com at 10.1.2.3")
  end)
end)

-- A goroutine that logs: a list of { key, value }.
local function trace_of(logs, task)
  local events, strings = {}, {}
  for i, log in ipairs(logs) do
    events[i] = ("      - UserLog: {dt: 1, task: 1, key: %d, value: %d}"):format(2 * i + 10, 2 * i + 11)
    for k, text in ipairs(log) do
      strings[#strings + 1] = ("      - {id: %d, data: %q}"):format(2 * i + 9 + k, text)
    end
  end
  return program.build(([[
expect: ok
header: go 1.26 trace
trace:
  - EventBatch: {gen: 1, time: 1000}
    sync: [Frequency: {freq: 1000000000}, ClockSnapshot: {dt: 0, mono: 1000, sec: 1700000000, nsec: 0}]
  - EventBatch: {gen: 1, m: 1, time: 1000}
    events:
      - ProcStatus: {dt: 1, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 1, target_m: 1, status: Running}
      - UserTaskBegin: {dt: 1, task: 1, name: 4}
%s
      - UserTaskEnd: {dt: 1, task: 1}
  - EventBatch: {gen: 1}
    strings:
      - {id: 4, data: "%s"}
%s
  - EndOfGeneration
]]):format(table.concat(events, "\n"), task, table.concat(strings, "\n")))
end

local function dry_run(path, ...)
  local r = program.run { "-q", "anonymize", "--dry-run", path, ... }
  assert.equal("", r.err)
  return r.out:match "(\nlog key.*)$" or r.out:match "(\nnothing is logged.*)$"
end

describe("anonymize --dry-run", function()
  local path = trace_of({ { "payment", "card=4929502666714032" }, { "payment", "card=4929450371709078" },
    { "payment", "refused" }, { "", "a@example.com from 10.0.0.1, and a text that goes on" } },
    "refund b@example.com")

  it("has logs by key, and what looks like what", function()
    local words = { drop = "dropped ", hash = "replaced", keep = "KEPT    " }
    for fate, word in pairs(words) do
      assert.equal(([[

log key            logs  become    such as; what the values look like
payment               3  dropped   card=4929502666714032; 2 card numbers
-                     1  dropped   a@example.com from 10...; 1 e-mail addresses; 1 IP addresses

looks like             tasks  regions  logs
e-mail addresses           1        0     1
card numbers               0        0     2
tokens, keys               0        0     0
IP addresses               0        0     1
paths                      0        0     0
URLs with credentials      0        0     0
(names of tasks and regions, and values of logs, by known patterns: a help, no proof)
]]):gsub("dropped ", word), dry_run(path, "--logs=" .. fate))
    end
  end)

  it("says that there are no logs", function()
    assert.truthy(dry_run(program.root .. "testdata/real/go1.27-gc.trace"):find "^\nnothing is logged\n")
  end)

  it("counts what logs counts", function()
    local trace = program.root .. "testdata/real/go1.27-annotations.trace"
    local want, n = {}, 0
    for key, count in program.run({ "logs", "--by=key", "-F", "csv", trace }).out:gmatch "([%w]+),(%d+)" do
      want[key], n = tonumber(count), n + 1
    end
    assert.is_true(n > 3)
    local text = dry_run(trace)
    for _, key in ipairs { "counter", "step", "number", "background" } do
      assert.equal(want[key], tonumber(text:match("\n" .. key .. " +(%d+)  dropped")), key)
    end
  end)

  it("drops the same as the run that writes, which says of what", function()
    local out = program.tmpname()
    local r = program.run { "-o", out, "anonymize", path }
    assert.truthy(r.err:find("; 4 dropped (UserLog)\n", 1, true), r.err)
    assert.equal("", program.run({ "-q", "logs", "-F", "csv", out }).out:match "\n(.*)")
  end)
end)

describe("what was dropped", function()
  local trace = program.root .. "testdata/real/go1.27-annotations.trace"

  local function line(...)
    return program.run({ "-o", program.tmpname(), trace, ... }).err
  end

  it("is named where types alone are", function()
    assert.truthy(line("-f", "type ~= 'UserLog'"):find("51 dropped (UserLog)", 1, true))
    assert.truthy(line("-e", "drop 'GoBlock' drop 'UserLog'"):find(" dropped (GoBlock, UserLog)", 1, true))
  end)

  it("is not named where a hook may drop anything, or types are many", function()
    assert.truthy(line("-e", "drop 'UserLog' function on.GoCreate() return false end"):find " dropped;?[^(]*\n")
    assert.truthy(line("-f", "type == 'GoCreate'"):find " dropped;?[^(]*\n")
    assert.truthy(line("-f", "g ~= 1"):find " dropped;?[^(]*\n")
  end)
end)
