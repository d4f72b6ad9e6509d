require "support.embedded"
local pseudonyms = require "gotrace.anonymize.pseudonyms"

-- Numbers of texts, as the engine has them.
local function interner()
  local ids, count = {}, 0
  return function(text)
    count = count + (ids[text] and 0 or 1)
    ids[text] = ids[text] or count
    return ids[text]
  end
end

-- A key whose hashes are what hash(text) makes of it; the real one is C's.
local function key_of(hash)
  return {
    hash = function(_, text)
      return hash(text)
    end,
    number = function()
      return 7
    end,
  }
end

describe("pseudonyms", function()
  it("are the same for the same name, and others for others", function()
    local words = pseudonyms.new(interner())
    assert.equal("pkg1", words:word("pkg", "a"))
    assert.equal("pkg2", words:word("pkg", "b"))
    assert.equal("pkg1", words:word("pkg", "a"))
    assert.equal("file1", words:word("file", "a"))
  end)

  it("have one number for what may be a function or a type, and none twice", function()
    local words = pseudonyms.new(interner())
    assert.equal("fn1", words:word("name", "x", "fn"))
    assert.equal("T1", words:word("name", "x", "T"))
    assert.equal("T2", words:word("name", "y", "T"))
    assert.equal("fn3", words:word("name", "z", "fn"))
  end)

  it("are no words of the trace", function()
    local words = pseudonyms.new(interner())
    words:take "see pkg1.(*T2).fn1 in pkg3/file1_test.go, myfile2, fn_4"
    assert.equal("pkg2", words:word("pkg", "a"))
    assert.equal("pkg4", words:word("pkg", "b"))
    assert.equal("fn3", words:word("name", "x", "fn"))
    assert.equal("file2", words:word("file", "x"))
    assert.equal("file2", words:clash "a file2 that came late")
    assert.is_nil(words:clash "a file22 and a pkg1")
  end)

  it("of a million names are a million", function()
    local words, seen = pseudonyms.new(interner()), {}
    for i = 1, 1e6 do
      local word = words:word("name", i .. "x", i % 2 == 0 and "fn" or "T")
      assert(not seen[word], word)
      seen[word] = true
    end
  end)

  it("of values are the same for the same, and no words of the trace", function()
    local words = pseudonyms.new(interner())
    words:take "value1 value3 key1"
    assert.equal("value2", words:value("value", "a"))
    assert.equal("value4", words:value("value", "b"))
    assert.equal("value2", words:value("value", "a"))
    assert.equal("key2", words:value("key", "a"))
    words:take "value2"
    assert.equal("value5", words:value("value", "c"))
    assert.equal("value2", words:clash "a value2 that came late")
    for _, text in ipairs { "value1", "value3", "value6", "value02", "key1", "task1" } do
      assert.is_nil(words:clash(text), text)
    end
  end)

  it("of a million values are a million", function()
    local next_id = 0
    local words, seen = pseudonyms.new(function()
      next_id = next_id + 1
      return next_id
    end), {}
    for i = 1, 1e6 do
      local word = words:value("value", "v" .. i)
      seen[#seen + 1] = seen[word] and error(word) or word
      seen[word] = true
    end
    assert.equal(1e6, #seen)
  end)

  it("of values end the run if two have the same hash", function()
    local words = pseudonyms.new(interner(), key_of(function(text)
      return "h" .. #text
    end))
    assert.equal("value_h7", words:value("value", "a"))
    assert.equal("value_h7", words:value("value", "a"))
    assert.equal("task_h6", words:value("task", "a"))
    local ok, why = pcall(words.value, words, "value", "b")
    assert.is_false(ok)
    assert.truthy(why.text:find "two names of this trace have the same keyed hash, h7")
  end)

  it("keep the lines of a function apart", function()
    for _, key in ipairs { false, key_of(tostring) } do
      local words, seen = pseudonyms.new(interner(), key or nil), {}
      for line = 100, 200 do
        local own = words:line("f", line)
        assert(not seen[own] and own >= 1)
        seen[own] = true
        assert.equal(own, words:line("f", line))
      end
    end
  end)

  it("with a hash of 16 bits are soon two with one", function()
    local words = pseudonyms.new(interner(), key_of(function(text)
      local hash = 5381
      for i = 1, #text do
        hash = (hash * 33 + text:byte(i)) % 65521
      end
      return ("%04x"):format(hash)
    end))
    local ok, why = pcall(function()
      for i = 1, 65537 do
        words:word("name", "f" .. i, "fn")
      end
    end)
    assert.is_false(ok)
    assert.truthy(require("gotrace.base.errors").is_stop(why))
    assert.truthy(why.text:find "two names of this trace have the same keyed hash")
  end)

  it("with a key are hashes, and end the run if two names have the same", function()
    local words = pseudonyms.new(interner(), key_of(function(text)
      return "h" .. #text
    end))
    assert.equal("pkg_h5", words:word("pkg", "a"))
    assert.equal("pkg_h5", words:word("pkg", "a"))
    assert.has_error(function()
      words:word("pkg", "b")
    end)
  end)
end)
