-- api.lua: the types of what scripts have. What each is for stands in the docs, in the table that
-- `from` names: a member that is here and not there, or there and not here, is an error.
--
-- A member is a line: `name type`, or `name(parameters): type` of a method, which is called with
-- a colon, or of a function, with a dot before its name.
local api = {}

api.objects = {
  { class = "gotrace.Frame", about = "A function in a stack, and where in it.", from = "scripting.md#Stacks|of a frame",
    members = [[
      func string
      file string
      line integer
      pc integer
      pkg string
      std boolean]] },
  { class = "gotrace.Stack", about = "The functions that called each other, leaf first: `#st`, `st[1]`.",
    from = "scripting.md#Stacks|of a stack", list = "gotrace.Frame", members = [[
      leaf gotrace.Frame
      root gotrace.Frame
      user gotrace.Frame
      id integer
      has(function_name: string): boolean
      match(pattern: string, ...: string): boolean
      folded(): string]] },
  { class = "gotrace.Stats", about = "How a goroutine, or what lies in a span, spent its time.",
    from = "spans.md#Goroutines|of `stats`", members = [[
      exec integer
      sched_wait integer
      syscall integer
      syscall_block integer
      block integer
      block_by table<string, integer>
      gc_assist integer
      sweep integer
      unknown integer
      total integer]] },
  { class = "gotrace.Goroutine", about = "What is known of a goroutine.", from = "spans.md#Goroutines|field",
    members = [[
      id integer
      name string
      created integer?
      started integer?
      ended integer?
      creator integer?
      created_at gotrace.Stack
      state gotrace.GoroutineState?
      since integer?
      reason gotrace.Reason?
      p integer?
      m integer?
      task integer?
      labels string[]
      system boolean
      stats gotrace.Stats
      vars table]] },
  { class = "gotrace.TaskLog", about = "A message of a task.", members = [[
      time integer
      g integer?
      key string
      value string
      stack gotrace.Stack]] },
  { class = "gotrace.TaskRegion", about = "A region of a task.", members = [[
      name string
      g integer?
      from integer
      to integer?]] },
  { class = "gotrace.Task", about = "What is known of a user task.",
    from = "spans.md#Tasks, collections, procs, threads|of `trace.task(id)`", members = [[
      id integer
      name string
      parent integer?
      from integer
      to integer?
      goroutines integer[]
      logs gotrace.TaskLog[]?
      regions gotrace.TaskRegion[]?
      stats gotrace.Stats]] },
  { class = "gotrace.GC", about = "A collection.",
    from = "spans.md#Tasks, collections, procs, threads|of `trace.gc(n)`", members = [[
      n integer
      from integer
      to integer?
      stw integer
      assist integer
      heap_before integer?
      heap_after integer?
      goal integer?]] },
  { class = "gotrace.Proc", about = "A proc, Go's P.",
    from = "spans.md#Tasks, collections, procs, threads|of `trace.proc(id)`", members = [[
      id integer
      state "Running"|"Idle"|nil
      m integer?
      g integer?
      running integer
      idle integer]] },
  { class = "gotrace.Thread", about = "A thread of the system, Go's M.",
    from = "spans.md#Tasks, collections, procs, threads|of `trace.thread(id)`", members = [[
      id integer
      p integer?
      g integer?]] },
  { class = "gotrace.Written", about = "What became of the events of a trace that is written.",
    from = "scripting.md#What is repaired|field", members = [[
      events integer
      bytes integer
      generations integer
      dropped integer
      cut integer
      edited integer
      added integer
      absorbed integer
      bridged integer
      withheld integer
      moved integer
      shifted integer
      largest_shift integer
      unplaced integer]] },
  { class = "gotrace.Trace", about = "The trace at hand.", from = { "scripting.md#Trace, generation, damage|field",
    "scripting.md#Trace, generation, damage|method" }, members = [[
      argument integer
      file string
      url string?
      start integer
      offset integer
      version string
      size integer
      file_size integer
      compression string
      duration integer
      covered integer
      events integer
      generations integer
      threads integer?
      procs integer?
      goroutines integer?
      damages integer
      lost integer
      parts table<string, integer>
      inputs integer
      output string?
      written gotrace.Written?
      binary string?
      .strings(): fun(): string?
      .goroutine(id: integer): gotrace.Goroutine?
      .task(id: integer|gotrace.NewTask): gotrace.Task?
      .proc(id: integer): gotrace.Proc?
      .thread(id: integer): gotrace.Thread?
      .gc(n: integer): gotrace.GC?
      .each_goroutine(): fun(): gotrace.Goroutine?
      .each_task(): fun(): gotrace.Task?
      .each_open(least: number?): fun(): gotrace.Span?
      .region(values: gotrace.NewRegion)
      .log(values: gotrace.NewLog)
      .hide(g: integer)
      .show(g: integer)
      .hide_others(...: integer)
      .has_shown(g: integer): boolean
      .window(from: integer?, to: integer?)
      .split(time: integer)]] },
  { class = "gotrace.NewRegion", about = "A region that a script adds.", members = [[
      g integer
      name string
      from number
      to number
      task integer?]] },
  { class = "gotrace.NewTask", about = "A task that a script adds; `trace.task` of it returns its id.", members = [[
      name string
      g integer
      from number
      to number
      parent integer?]] },
  { class = "gotrace.NewLog", about = "A message that a script adds.", members = [[
      g integer
      time number
      key string?
      value string?
      task integer?]] },
  { class = "gotrace.Generation", about = "A part of a trace that can be read by itself.",
    from = "scripting.md#Generations|field", members = [[
      n integer
      time integer
      off integer
      bytes integer
      batches integer
      strings integer
      stacks integer
      samples integer
      wall(): integer?, integer?]] },
  { class = "gotrace.Damage", about = "A part of a trace that could not be read.", from = "scripting.md#Damages|field",
    members = [[
      what string
      lost integer
      offset integer?
      time integer?
      gen integer?
      m integer?
      event integer?
      have string|integer|nil
      want string|integer|nil
      cause string?]] },
}

