-- paging.lua: a run whose script shows a page while it goes on (gotrace.screen).
--
-- A file is played back: it is delivered up to a time, then the page is drawn and time goes
-- by as it was recorded. What comes as it happens is delivered at once; the page is drawn when
-- nothing more comes, which is when a generation has come whole. Keys are looked for between
-- batches, where time goes by, and where the engine waits: the terminal's timer interrupts it.
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local pages = require "gotrace.screen.page"
local progress = require "gotrace.run.progress"
local trace = require "gotrace.trace.trace"

local SECOND = 1e9
local SLICE = 50 -- ms for which keys are waited for at once
local LEAST = 0.1 -- seconds between two drawings of what comes as it happens

local now = progress.now

local Paging = {}
Paging.__index = Paging

local held -- messages that wait until the terminal is as it was; nil: there is no page

local function hold_messages()
  held = held or {}
  errors.set_deliver(function(text)
    held[#held + 1] = text
  end)
end

-- close(): the terminal is as it was, and what was to be said is said.
local function close()
  if not held then
    return
  end
  local list = held
  held = nil
  host.terminal_close()
  errors.set_deliver(errors.put_warning)
  for _, text in ipairs(list) do
    errors.put_warning(text)
  end
end

local function open_terminal()
  local ok, why = host.terminal_open()
  if not ok then
    errors.usage("there can be no page: %s; --once prints its table", why)
  end
  hold_messages()
end

-- The page that stages ask for.
local function spec_of(stages)
  for _, stage in ipairs(stages) do
    if stage.page then
      return stage.page
    end
  end
end

local shown -- the page of the trace before

-- begin(run, pass): a trace is about to be read: what shows it on a page.
local function begin(run, pass)
  local spec = spec_of(pass.stages)
  open_terminal()
  run.options.no_meter = true
  local page = pages.new(spec)
  if shown then
    pages.keep(page, shown)
  end
  shown = page
  page.title = trace.shown(run.input.name)
  local self = setmetatable({ page = page, spec = spec, drawn = now(),
    is_live = tonumber(run.info.file_size) == 0, due = math.huge, time = 0,
    began = now(), seen = 0, seen_before = 0 }, Paging)
  self.due = self.is_live and math.huge or spec.every
  self:show()
  host.terminal_pulse(true)
  return self
end

local function clock(ns)
  local s = ns / SECOND
  return s < 60 and ("%.1fs"):format(s) or
    ("%d:%02d"):format(math.floor(s / 60), math.floor(s % 60))
end

function Paging:show()
  local what = self.has_ended and "the trace has ended" or
    self.is_live and "live" or ("x%g"):format(self.spec.speed)
  self.page.status = clock(self.time) .. "  " .. what
  self.page:draw()
  self.drawn = now()
end

-- has_quit(): whether a key, or the terminal, has ended the run.
function Paging:has_quit()
  return self.page.has_quit or false
end

-- Nobody looks, or will.
function Paging:is_over()
  return self.page.has_quit or host.signal() ~= nil
end

-- What the script makes of what has come up to a time.
function Paging:update(time)
  self.time, self.seen = time, 0
  self.spec.update(time)
  self:show()
end

-- Keys, for as long as `ms`.
function Paging:heed(ms)
  if self.page:heed(ms) then
    self:show()
  elseif self.page:is_resized() then
    self:show()
  end
end

-- Until a moment, which comes later by as long as somebody pauses.
function Paging:wait(seconds)
  local before = now()
  while not self:is_over() and (self.page.is_paused or
    now() < self.began + seconds) do
    local left = math.ceil((self.began + seconds - now()) * 1000)
    self:heed(math.max(math.min(left, SLICE), 1))
    if self.page.is_paused then
      self.began = self.began + now() - before
    end
    before = now()
  end
end

-- Seconds from the beginning on until what happened at a time is shown.
function Paging:seconds_of(time)
  return self.spec.speed > 0 and time / SECOND / self.spec.speed or 0
end

-- A file has been delivered up to `due`.
function Paging:step()
  self:wait(self:seconds_of(self.due))
  self:update(self.due)
  self.due = self.due + self.spec.every
end

-- took(n, time): a batch of n events, up to that time, has been delivered.
function Paging:took(n, time)
  self.seen, self.last = self.seen + n, time
end

-- pulse(): the engine has been interrupted. Live, and nothing has come since the last time:
-- what has come before is all there is for now.
function Paging:pulse()
  local is_idle = self.seen == self.seen_before and self.seen > 0
  self.seen_before = self.seen
  if self.is_live and is_idle and not self.page.is_paused and
    now() - self.drawn >= LEAST then
    self:update(self.last)
  end
  self:heed(0)
end

-- finish(goes_on): the trace is at its end. Without another one behind it the page stays
-- until somebody quits.
function Paging:finish(goes_on)
  if self:is_over() then
    return
  end
  local last = self.last or 0
  if not self.is_live then
    self:wait(self:seconds_of(last))
  end
  self.has_ended, self.page.is_paused = true, nil
  if self.seen > 0 or last > self.time then
    self:update(last)
  end
  self:show()
  while not (goes_on or self:is_over()) do
    self:heed(SLICE)
  end
  host.terminal_pulse(false)
end

return { begin = begin, close = close }
