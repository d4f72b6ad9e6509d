-- looks.lua: what a text looks like that should not be handed out: simple, well-known
-- patterns, which miss some and take others for what they are not.

-- Prefixes of well-known services' keys, each with what has to follow.
local key_patterns = {
  "%f[%w]tok_[%w_]+", "%f[%w][sprk]k_live_%w+", "%f[%w][sprk]k_test_%w+",
  "%f[%w]sk%-[%w_-]+", "%f[%w]gh[oprsu]_%w+", "%f[%w]github_pat_[%w_]+",
  "%f[%w]glpat%-[%w_-]+", "%f[%w]xox[abeprs]%-[%w-]+",
  "%f[%w]A[KS]IA[%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d][%u%d]",
  "%f[%w]AIza[%w_-]+", "%f[%w]eyJ[%w_-]+%.[%w_-]+", "%-%-%-%-%-BEGIN [%u ]+KEY",
}

-- Words that a secret follows, in lower case.
local secret_patterns = { "%f[%a]bearer +[%w._~+/-]+" }
for _, word in ipairs { "token", "secret", "passwd", "password", "api[_-]?key",
  "access[_-]?key", "authorization", "credentials?", "session[_-]?id",
  "cookie" } do
  secret_patterns[#secret_patterns + 1] = word .. "[\"']? *[=:] *[^%s,;]+"
end

local function has_any(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:find(pattern) then
      return true
    end
  end
  return false
end

-- 13 to 19 digits as cards have them, in groups or not. A time in ns since 1970 has 19 too,
-- and begins with 1.
local function has_card_number(text)
  for digits in text:gmatch "%f[%d]%d[%d -]+%d%f[%D]" do
    local plain, groups = digits:gsub("[ -]", "")
    if plain:find "^[2-6]" and #plain >= 13 and #plain <= 19 and
      (groups == 0 or not digits:find "[ -][ -]" and groups <= 4) then
      return true
    end
  end
  return false
end

local function is_ipv4(...)
  for i = 1, 4 do
    if tonumber((select(i, ...))) > 255 then
      return false
    end
  end
  return true
end

-- Eight groups, or fewer with one gap; a time of day is neither.
local function is_ipv6(text)
  local _, colons = text:gsub(":", "")
  local gap = text:find("::", 1, true)
  return text:find "^[%x:]+$" ~= nil and not text:find "%x%x%x%x%x" and
    (gap and text:find "%d" and colons <= 7 or not gap and colons == 7)
end

local function has_address(text)
  for a, b, c, d, at in text:gmatch "%f[%d.](%d+)%.(%d+)%.(%d+)%.(%d+)()" do
    if is_ipv4(a, b, c, d) and not text:find("^%.?%d", at) then
      return true
    end
  end
  for word in text:gmatch "%f[%w:][%x:]+%f[^%w:]" do
    if is_ipv6(word) then
      return true
    end
  end
  return false
end

-- Of two parts at least, on any system; an address's path is none.
local function has_path(text)
  local padded = " " .. text
  return padded:find "[%s=:,(\"']/[%w._~+-]+/[%w._~+-]+" ~= nil or
    padded:find "[%s=:,(\"']~/[%w._+-]+" ~= nil or
    padded:find "[^%w]%a:\\[%w._-]+" ~= nil
end

local URL_USER = "%a[%w+.-]*://[^%s/@]+@"

-- A user of a server is no e-mail address, but may be a part of what looks like one.
local function has_mail(text)
  local rest = text:gsub("://[^%s/@]+@", "://")
  return rest:find "[%w._%%+-]*[%w_+-]@[%w-]+%.[%w.-]*%a%a" ~= nil
end

-- In the order in which they are told: a word for several, and whether a text has one.
local kinds = {
  { "e-mail addresses", has_mail },
  { "card numbers", has_card_number },
  { "tokens, keys", function(text)
    return has_any(text, key_patterns) or has_any(text:lower(), secret_patterns)
  end },
  { "IP addresses", has_address },
  { "paths", has_path },
  { "URLs with credentials", function(text)
    return text:find(URL_USER) ~= nil
  end },
}

-- each(text, fn): calls fn with the number of each kind that the text looks like.
local function each(text, fn)
  for i, kind in ipairs(kinds) do
    if kind[2](text) then
      fn(i)
    end
  end
end

local function name_of(i)
  return kinds[i][1]
end

return { each = each, name_of = name_of, count = #kinds }
