-- regexp.lua: POSIX extended regular expressions, those of grep -E, from the C
-- library. Lua's patterns know no alternation.
local ffi = require "ffi"

-- regex_t has 64 bytes in glibc and less elsewhere; its first member is
-- aligned for a pointer.
ffi.cdef [[
int regcomp(void *preg, const char *pattern, int flags);
int regexec(const void *preg, const char *text, size_t n, void *matches,
            int flags);
size_t regerror(int code, const void *preg, char *buf, size_t size);
void regfree(void *preg);
]]

local C = ffi.C
local EXTENDED, ICASE, NOSUB = 1, 2, 8

local Regexp = {}
local meta = {
  __metatable = false,
  __index = Regexp,
  __tostring = function(re)
    return re.text
  end,
}

-- A handle is reached through its object only, so that no script can hand
-- regexec memory of its own making.
local handles = setmetatable({}, { __mode = "k" })

-- True if it is found anywhere in text.
function Regexp:match(text)
  local handle = handles[self]
  if not handle then
    error("call it as re:match(text)", 2)
  elseif type(text) ~= "string" then
    error("match wants a string, not " .. type(text), 2)
  end
  return C.regexec(handle, text, 0, nil, 0) == 0
end

local function message(code, handle)
  local buf = ffi.new "char[200]"
  C.regerror(code, handle, buf, 200)
  return ffi.string(buf)
end

-- compile(text, options): the regular expression, or nil and what is wrong with
-- it. options.ignore_case does what it says.
local function compile(text, options)
  if text:find("\0", 1, true) then
    return nil, "it has a NUL byte"
  end
  local flags = EXTENDED + NOSUB
  if options and options.ignore_case then
    flags = flags + ICASE
  end
  local handle = ffi.new "uint64_t[32]"
  local code = C.regcomp(handle, text, flags)
  if code ~= 0 then
    return nil, message(code, handle)
  end
  local re = setmetatable({ text = text }, meta)
  handles[re] = ffi.gc(handle, C.regfree)
  return re
end

return { compile = compile }
