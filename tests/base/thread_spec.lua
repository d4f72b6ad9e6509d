-- The two protocols between threads, alone. Tasks are C functions, ours and libc's:
-- Lua cannot be called on another thread.
local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.cdef [[
struct worker_task { void (*work)(void *); void *arg; struct worker_task *next; bool called, done; };
struct workers { int use; unsigned most, started, idle; char more[2048]; };
bool workers_call(struct workers *w, struct worker_task *task, void (*work)(void *), void *arg);
void workers_wait(struct workers *w, struct worker_task *task);
void workers_free(struct workers *w);
bool worker_pays(int use, uint64_t bytes, uint64_t least);
unsigned worker_cpus(void);

struct ring { char bytes[2048]; } __attribute__((aligned(64)));
bool ring_init(struct ring *r, unsigned places, unsigned enough);
void ring_free(struct ring *r);
void ring_begin(struct ring *r);
bool ring_wait_empty(struct ring *r, unsigned *place);
void ring_fill(struct ring *r);
void ring_end(struct ring *r);
bool ring_wait_alone(struct ring *r);
int ring_take(struct ring *r, unsigned ms, unsigned *place);
void ring_empty(struct ring *r);
void ring_stop(struct ring *r);

typedef struct { char bytes[64]; } sem;
int sem_init(sem *s, int shared, unsigned value);
int sem_post(sem *s);
int sem_wait(sem *s);
int sem_trywait(sem *s);
]]
local PLACE, LATE, END = 0, 1, 2

local function task_of(f)
  return ffi.cast("void (*)(void *)", f)
end

local function semaphore(value)
  local s = ffi.new "sem"
  assert.equal(0, C.sem_init(s, 0, value))
  return s
end

describe("workers", function()
  local w, tasks

  -- Calls functions with an argument each, in this order.
  local function call(...)
    for i, job in ipairs { ... } do
      tasks[#tasks + 1] = ffi.new "struct worker_task"
      assert.is_true(lib.workers_call(w, tasks[#tasks], task_of(job[1]), job[2]), i)
    end
  end

  local function start(most)
    w, tasks = ffi.new "struct workers", {}
    w.most = most
  end

  after_each(function()
    lib.workers_free(w)
    assert.equal(0, w.started)
  end)

  it("have no thread before there is a task, and one for a second one only if it is free", function()
    start(4)
    assert.equal(0, w.started)
    for _ = 1, 50 do
      call { C.sem_post, semaphore(0) }
      lib.workers_wait(w, tasks[#tasks])
    end
    assert.is_true(w.started >= 1 and w.started <= 2, "one may not be back yet from its task")
  end)

  it("run so many tasks at a time", function()
    start(3)
    local a, b = semaphore(0), semaphore(0)
    call({ C.sem_wait, a }, { C.sem_wait, b }, { C.sem_post, b })
    lib.workers_wait(w, tasks[2])
    assert.is_false(tasks[1].done)
    call { C.sem_post, a }
    lib.workers_wait(w, tasks[4])
    lib.workers_wait(w, tasks[1])
    lib.workers_wait(w, tasks[3])
    assert.equal(3, w.started)
  end)

  it("take them up in the order of the calls", function()
    start(0) -- which is one
    local a, b = semaphore(0), semaphore(0)
    call({ C.sem_post, a }, { C.sem_wait, a }, { C.sem_post, b }, { C.sem_wait, b })
    for i = 4, 1, -1 do
      lib.workers_wait(w, tasks[i])
    end
    assert.equal(1, w.started)
    assert.is_true(C.sem_trywait(a) ~= 0 and C.sem_trywait(b) ~= 0)
  end)

  it("end with tasks done, and can be called again", function()
    start(2)
    for _ = 1, 3 do
      local a = semaphore(0)
      call { C.sem_post, a }
      lib.workers_wait(w, tasks[#tasks])
      assert.equal(0, C.sem_trywait(a))
      lib.workers_free(w)
    end
  end)

  it("have nothing to wait for where nothing was called", function()
    start(1)
    lib.workers_wait(w, ffi.new "struct worker_task")
    assert.equal(0, w.started)
  end)

  it("pay with enough bytes and a CPU to spare", function()
    start(1)
    local spare = lib.worker_cpus() > 1
    assert.equal(spare, lib.worker_pays(0, 100, 100))
    assert.is_false(lib.worker_pays(0, 99, 100))
    assert.is_false(lib.worker_pays(1, 100, 0))
    assert.is_true(lib.worker_pays(2, 0, 100))
  end)

  describe("fill a ring", function()
    local r, place

    before_each(function()
      r, place = ffi.new "struct ring", ffi.new "unsigned[1]"
      assert.is_true(lib.ring_init(r, 4, 2))
      start(1)
    end)

    after_each(function()
      for _, task in ipairs(tasks) do
        lib.workers_wait(w, task)
      end
      lib.ring_free(r)
    end)

    local function take(ms)
      return lib.ring_take(r, ms or 0, place), place[0]
    end

    it("whose places come in turn, until the end", function()
      call({ lib.ring_fill, r }, { lib.ring_fill, r }, { lib.ring_fill, r }, { lib.ring_end, r })
      for i = 0, 2 do
        assert.same({ PLACE, i }, { take() })
        lib.ring_empty(r)
      end
      assert.equal(END, (take()))
      assert.equal(END, (take(1)))
    end)

    it("which is waited for no longer than said", function()
      assert.equal(LATE, (take(1)))
      call { lib.ring_fill, r }
      assert.same({ PLACE, 0 }, { take(1000) }) -- less than enough, and late
    end)

    it("which is begun again", function()
      for _ = 1, 2 do
        call({ lib.ring_fill, r }, { lib.ring_end, r })
        assert.same({ PLACE, 0 }, { take() })
        lib.ring_empty(r)
        assert.equal(END, (take()))
        lib.ring_begin(r)
      end
      assert.equal(LATE, (take(1)))
    end)

    it("and wait where it is full", function()
      call({ lib.ring_fill, r }, { lib.ring_fill, r }, { lib.ring_fill, r }, { lib.ring_fill, r })
      lib.workers_wait(w, tasks[4])
      local own = ffi.new "unsigned[1]"
      tasks[5] = ffi.new "struct worker_task"
      local wait = ffi.cast("void (*)(void *)", lib.ring_stop)
      assert.is_true(lib.workers_call(w, tasks[5], wait, r))
      assert.is_false(lib.ring_wait_empty(r, own)) -- until nothing more is wanted
    end)

    it("alone, where they ask for that: when all is empty, up to the next place", function()
      call({ lib.ring_fill, r }, { lib.ring_wait_alone, r }, { lib.ring_fill, r }, { lib.ring_end, r })
      assert.same({ PLACE, 0 }, { take() }) -- though it is not enough
      assert.is_false(tasks[2].done)
      lib.ring_empty(r)
      assert.same({ PLACE, 1 }, { take() })
      assert.is_true(tasks[2].done)
      lib.ring_empty(r)
      assert.equal(END, (take()))
    end)

    it("or do not get to be alone, where nothing more is wanted", function()
      start(2)
      call({ lib.ring_wait_alone, r }, { lib.ring_stop, r })
      lib.workers_wait(w, tasks[1])
      assert.equal(LATE, (take(1)))
    end)
  end)
end)
