-- schema.lua: the tables and views of a database. Names are those of sqlprof where the
-- meaning is equal; times are ns since the trace began. src/export/sqlite/rows.c sets the
-- columns of spans in this order.

-- What stands in each row of a span.
local TIMES = [[
  duration_ns INTEGER NOT NULL,
  end_time_ns INTEGER NOT NULL,]]
local EDGES = [[
  open TEXT,
  clipped TEXT,
  start_time_ns INTEGER AS (end_time_ns - duration_ns)]]
local FILE = "file INTEGER NOT NULL REFERENCES files,"

-- States are equal in sqlprof's spelling too, which is in small letters.
local STATES = [[
  from_state TEXT COLLATE NOCASE,
  to_state TEXT COLLATE NOCASE,]]

local tables = [[
PRAGMA application_id = 0x676f7472;
PRAGMA user_version = 1;
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE files (
  file INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  duration_ns INTEGER,
  covered_ns INTEGER,
  wall_time_ns INTEGER,
  events INTEGER,
  generations INTEGER,
  size INTEGER,
  damages INTEGER,
  lost INTEGER
) STRICT;
CREATE TABLE functions (
  function_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  file TEXT NOT NULL
) STRICT;
CREATE TABLE frames (
  frame_id INTEGER PRIMARY KEY,
  address INTEGER NOT NULL,
  function_id INTEGER NOT NULL REFERENCES functions,
  line INTEGER NOT NULL
) STRICT;
CREATE TABLE stacks (
  stack_id INTEGER PRIMARY KEY,
  folded TEXT NOT NULL
) STRICT;
CREATE TABLE stack_frames (
  stack_id INTEGER NOT NULL REFERENCES stacks,
  position INTEGER NOT NULL,
  frame_id INTEGER NOT NULL REFERENCES frames,
  PRIMARY KEY (stack_id, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE g_transitions (
  $FILE
  g INTEGER NOT NULL,
$STATES
  reason TEXT,
$TIMES
  stack_id INTEGER REFERENCES stacks,
  src_stack_id INTEGER REFERENCES stacks,
  src_g INTEGER,
  src_m INTEGER,
  src_p INTEGER,
  from_reason TEXT,
  from_stack_id INTEGER REFERENCES stacks,
  blocked_ns INTEGER,
  task INTEGER,
  region TEXT,
$EDGES
) STRICT;
CREATE TABLE p_transitions (
  $FILE
  p INTEGER NOT NULL,
$STATES
$TIMES
  src_p INTEGER,
  src_g INTEGER,
  src_m INTEGER,
$EDGES
) STRICT;
CREATE TABLE ranges (
  $FILE
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  g INTEGER,
  p INTEGER,
  m INTEGER,
$TIMES
  stack_id INTEGER REFERENCES stacks,
  end_stack_id INTEGER REFERENCES stacks,
  task INTEGER,
$EDGES
) STRICT;
CREATE TABLE regions (
  $FILE
  name TEXT NOT NULL,
  g INTEGER,
  task INTEGER,
  depth INTEGER NOT NULL,
$TIMES
  self_ns INTEGER NOT NULL,
  stack_id INTEGER REFERENCES stacks,
  end_stack_id INTEGER REFERENCES stacks,
$EDGES
) STRICT;
CREATE TABLE tasks (
  $FILE
  task INTEGER,
  name TEXT NOT NULL,
  parent INTEGER,
  g INTEGER,
$TIMES
  stack_id INTEGER REFERENCES stacks,
  end_stack_id INTEGER REFERENCES stacks,
$EDGES
) STRICT;
CREATE TABLE logs (
  $FILE
  time_ns INTEGER NOT NULL,
  g INTEGER,
  p INTEGER,
  m INTEGER,
  task INTEGER,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  stack_id INTEGER REFERENCES stacks
) STRICT;
CREATE TABLE labels (
  $FILE
  time_ns INTEGER NOT NULL,
  g INTEGER,
  label TEXT NOT NULL
) STRICT;
CREATE TABLE metrics (
  $FILE
  end_time_ns INTEGER NOT NULL,
  name TEXT NOT NULL,
  value INTEGER NOT NULL,
  src_stack_id INTEGER REFERENCES stacks,
  src_g INTEGER,
  src_p INTEGER,
  src_m INTEGER
) STRICT;
CREATE TABLE label_sets (
  label_set_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  str_val TEXT,
  num_val INTEGER,
  unit TEXT,
  PRIMARY KEY (label_set_id, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE stack_samples (
  $FILE
  type TEXT NOT NULL,
  src_stack_id INTEGER REFERENCES stacks,
  value INTEGER NOT NULL,
  end_time_ns INTEGER NOT NULL,
  label_set_id INTEGER,
  src_g INTEGER,
  src_p INTEGER,
  src_m INTEGER
) STRICT;
CREATE TABLE goroutine_stats (
  $FILE
  g INTEGER NOT NULL,
  name TEXT,
  is_system_goroutine INTEGER NOT NULL,
  creator INTEGER,
  created_ns INTEGER,
  started_ns INTEGER,
  ended_ns INTEGER,
  created_stack_id INTEGER REFERENCES stacks,
  exec_ns INTEGER NOT NULL,
  sched_wait_ns INTEGER NOT NULL,
  syscall_ns INTEGER NOT NULL,
  syscall_block_ns INTEGER NOT NULL,
  block_ns INTEGER NOT NULL,
  gc_assist_ns INTEGER NOT NULL,
  sweep_ns INTEGER NOT NULL,
  total_ns INTEGER NOT NULL,
  PRIMARY KEY (file, g)
) STRICT, WITHOUT ROWID;
]]

local function sum_of(state, name)
  return ("coalesce(sum(duration_ns) FILTER (WHERE from_state = '%s'), 0) " ..
    "AS %s"):format(state, name)
end

local G_SUMS = table.concat({ sum_of("Running", "running_ns"),
  sum_of("Runnable", "runnable_ns"), sum_of("Syscall", "syscall_ns"),
  sum_of("Waiting", "waiting_ns") }, ", ")
local P_SUMS = table.concat({ sum_of("Running", "running_ns"),
  sum_of("Idle", "idle_ns") }, ", ")

-- Behind all rows, so that nothing is sorted into place one by one.
local views = [[
CREATE INDEX g_transitions_g ON g_transitions (g);
CREATE INDEX regions_task ON regions (task);
CREATE INDEX tasks_task ON tasks (task);
CREATE INDEX logs_task ON logs (task);
CREATE INDEX frames_function ON frames (function_id);
CREATE VIEW goroutines AS
SELECT t.file, t.g, s.name, s.is_system_goroutine,
  t.running_ns, t.runnable_ns, t.syscall_ns, t.waiting_ns,
  t.total_ns, t.transitions
FROM (
  SELECT file, g, $G_SUMS,
    sum(duration_ns) AS total_ns, count(*) AS transitions
  FROM g_transitions GROUP BY file, g
) t LEFT JOIN goroutine_stats s ON s.file = t.file AND s.g = t.g
ORDER BY t.running_ns DESC, t.file, t.g;
CREATE VIEW goroutine_groups AS
SELECT name, sum(running_ns) AS running_ns, sum(runnable_ns) AS runnable_ns,
  sum(syscall_ns) AS syscall_ns, sum(waiting_ns) AS waiting_ns,
  sum(total_ns) AS total_ns, sum(transitions) AS transitions,
  count(*) AS count
FROM goroutines GROUP BY name ORDER BY running_ns DESC, name;
CREATE VIEW procs AS
SELECT file, p, $P_SUMS,
  sum(duration_ns) AS total_ns, count(*) AS transitions
FROM p_transitions GROUP BY file, p ORDER BY running_ns DESC, file, p;
CREATE VIEW wakes AS
SELECT file, end_time_ns AS time_ns, g, src_g AS waker,
  src_stack_id AS waker_stack_id, from_reason AS reason,
  duration_ns AS waited_ns, from_stack_id AS stack_id
FROM g_transitions WHERE from_state = 'Waiting' AND to_state = 'Runnable';
CREATE VIEW stack AS
SELECT s.stack_id, s.position, n.name AS function, n.file, f.line, f.address
FROM stack_frames s JOIN frames f USING (frame_id)
JOIN functions n USING (function_id);
CREATE VIEW leaf_func AS
SELECT stack_id, function FROM stack WHERE position = 0;
CREATE VIEW root_func AS
SELECT stack_id, function FROM stack
WHERE (stack_id, position) IN
  (SELECT stack_id, max(position) FROM stack_frames GROUP BY stack_id);
]]

local parts = { TIMES = TIMES, EDGES = EDGES, FILE = FILE, STATES = STATES,
  G_SUMS = G_SUMS, P_SUMS = P_SUMS }

return { tables = tables:gsub("%$(%u[%u_]*)", parts),
  views = views:gsub("%$(%u[%u_]*)", parts) }
