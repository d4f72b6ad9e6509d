-- go_name.lua: the parts of a function's name as Go's linker writes it, and the name with
-- others in place of those that the program chose. What the compiler adds stays: func1.2,
-- gowrap1, deferwrap1, -range1, -fm, init.0, glob.., type:.eq., _Cfunc_, [...].

-- What the compiler writes where a name of the program's own could stand as well, behind
-- the first name in a package.
local behind = {
  "^func%d+$", "^%d+$", "^gowrap%d+$", "^deferwrap%d+$", "^dwrap$", "^fm$",
  "^range%d+$", "^abi0$", "^abiinternal$", "^init$",
}
-- And there, where no function can be called so: `map` is a keyword of Go's.
local first = { init = true, map = true, _ = true }

-- What cgo puts before a name of C's or Go's.
local cgo = {
  "^(_Cfunc_)(.+)$", "^(_C2func_)(.+)$", "^(_Cmacro_)(.+)$",
  "^(_cgoexpwrap_)(.+)$", "^(_cgoexp_)(.+)$", "^(_cgo_)(.+)$",
}

local function is_any_of(word, patterns)
  for _, pattern in ipairs(patterns) do
    if word:find(pattern) then
      return true
    end
  end
  return false
end

-- Whether a word is the compiler's; i: the how manieth of the name it is.
local function is_compilers(word, i)
  if i == 1 then
    return first[word] == true
  end
  return is_any_of(word, behind)
end

-- What the compiler makes for a type is named by it: type:.eq.net/http.Header.
local prefixes = { "^(type[:.]%.eq%.)(.*)$", "^(type[:.]%.hash%.)(.*)$",
  "^(go[:.])(%W.*)$" }

local function split_prefix(func)
  for _, pattern in ipairs(prefixes) do
    local prefix, rest = func:match(pattern)
    if prefix then
      return prefix, rest
    end
  end
  return "", func
end

-- split(func): what stands before the package, the package's path as it is written, ""
-- where there is none, and what comes behind the dot.
local function split(func)
  local prefix, rest = split_prefix(func)
  local plain = rest:match "^[^%[{( ]*"
  local folder, last = plain:match "^(.*/)([^/]*)$"
  local own = (last or plain):match "^([^.]+)%."
  local path = own and (folder or "") .. own or ""
  return prefix, path, own and rest:sub(#path + 2) or rest
end

-- The end of the bracket that opens at i; the last byte if none closes it.
local function close_of(text, i)
  local _, last = text:find(text:sub(i, i) == "(" and "^%b()" or "^%b[]", i)
  return last or #text
end

-- Arguments of types: [...], as most versions of Go write them, say nothing.
local function arguments(text, name)
  return text == "[...]" and text or "[" .. name("type", text) .. "]"
end

-- What is in parentheses: the type of a method.
local function receiver(text, name)
  local star, word, rest = text:match "^%((%*?)([%w_\128-\255]+)(.*)%)$"
  if word and rest == "" then
    return "(" .. star .. name("type", word) .. ")"
  elseif word and rest:find "^%b[]$" then
    return "(" .. star .. name("type", word) .. arguments(rest, name) .. ")"
  end
  return "(" .. name("type", text) .. ")"
end

-- A name of C's or Go's with what cgo puts before it.
local function one_word(word, kind, name)
  for _, pattern in ipairs(cgo) do
    local head, rest = word:match(pattern)
    if head then
      return head .. name("func", rest)
    end
  end
  return name(kind, word)
end

-- Whether a name goes on behind a word, so that the word may be a type's.
local function goes_on(text, i)
  local word = text:match("^%.([^.%-%[(]+)", i)
  return word ~= nil and not is_compilers(word, 2)
end

-- word_at(text, i, count, name): the piece that begins at i, what stands for it, and where
-- the next begins.
local function word_at(text, i, count, name)
  local word, dot = text:match("^([^.%-%[(\194]+)()", i)
  if not word then -- a \194 of another character
    word, dot = text:match("^(\194[^.%-%[(]*)()", i)
  end
  local is_glob = count == 1 and word == "glob" and text:find("^%.%.", dot)
  if is_glob or is_compilers(word, count) then
    return word, dot
  end
  local kind = count == 1 and goes_on(text, dot) and "type" or "func"
  return one_word(word, kind, name), dot
end

-- rename(rest, name): what is behind the package, with name(kind, word) in place of each
-- word that the program chose; kind is "func" or "type".
local function rename(rest, name)
  local out, i, count = {}, 1, 0
  while i <= #rest do
    local c = rest:sub(i, i)
    local piece, following
    if c == "." or c == "-" then
      piece, following = c, i + 1
    elseif rest:find("^\194\183", i) then -- a middle dot, in Go 1.17
      piece, following = "\194\183", i + 2
    elseif c == "(" or c == "[" then
      following = close_of(rest, i) + 1
      local text = rest:sub(i, following - 1)
      piece = (c == "(" and receiver or arguments)(text, name)
    else
      count = count + 1
      piece, following = word_at(rest, i, count, name)
    end
    count = c == "(" and math.max(count, 1) or count
    out[#out + 1], i = piece, following
  end
  return table.concat(out)
end

-- is_plain(rest): whether nothing in it can be of another package: no types but [...], and
-- in parentheses one of the package's own.
local function is_plain(rest)
  return not rest:gsub("%[%.%.%.%]", ""):gsub("%(%*?[%w_]+%)", "")
    :gsub("\194\183", "."):find "[^%w_.-]"
end

return {
  split = split,
  rename = rename,
  is_plain = is_plain,
  is_compilers = is_compilers,
}
