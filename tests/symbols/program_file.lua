-- Programs' files for specs, of a few hundred bytes: Go's line table in all its
-- forms, and ELF, Mach-O and PE files around it. What is written here follows Go's
-- linker (cmd/link/internal/ld/pcln.go) and the formats' own descriptions, not the
-- code that reads it.
local file = {}

-- Numbers of `size` bytes: writer(big)(v, size).
local function writer(big)
  return function(v, size)
    local bytes = {}
    for i = 1, size do
      bytes[big and size + 1 - i or i] = string.char(v % 256)
      v = math.floor(v / 256)
    end
    return table.concat(bytes)
  end
end

local function varint(v)
  local out = ""
  while v >= 128 do
    out, v = out .. string.char(v % 128 + 128), math.floor(v / 128)
  end
  return out .. string.char(v)
end

-- Runs of { value, length } as a table by address has them.
local function runs(list, quantum)
  local out, value = {}, -1
  for _, run in ipairs(list) do
    local delta = run[1] - value
    out[#out + 1] = varint(delta < 0 and -2 * delta - 1 or 2 * delta) .. varint(run[2] / quantum)
    value = run[1]
  end
  return table.concat(out) .. "\0"
end

-- Pieces that are put one behind the other; add(bytes) is where they begin.
local function pile(start)
  local self, at = { start }, #start
  function self.add(bytes)
    self[#self + 1] = bytes
    at = at + #bytes
    return at - #bytes
  end
  function self.align(n)
    self.add(("\0"):rep(-at % n))
    return at
  end
  function self.text()
    return table.concat(self)
  end
  return self
end

file.magics = { ["1.2"] = 0xfffffffb, ["1.16"] = 0xfffffffa, ["1.18"] = 0xfffffff0, ["1.20"] = 0xfffffff1 }

-- Adds the texts and runs of a function; their places.
local function add_function(f, t, quantum)
  return {
    name = t.names.add(f.name .. "\0"),
    files = t.values.add(runs(f.files, quantum)),
    lines = t.values.add(runs(f.lines, quantum)),
  }
end

-- The record of a function: address, name, args, deferreturn, pcsp, pcfile, pcln,
-- npcdata, cuOffset and more.
local function record(num, o, f, places)
  local address = o.relative and num(f.pc - o.text, 4) or num(f.pc, o.word)
  return address .. num(places.name, 4) .. num(0, 4) .. num(0, 4) .. num(0, 4) .. num(places.files, 4) ..
    num(places.lines, 4) .. num(0, 4) .. num(f.unit or 0, 4) .. num(0, 4)
end

-- { address, place } of each function and the end of the last, by numbers of `size`.
local function index(num, o, size, records)
  local out = {}
  for i, f in ipairs(o.funcs) do
    out[i] = num(f.pc - (o.relative and o.text or 0), size) .. num(records[i], size)
  end
  return table.concat(out) .. num(o.last - (o.relative and o.text or 0), size)
end

local function header(num, o)
  return num(file.magics[o.form], 4) .. "\0\0" .. string.char(o.quantum, o.word)
end

-- Since Go 1.16: parts, each with its own offsets.
local function parted_table(num, o)
  local t = { names = pile "\0", files = pile "", values = pile "\0" }
  local units, records, places = {}, {}, {}
  for i, name in ipairs(o.files) do
    units[i] = num(t.files.add(name .. "\0"), 4)
  end
  for i, f in ipairs(o.funcs) do
    places[i] = add_function(f, t, o.quantum)
  end
  local size = o.relative and 4 or o.word
  local funcs = pile(("\0"):rep((2 * #o.funcs + 1) * size))
  for i, f in ipairs(o.funcs) do
    records[i] = funcs.align(o.word)
    funcs.add(record(num, o, f, places[i]))
  end
  local body = index(num, o, size, records) .. funcs.text():sub((2 * #o.funcs + 1) * size + 1)
  local words = o.relative and 8 or 7
  local out = pile(("\0"):rep(8 + words * o.word))
  local offsets = { names = out.add(t.names.text()) }
  offsets.units = out.align(4) and out.add(table.concat(units))
  offsets.files = out.add(t.files.text())
  offsets.values = out.add(t.values.text())
  out.align(8)
  offsets.funcs = out.add(body)
  local head = header(num, o) .. num(#o.funcs, o.word) .. num(#o.files, o.word) ..
    (o.relative and num(o.says or o.text, o.word) or "")
  for _, name in ipairs { "names", "units", "files", "values", "funcs" } do
    head = head .. num(offsets[name], o.word)
  end
  return head .. out.text():sub(#head + 1)
end

-- Go 1.2 to 1.15: one table. Files count from 1.
local function whole_table(num, o)
  local start = 8 + o.word
  local out = pile(("\0"):rep(start + (2 * #o.funcs + 1) * o.word + 4))
  local t, records, numbers = { names = out, values = out }, {}, { num(#o.files + 1, 4) }
  for i, f in ipairs(o.funcs) do
    local shifted = { name = f.name, lines = f.lines, files = {} }
    for j, run in ipairs(f.files) do
      shifted.files[j] = { run[1] + 1, run[2] }
    end
    local places = add_function(shifted, t, o.quantum)
    records[i] = out.align(o.word)
    out.add(record(num, o, f, places))
  end
  for i, name in ipairs(o.files) do
    numbers[i + 1] = num(out.add(name .. "\0"), 4)
  end
  out.align(4)
  local files = out.add(table.concat(numbers))
  local head = header(num, o) .. num(#o.funcs, o.word) .. index(num, o, o.word, records) .. num(files, 4)
  return head .. out.text():sub(#head + 1)
end

-- The functions of all the files below, from `text` on: main.main of 0x40 bytes with a
-- line of another file in it, main.work of 0x20, and main.last up to o.last.
function file.functions(text)
  return {
    { name = "main.main", pc = text, files = { { 0, 0x10 }, { 1, 0x10 }, { 0, 0x20 } },
      lines = { { 10, 0x8 }, { 12, 0x8 }, { 3, 0x10 }, { 11, 0x20 } } },
    { name = "main.work", pc = text + 0x40, files = { { 1, 0x20 } }, lines = { { 20, 0x10 }, { 300, 0x10 } } },
    { name = "main.last", pc = text + 0x60, files = { { 2, 0x10 } }, lines = { { 7, 0x10 } } },
  }
end

-- table{ form =, word =, big =, text = }: the bytes of a line table.
--   quantum  of addresses (4 on ARM); says: what it says of where the code begins
function file.table(o)
  local num = writer(o.big)
  o = setmetatable({
    relative = o.form == "1.18" or o.form == "1.20",
    quantum = o.quantum or 1,
    files = o.files or { "/src/main.go", "/src/work.go", "/src/last.go" },
    funcs = o.funcs or file.functions(o.text),
    last = o.last or o.text + 0x70,
  }, { __index = o })
  return o.form == "1.2" and whole_table(num, o) or parted_table(num, o)
end

-- What is around it. o: word, big, text (address of the code), table (its bytes),
-- name (of the table's section; false: there is no such section), symbols ({ name,
-- address }; Mach-O and PE: of the line table too).

local CODE = ("\204"):rep(0x80)

local function elf_header(num, o, sections, count)
  local wide = o.word == 8
  return "\127ELF" .. string.char(wide and 2 or 1, o.big and 2 or 1, 1) .. ("\0"):rep(9) .. num(2, 2) .. num(62, 2) ..
    num(1, 4) .. num(o.text, o.word) .. num(0, o.word) .. num(sections, o.word) .. num(0, 4) ..
    num(wide and 64 or 52, 2) .. num(0, 2) .. num(0, 2) .. num(wide and 64 or 40, 2) .. num(count, 2) .. num(1, 2)
end

local function elf_section(num, o, s)
  local w = o.word
  return num(s.name, 4) .. num(s.type, 4) .. num(2, w) .. num(s.addr, w) .. num(s.off, w) .. num(s.size, w) ..
    num(s.link or 0, 4) .. num(0, 4) .. num(1, w) .. num(0, w)
end

local function elf_symbol(num, o, name, value)
  if o.word == 8 then
    return num(name, 4) .. "\18\0" .. num(2, 2) .. num(value, 8) .. num(0, 8)
  end
  return num(name, 4) .. num(value, 4) .. num(0, 4) .. "\18\0" .. num(2, 2)
end

function file.elf(o)
  local num = writer(o.big)
  local out, names, symbols = pile(("\0"):rep(o.word == 8 and 64 or 52)), pile "\0", {}
  local sections = { { name = 0, type = 0, addr = 0, off = 0, size = 0 }, false }
  local function section(name, kind, addr, bytes)
    out.align(8)
    sections[#sections + 1] = { name = names.add(name .. "\0"), type = kind, addr = addr, off = out.add(bytes),
      size = #bytes }
    return sections[#sections]
  end
  section(".text", 1, o.text, CODE)
  section(o.name or o.name == nil and ".gopclntab" or ".rodata", 1, o.text + 0x1000, o.table)
  for i, s in ipairs(o.symbols or {}) do
    symbols[i] = elf_symbol(num, o, names.add(s[1] .. "\0"), s[2])
  end
  section(".symtab", 2, 0, table.concat(symbols)).link = 1
  local own = names.add ".shstrtab\0"
  sections[2] = { name = own, type = 3, addr = 0, off = out.add(names.text()), size = #names.text() }
  local at = out.align(8)
  for _, s in ipairs(sections) do
    out.add(elf_section(num, o, s))
  end
  local head = elf_header(num, o, at, #sections)
  return head .. out.text():sub(#head + 1)
end

local function padded(s, n)
  return s .. ("\0"):rep(n - #s)
end

local function macho_section(num, o, name, addr, off, size)
  local w = o.word
  return padded(name, 16) .. padded("__TEXT", 16) .. num(addr, w) .. num(size, w) .. num(off, 4) .. num(0, 4) ..
    num(0, 4) .. num(0, 4) .. num(0, 4) .. num(0, w) .. (w == 8 and num(0, 4) or "")
end

function file.macho(o)
  local num, w = writer(o.big), o.word
  local head, segment, one = w == 8 and 32 or 28, w == 8 and 72 or 56, w == 8 and 80 or 68
  local out, names, symbols = pile(("\0"):rep(head + segment + 2 * one + 24)), pile "\0", {}
  local code, lines = out.add(CODE), out.align(8) and out.add(o.table)
  for i, s in ipairs(o.symbols or {}) do
    symbols[i] = num(names.add("_" .. s[1] .. "\0"), 4) .. "\15\1\0\0" .. num(s[2], w)
  end
  local symtab, strings = out.add(table.concat(symbols)), out.add(names.text())
  local text = num(w == 8 and 0xfeedfacf or 0xfeedface, 4) .. num(7, 4) .. num(3, 4) .. num(2, 4) .. num(2, 4) ..
    num(segment + 2 * one + 24, 4) .. num(0, 4) .. (w == 8 and num(0, 4) or "")
  text = text .. num(w == 8 and 0x19 or 1, 4) .. num(segment + 2 * one, 4) .. padded("__TEXT", 16) .. num(o.text, w) ..
    num(0x10000, w) .. num(0, w) .. num(0x10000, w) .. num(5, 4) .. num(5, 4) .. num(2, 4) .. num(0, 4)
  text = text .. macho_section(num, o, "__text", o.text, code, #CODE)
  local name = o.name or o.name == nil and "__gopclntab" or "__rodata"
  text = text .. macho_section(num, o, name, o.text + 0x1000, lines, #o.table)
  text = text .. num(2, 4) .. num(24, 4) .. num(symtab, 4) .. num(#symbols, 4) .. num(strings, 4)
  text = text .. num(#names.text(), 4)
  return text .. out.text():sub(#text + 1)
end

local function pe_section(num, name, addr, off, size)
  return padded(name, 8) .. num(size, 4) .. num(addr, 4) .. num(size, 4) .. num(off, 4) .. ("\0"):rep(16)
end

local function pe_symbol(num, names, s)
  local name = #s[1] > 8 and num(0, 4) .. num(names.add(s[1] .. "\0") + 4, 4) or padded(s[1], 8)
  return name .. num(s[2], 4) .. num(s.section or 1, 2) .. num(0, 2) .. "\2\0"
end

-- The image is at o.text - 0x1000. In Go 1.5's the table is in the code's section.
function file.pe(o)
  local num, wide = writer(false), o.word == 8
  local optional = wide and 112 or 96
  local out, names, symbols = pile(("\0"):rep(0x40 + 24 + optional + 80)), pile "", {}
  local code, lines = out.add(CODE), out.align(16) and out.add(o.table)
  local list = { unpack(o.symbols or {}) }
  if o.name ~= false then
    list[#list + 1] = { "runtime.pclntab", 0, section = 2 }
    list[#list + 1] = { "runtime.epclntab", #o.table, section = 2 }
  end
  for i, s in ipairs(list) do
    symbols[i] = pe_symbol(num, names, s)
  end
  local symtab = #list > 0 and out.add(table.concat(symbols)) or 0
  out.add(num(#names.text() + 4, 4) .. names.text())
  local text = padded("MZ", 0x3c) .. num(0x40, 4) .. "PE\0\0" .. num(0x8664, 2) .. num(2, 2) .. num(0, 4) ..
    num(symtab, 4) .. num(#list, 4) .. num(optional, 2) .. num(2, 2)
  local base = o.text - 0x1000
  local magic = num(wide and 0x20b or 0x10b, 2) .. ("\0"):rep(wide and 22 or 26)
  text = text .. padded(magic .. num(base, wide and 8 or 4), optional)
  text = text .. pe_section(num, ".text", 0x1000, code, #CODE) .. pe_section(num, ".rdata", 0x2000, lines, #o.table)
  return text .. out.text():sub(#text + 1)
end

file.kinds = { elf = file.elf, macho = file.macho, pe = file.pe }

-- program{ kind =, form =, word =, big =, ... }: a whole file, with names for 0x401000.
function file.program(o)
  o = setmetatable({ kind = o.kind or "elf", form = o.form or "1.2", word = o.word or 8, text = o.text or 0x401000 },
    { __index = o })
  local whole = setmetatable({ table = file.table(o) }, { __index = o })
  return file.kinds[o.kind](whole)
end

return file
