-- stack_pattern.lua: patterns for stacks. A pattern is a list of words, from the root
-- towards the leaf, each of which stands for frames that follow each other:
--
--   net/http.(*conn).serve   that function
--   net/http.*               any function of that package
--   net/...                  any function of that package, or of one below it
--   *                        any function
--   **                       any number of frames
--   ^ and $                  the root is here, the leaf is here
local packages = require "gotrace.engine.packages"

local function is_below(package, path)
  return package == path or package:sub(1, #path + 1) == path .. "/"
end

-- The test of a word: of a function's name.
local function test_of(word)
  local package, path = word:match "^(.+)%.%*$", word:match "^(.+)/%.%.%.$"
  if word == "*" then
    return function()
      return true
    end
  elseif package then
    return function(func)
      return packages.package_of(func) == package
    end
  elseif path then
    return function(func)
      return is_below(packages.package_of(func), path)
    end
  end
  return function(func)
    return func == word
  end
end

-- The words of a text. Each may be in quotes.
local function words_of(text)
  local list = {}
  for word in text:gmatch "%S+" do
    list[#list + 1] = word:match '^"(.*)"$' or word:match "^'(.*)'$" or word
  end
  return list
end

local function check_anchors(words)
  for i, word in ipairs(words) do
    if word == "^" and i > 1 then
      return nil, "^ is the root, at the beginning of a pattern"
    elseif word == "$" and i < #words then
      return nil, "$ is the leaf, at the end of a pattern"
    end
  end
  return true
end

-- compile(text): { runs of tests, from_root =, to_leaf = }; or nil and what is wrong.
local function compile(text)
  local words = words_of(text)
  local ok, why = check_anchors(words)
  if not ok then
    return nil, why
  end
  local pattern = { {}, from_root = words[1] == "^", to_leaf = false }
  for _, word in ipairs(words) do
    if word == "**" then
      pattern[#pattern + 1] = {}
    elseif word == "$" then
      pattern.to_leaf = true
    elseif word ~= "^" then
      table.insert(pattern[#pattern], test_of(word))
    end
  end
  if #pattern == 1 and #pattern[1] == 0 then
    return nil, "a pattern names functions: \"net/http.(*conn).serve ** " ..
      "sync.(*Mutex).Lock\""
  end
  return pattern
end

-- Whether a run fits from frame `at` on, towards the leaf (number 1).
local function fits(run, funcs, at)
  for i = 1, #run do
    local func = funcs(at - i + 1)
    if not (func and run[i](func)) then
      return false
    end
  end
  return true
end

-- The frame behind the first place from `at` on where a run fits; nil if there is none.
local function behind(run, funcs, at)
  while at - #run >= 0 do
    if fits(run, funcs, at) then
      return at - #run
    end
    at = at - 1
  end
end

-- The last run, where the leaf ends it.
local function ends_at_leaf(run, funcs, at)
  return #run <= at and fits(run, funcs, #run)
end

-- matches(pattern, n, funcs): whether the pattern is found in a stack of n frames;
-- funcs(i) is the function of frame i, the leaf's first. Of each run the place nearest
-- to the root leaves the most for those that follow.
local function matches(pattern, n, funcs)
  local at = n
  for i, run in ipairs(pattern) do
    local last = i == #pattern and pattern.to_leaf
    if i == 1 and pattern.from_root then
      if not fits(run, funcs, at) then
        return false
      end
      at = at - #run
      if last and at ~= 0 then
        return false
      end
    elseif last then
      return ends_at_leaf(run, funcs, at)
    else
      at = behind(run, funcs, at)
      if not at then
        return false
      end
    end
  end
  return true
end

return { compile = compile, matches = matches }