-- Of all events, and what is a method of all.
api.event = { class = "gotrace.Event", about = "What happened: the event at hand.",
  from = { "scripting.md#Events|field", "scripting.md#Events|method" },
  members = [[
    type gotrace.EventType
    time integer
    m integer?
    p integer?
    g integer?
    stack gotrace.Stack
    n integer
    gen integer
    off integer
    known boolean?
    func string?
    system boolean?
    region string?
    task_name string?
    copy(): gotrace.Event
    fields(): string[]
    wall(): integer?, integer?
    raw(): table<string, number|string>]],
  others = { tostring = true, pairs = true } }

-- Of all spans; the kinds are one class, as `-f` has them.
api.span = { class = "gotrace.Span", about = "What something did from one moment to another.",
    from = "spans.md#Fields|field",
  members = [[
    kind gotrace.SpanKind
    name string
    from integer
    to integer
    dur integer
    g integer?
    p integer?
    m integer?
    task integer?
    state gotrace.SpanState?
    prev gotrace.SpanState?
    next gotrace.SpanState?
    reason gotrace.Reason?
    cause string?
    waker integer?
    waker_stack gotrace.Stack?
    waker_func string?
    blocked integer?
    stack gotrace.Stack
    end_stack gotrace.Stack
    event_stack gotrace.Stack?
    place gotrace.Frame?
    depth integer?
    self integer?
    parent integer?
    stats gotrace.Stats
    func string?
    system boolean?
    task_name string?
    region string?
    open gotrace.Side?
    clipped gotrace.Side?
    begin_n integer?
    end_n integer?]],
  extra = { { "copy(): gotrace.Span", "a span with the same fields, which lasts" } } }

api.tables = {
  { class = "gotrace.Table", about = "A table that prints itself when all traces are read.",
    from = "scripting.md#Tables|method", members = [[
      top(n: integer): self
      sort(column: string): self
      unit(unit: "ns"|"bytes"|"%"): self
      ns(): self
      optional(): self
      when_empty(text: string): self
      percent(): self
      name(text: string): self
      add(...: any)
      add_sum(...: any): self
      add_sums(...: any): self
      spread(...: any): self
      get(...: any): any
      total(): any
      each(): fun(): any
      print(): self
      quiet(): self
      clear(): self]] },
  { class = "gotrace.Rows", about = "A table that is filled row by row.",
    from = "scripting.md#Tables that are filled row by row|of `rows`", parent = "gotrace.Table", members = [[
      object(): self
      first(n: integer): self
      unit(unit: "ns"|"bytes"|"%", ...: string): self
      picture(column: string): self]] },
}

