-- args.lua: of which spans there are rows, and what stands in them.
return {
  { name = "kinds", type = "list", default = { "state" }, choices = { "state",
    "proc", "stw", "gc", "sweep", "assist", "region", "task", "goroutine" },
    help = "of which kinds" },
  { name = "fields", type = "list", default = { "trace", "kind", "name", "from",
    "to", "dur", "g", "p", "m", "reason", "task", "waker", "func", "open",
    "stack" },
    help = "the columns: fields of spans, and trace" },
}
