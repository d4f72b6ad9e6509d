-- terminal: programs in a terminal of their own, which is tmux's: keys are pressed, and what
-- the screen shows is read.
--
--   local t = terminal.open { line = "gotrace-lua top x.trace", columns = 80, rows = 24 }
--   t:press("Tab", "q")        names of keys as tmux has them
--   t:type "some text"
--   t:wait("ended")            until that is on the screen; its lines
--   t:close()
local program = require "support.program"

local terminal = {}
terminal.__index = terminal

local PATIENCE = 20 -- seconds for what should come at once: machines may be busy
local STEP = 0.05

local open = {}
local count = 0

-- A server of its own, so that nobody's sessions are near.
function terminal:tmux(...)
  local words = {}
  for i, word in ipairs { ... } do
    words[i] = program.quote(word)
  end
  return program.shell("tmux -S '" .. self.socket .. "' -f /dev/null " .. table.concat(words, " "))
end

-- open{ line =, columns =, rows = }: runs a line of shell. All that it writes goes to the file
-- `raw` of what this returns, too.
function terminal.open(what)
  count = count + 1
  local socket = program.tmpname()
  os.remove(socket)
  local self = setmetatable({ socket = socket, raw = program.tmpname() }, terminal)
  -- It begins when all that it writes is kept.
  local go = program.tmpname()
  os.remove(go)
  local line = ("while ! [ -e %s ]; do sleep 0.02; done; %s; echo \"status $?\"; stty -a | grep -o -e '-*icanon' " ..
    "-e '-*echo '; sleep 1000"):format(go, what.line)
  local made = self:tmux("new-session", "-d", "-x", what.columns or 80, "-y", what.rows or 24,
    "-e", "TERM=" .. (what.term or "tmux-256color"), line)
  assert(made.status == 0, made.err)
  self:tmux("pipe-pane", "-O", "cat >>" .. self.raw)
  program.write(go, "")
  open[#open + 1] = self
  return self
end

function terminal:press(...)
  assert(self:tmux("send-keys", ...).status == 0)
end

function terminal:type(text)
  assert(self:tmux("send-keys", "-l", text).status == 0)
end

function terminal:resize(columns, rows)
  assert(self:tmux("resize-window", "-x", columns, "-y", rows).status == 0)
end

-- The screen: its lines, and all of it as text.
function terminal:lines()
  local text, list = self:tmux("capture-pane", "-p").out, {}
  for line in text:gmatch "([^\n]*)\n" do
    list[#list + 1] = line
  end
  return list, text
end

-- wait(is): until is(text, lines) holds, or a pattern is on the screen. The lines.
function terminal:wait(is)
  local pattern = type(is) == "string" and is
  local list, text
  for _ = 1, PATIENCE / STEP do
    list, text = self:lines()
    if pattern and text:find(pattern) or not pattern and is(text, list) then
      return list, text
    end
    program.shell("sleep " .. STEP)
  end
  error("not on the screen: " .. tostring(pattern or "what was waited for") .. "\n" .. text, 2)
end

function terminal:close()
  self:tmux "kill-server"
end

-- clean(): ends what is still open.
function terminal.clean()
  for _, one in ipairs(open) do
    one:close()
  end
  open = {}
  program.clean()
end

return terminal