api.constructors = { from = "scripting.md#Tables|function", functions = [[
  count(what: string?, ...: string): gotrace.Table
  sum(what: string?, ...: string): gotrace.Table
  min(what: string?, ...: string): gotrace.Table
  max(what: string?, ...: string): gotrace.Table
  mean(what: string?, ...: string): gotrace.Table
  last(what: string?, ...: string): gotrace.Table
  stats(what: string?, ...: string): gotrace.Table
  gauge(what: string?, ...: string): gotrace.Table
  durations(what: string?, ...: string): gotrace.Table
  spread(what: string?, ...: string): gotrace.Table
  columns(spec: gotrace.Columns): gotrace.Table
  quantile(what: string?, ...: string): gotrace.Table
  hist(what: string?, ...: string): gotrace.Table
  lhist(what: string, width: number, ...: string): gotrace.Table
  tseries(what: string|gotrace.SeriesSpec, step: number?, ...: string): gotrace.Table
  top(what: string?, ...: string): gotrace.Table
  rows(...: string): gotrace.Rows]] }

api.globals = { from = "scripting.md#What a script has|global",
  values = [[
    description string
    args gotrace.Option[]
    opt table<string, any>
    order "thread"|"full"
    needs gotrace.Need|gotrace.Need[]
    writes gotrace.Format
    export gotrace.Export
    trace gotrace.Trace
    shared table]],
  functions = [[
    drop(...: gotrace.EventType|string|string[])
    count_types(what: string?): gotrace.Table
    emit(type: gotrace.EventType, fields: table?)
    probe(name: string, fn: fun(what: any): boolean?): gotrace.Probe
    group(...: gotrace.Probe): gotrace.Probe
    fail(format: string?, ...: any)]],
  -- What the script defines, and what has files of its own.
  others = { on = true, scan = true, partial = true, merge = true, count = true, sum = true, stats = true },
}

api.probe = { class = "gotrace.Probe", about = "A hook that comes and goes.", from = "scripting.md#Probes|of a probe",
  members = [[
    attached boolean
    attach()
    detach()]] }

api.modules = {
  format = { class = "gotrace.format", about = "Values as text.", from = "scripting.md#Values as text|function",
    members = [[
      .number(n: number): string
      .thousands(n: number): string
      .duration(ns: number): string
      .bytes(n: number): string
      .json(value: any): string
      .csv(value: any): string
      .line(value: any): string
      .value(value: any): string
      .style(): "text"|"json"|"csv"
      .spans(): string[]?
      .event(): string
      .event_head(): string?]] },
  regexp = { class = "gotrace.regexp", about = "Regular expressions, as options of type `regexp` are.",
    from = "scripting.md#Regular expressions|function", members = [[
      .compile(text: string, options: gotrace.RegexpOptions?): gotrace.Regexp?, string?]],
    others = { match = true } },
  expect = { class = "gotrace.expect", about = "What must hold of a trace.", from = "expect.md#Expectations|rule",
    members = [[
      .before(a: string, b: string, options: gotrace.ExpectOptions?)
      .at_most(n: integer, a: string, options: gotrace.ExpectOptions?)
      .within(duration: string|number, a: string, b: string|gotrace.ExpectOptions|nil, options: gotrace.ExpectOptions?)
      .never(a: string, options: gotrace.ExpectOptions?)
      .no_leaks(a: string?, options: gotrace.ExpectOptions?)]] },
}
api.regexp = { class = "gotrace.Regexp", about = "A regular expression.",
    from = "scripting.md#Regular expressions|function",
  members = [[
    match(text: string): boolean]], others = { compile = true } }

-- What the engine sums up.
api.sum = { class = "gotrace.Sum",
    about = "Spans that are alike, summed up; it has the fields that they are summed by, too.",
  from = "spans.md#Sums|field", members = [[
    count integer
    total integer
    blocked integer
    shortest integer
    max integer
    longest gotrace.Span
    from integer
    to integer
    order integer
    p50 integer?
    p90 integer?
    p99 integer?
    stats gotrace.Stats?
    unaccounted integer?]] }

return api
