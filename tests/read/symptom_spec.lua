-- What damaged bytes look like (src/read/symptom.h), at the edges of what is enough.
local engine = require "support.engine"
local lib, C = engine.lib, require("ffi").C

engine.cdef [[
gotrace_fact symptom_of(const uint8_t *p, size_t n);
gotrace_fact symptom_of_lost(const uint8_t *p, size_t n);
gotrace_fact symptom_of_broken(const uint8_t *p, size_t n);
]]

local NAMES = {}
for _, name in ipairs { "NONE", "CRLF", "UTF8", "ASCII", "ZEROS", "LF", "CR" } do
  NAMES[tonumber(C["GOTRACE_FACT_" .. name])] = name
end

local function symptom(bytes)
  return NAMES[tonumber(lib.symptom_of(bytes, #bytes))]
end

local function of_lost(bytes)
  return NAMES[tonumber(lib.symptom_of_lost(bytes, #bytes))]
end

local function of_broken(bytes)
  return NAMES[tonumber(lib.symptom_of_broken(bytes, #bytes))]
end

-- Bytes that look like nothing: no line ends, no zeros, no UTF-8.
local ANY = ("\1\255\254"):rep(100)

describe("bytes look like", function()
  it("zeros, where there are 512 in a row", function()
    assert.equal("ZEROS", symptom(ANY .. ("\0"):rep(512) .. ANY))
    assert.equal("NONE", symptom(ANY .. ("\0"):rep(511) .. ANY))
    assert.equal("NONE", symptom(ANY .. ("\0"):rep(300) .. "\1" .. ("\0"):rep(300) .. ANY))
  end)

  it("text mode, where all of 8 line feeds have a carriage return", function()
    assert.equal("CRLF", symptom((ANY .. "\r\n"):rep(8)))
    assert.equal("NONE", symptom((ANY .. "\r\n"):rep(7)))
    assert.equal("NONE", symptom((ANY .. "\r\n"):rep(8) .. "\n"))
    assert.equal("NONE", symptom("\n" .. (ANY .. "\r\n"):rep(8)))
  end)

  it("UTF-8, where 32 bytes above 127 are whole characters", function()
    local text = ("\195\169\1\2"):rep(16)
    assert.equal("UTF8", symptom(text))
    assert.equal("NONE", symptom(text:sub(1, -5)))
    assert.equal("NONE", symptom(text .. "\255" .. text))
    assert.equal("NONE", symptom(text .. "\169" .. text))
    assert.equal("NONE", symptom(text .. "\195" .. text))
    for _, character in ipairs { "\195\169", "\226\130\172", "\240\159\152\128" } do
      for cut = 1, #character do -- by the edges
        assert.equal("UTF8", symptom(character:sub(cut) .. text), cut)
        assert.equal("UTF8", symptom(text .. character:sub(1, cut)), cut)
      end
    end
    assert.equal("NONE", symptom(("\128"):rep(5) .. text))
  end)

  it("seven bits, where none of 512 bytes is above 127", function()
    assert.equal("ASCII", symptom(("\1\2"):rep(256)))
    assert.equal("NONE", symptom(("\1\2"):rep(256):sub(2)))
    assert.equal("NONE", symptom(("\1\2"):rep(256) .. "\200"))
  end)

  it("what has lost its ends of lines, where there is none in 2048", function()
    local many = ANY:rep(7):sub(1, 2048)
    assert.equal("LF", of_lost(many))
    assert.equal("NONE", of_lost(many:sub(2)))
    assert.equal("CR", of_lost(many .. "\n"))
    assert.equal("LF", of_lost(many .. "\r"))
    assert.equal("NONE", of_lost(many .. "\r\n"))
    assert.equal("ZEROS", of_lost(many .. ("\0"):rep(512)))
  end)

  it("a hole, where 64 bytes in a row are 0", function()
    assert.equal("ZEROS", of_broken(ANY .. ("\0"):rep(64)))
    assert.equal("NONE", of_broken(ANY .. ("\0"):rep(63) .. ANY))
    assert.equal("NONE", of_broken "")
  end)
end)
