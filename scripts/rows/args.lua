-- args.lua: of what there are rows, and what stands in them.
return {
  { name = "kinds", type = "list", choices = { "state", "proc", "stw", "gc",
    "sweep", "assist", "region", "task", "goroutine" },
    help = "spans of these kinds, state if none is said" },
  { name = "events", type = "events", arg = "TYPE",
    help = "not spans but events of these types: --events='Heap*'" },
  { name = "fields", type = "list", arg = "A,B,...",
    help = "the columns: fields of spans or events, and trace, the file" },
}
