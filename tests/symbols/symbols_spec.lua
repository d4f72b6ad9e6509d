-- Programs' files: functions, files and lines of addresses, whatever the file is
-- like, and nothing from what is broken. tests/oracle/symbols_spec.lua compares what
-- Go builds with Go's addr2line.
local ffi = require "ffi"
local engine = require "support.engine"
local file = require "symbols.program_file"
local symbols = require "symbols.symbols"
local lib, C = engine.lib, ffi.C

local TEXT = 0x401000

-- The program of some bytes, or nil, the status and why.
local function open(bytes)
  local out, diag = ffi.new "struct symbols *[1]", engine.diag()
  -- Exactly as long as it is, for ASan to watch its end.
  local copy = ffi.new("uint8_t[?]", #bytes)
  ffi.copy(copy, bytes, #bytes)
  local status = lib.symbols_open_memory(out, copy, #bytes, diag)
  if status ~= C.GOTRACE_OK then
    return nil, tonumber(status), ffi.string(diag.what)
  end
  return { handle = ffi.gc(out[0], lib.symbols_close), bytes = copy }
end

-- "func file:line", nil where there is no function.
local function at(program, pc)
  local func, source, line = symbols.find(program.handle, pc)
  return func and ("%s %s:%d"):format(func, source, line)
end

-- All that the functions of program_file say.
local function check(program, text)
  local want = {
    [-1] = false, [0x70] = false,
    [0] = "main.main /src/main.go:10", [7] = "main.main /src/main.go:10", [8] = "main.main /src/main.go:12",
    [0x10] = "main.main /src/work.go:3", [0x1f] = "main.main /src/work.go:3", [0x20] = "main.main /src/main.go:11",
    [0x3f] = "main.main /src/main.go:11", [0x40] = "main.work /src/work.go:20", [0x50] = "main.work /src/work.go:300",
    [0x60] = "main.last /src/last.go:7", [0x6f] = "main.last /src/last.go:7",
  }
  for off, names in pairs(want) do
    assert.equal(names or nil, at(program, text + off), ("0x%x"):format(off))
  end
  for off = -1, 0x70 do
    assert.equal(off == 0 or off == 0x40 or off == 0x60, lib.symbols_begin(program.handle, text + off), off)
  end
end

local forms = { "1.2", "1.16", "1.18", "1.20" }

describe("a program's line table", function()
  teardown(engine.clean)

  for kind in pairs(file.kinds) do
    for _, form in ipairs(forms) do
      it(("of Go %s is read from %s"):format(form, kind), function()
        for _, word in ipairs { 4, 8 } do
          for _, big in ipairs(kind == "pe" and { false } or { false, true }) do
            check(open(file.program { kind = kind, form = form, word = word, big = big }), TEXT)
          end
        end
      end)

      it(("of Go %s is found in %s that does not name it"):format(form, kind), function()
        check(open(file.program { kind = kind, form = form, name = false }), TEXT)
        check(open(file.program { kind = kind, form = form, name = false, says = 0 }), TEXT)
      end)
    end

    it("counts from runtime.text, wherever the section begins, in " .. kind, function()
      -- C's code comes first; Go's begins 0x10 later.
      local start = kind == "pe" and 0x10 or TEXT + 0x10
      for _, says in ipairs { 0, TEXT + 0x10 } do
        check(open(file.program { kind = kind, form = "1.20", text = TEXT, says = says,
          symbols = { { "runtime.text", start } } }), TEXT + 0x10)
      end
      check(open(file.program { kind = kind, form = "1.20", text = TEXT, says = TEXT + 0x10 }), TEXT + 0x10)
    end)
  end

  it("lies elsewhere in a PIE", function()
    check(open(file.program { form = "1.18", name = ".data.rel.ro.gopclntab", says = 0 }), TEXT)
  end)

  it("counts by instructions where these are of 4 bytes", function()
    check(open(file.program { form = "1.2", quantum = 4 }), TEXT)
    check(open(file.program { form = "1.20", quantum = 4 }), TEXT)
  end)

  it("has addresses of 64 bits", function()
    local program = open(file.program { form = "1.2", text = 2 ^ 47 })
    assert.equal("main.work /src/work.go:20", at(program, 2 ^ 47 + 0x40))
    assert.is_nil(at(program, 0xffffffffffffffffULL))
    assert.is_nil(at(program, 0))
  end)

  it("has no source for what the linker made", function()
    local funcs = file.functions(TEXT)
    funcs[2].unit = 0xffffffff
    assert.equal("main.work :0", at(open(file.program { form = "1.20", funcs = funcs }), TEXT + 0x40))
  end)

  it("may lack lines, files and names", function()
    local funcs = file.functions(TEXT)
    funcs[1].lines, funcs[2].files, funcs[3].name = { { 10, 4 } }, { { 99, 0x20 } }, ""
    for _, form in ipairs(forms) do
      local program = open(file.program { form = form, funcs = funcs })
      assert.equal("main.main /src/main.go:10", at(program, TEXT))
      assert.equal("main.main /src/main.go:0", at(program, TEXT + 8))
      assert.equal("main.work :20", at(program, TEXT + 0x40))
      assert.equal(" /src/last.go:7", at(program, TEXT + 0x60))
    end
  end)
end)

describe("a file that is no program, or of no use", function()
  teardown(engine.clean)

  it("is said to be what it is", function()
    local kinds = {
      [""] = "it is empty",
      ["go 1.5 trace\0\0\0\0"] = "it is a trace: the program is wanted that was traced",
      ["\31\139\8"] = "it is packed with gzip: unpack it",
      ["#!/bin/sh\n"] = "it is a script: the program is wanted that it starts",
      ["!<arch>\nx"] = "it is an archive: the program is wanted that was linked of it",
      ["\202\254\186\190\0\0\0\2"] = "it is a program for several processors: take one out of it (lipo -thin)",
      ["hello\n"] = "it is no program: ELF, Mach-O or PE are known",
      ["\127ELF"] = "it is no program: ELF, Mach-O or PE are known",
      ["MZ"] = "it is no program: ELF, Mach-O or PE are known",
    }
    for bytes, want in pairs(kinds) do
      local _, status, what = open(bytes)
      assert.equal(want, what)
      assert.equal(tonumber(C.GOTRACE_UNSUPPORTED), status)
    end
  end)

  it("has no line table if it is of another language, or packed", function()
    local bytes = file.elf { word = 8, text = TEXT, table = "no table at all", name = ".rodata" }
    local _, status, what = open(bytes)
    assert.matches("^it has no line table %(%.gopclntab%): ", what)
    assert.equal(tonumber(C.GOTRACE_UNSUPPORTED), status)
  end)

  -- The first command of a Mach-O file is its segment, behind a head of 28 or 32 bytes. Of
  -- a table that does not say it, the section says where the code begins.
  it("has its sections in segments, and not in other commands", function()
    for word, head in pairs { [4] = 28, [8] = 32 } do
      local whole = file.program { kind = "macho", word = word, form = "1.20", says = 0 }
      check(open(whole), TEXT)
      local program = open(whole:sub(1, head) .. "\27" .. whole:sub(head + 2))
      assert.is_nil(program and at(program, TEXT + 0x40))
    end
  end)

  it("is not read where it ends, wherever that is", function()
    for kind in pairs(file.kinds) do
      for _, form in ipairs(forms) do
        local whole = file.program { kind = kind, form = form, symbols = { { "runtime.text", TEXT } } }
        for len = 0, #whole - 1, 3 do
          local program = open(whole:sub(1, len))
          for pc = TEXT, program and TEXT + 0x70 or 0, 8 do
            at(program, pc)
          end
        end
      end
    end
  end)

  -- Each byte once all ones and once zero; each word of the table a large number.
  it("has nothing outside it read, whatever its bytes say", function()
    for kind in pairs(file.kinds) do
      for _, form in ipairs { "1.2", "1.20" } do
        local whole = file.program { kind = kind, form = form }
        for i = 1, #whole do
          for _, byte in ipairs { "\0", "\127", "\255" } do
            local program = open(whole:sub(1, i - 1) .. byte .. whole:sub(i + 1))
            for pc = TEXT, program and TEXT + 0x70 or 0, 0x18 do
              at(program, pc)
            end
          end
        end
      end
    end
  end)

  it("costs no time without end", function()
    -- A function whose lines are as many as there are bytes, looked up each time to
    -- their end, and names without one.
    local funcs = file.functions(TEXT)
    local lines = {}
    for i = 1, 2 ^ 16 do
      lines[i] = { i % 2, 1 }
    end
    funcs[3].lines, funcs[3].files = lines, lines
    local program = open(file.program { form = "1.2", funcs = funcs, last = TEXT + 2 ^ 30 })
    assert.equal(tonumber(C.GOTRACE_OK), tonumber(lib.symbols_check(program.handle, engine.diag())))
    local began = os.clock()
    for i = 1, 1e5 do
      at(program, TEXT + 2 ^ 29 + i)
    end
    assert.is_true(os.clock() - began < 30)
    assert.equal("main.last :0", at(program, TEXT + 0x60))
    local diag = engine.diag()
    assert.equal(tonumber(C.GOTRACE_UNSUPPORTED), tonumber(lib.symbols_check(program.handle, diag)))
    assert.matches("^its line table takes too long", ffi.string(diag.what))
  end)
end)

describe("the file of a program", function()
  teardown(engine.clean)

  local function refused(path)
    local out, diag = ffi.new "struct symbols *[1]", engine.diag()
    local status = lib.symbols_open(out, path, diag)
    assert.is_true(out[0] == nil)
    return tonumber(status), ffi.string(diag.what)
  end

  it("is opened by its path", function()
    local out = ffi.new "struct symbols *[1]"
    local path = engine.tmpfile(file.program {})
    assert.equal(tonumber(C.GOTRACE_OK), tonumber(lib.symbols_open(out, path, engine.diag())))
    assert.equal("main.work /src/work.go:20", at({ handle = out[0] }, TEXT + 0x40))
    -- What is cut off while it is mapped is zeros.
    io.open(path, "w"):close()
    at({ handle = out[0] }, TEXT + 0x40)
    lib.symbols_close(out[0])
  end)

  it("is a file, and is there", function()
    local gone = engine.tmpname()
    os.remove(gone)
    assert.equal(tonumber(C.GOTRACE_SYSTEM), (refused(gone)))
    assert.same({ tonumber(C.GOTRACE_UNSUPPORTED), "it is a folder" }, { refused "/" })
    assert.same({ tonumber(C.GOTRACE_UNSUPPORTED), "it is no regular file" }, { refused "/dev/null" })
    assert.same({ tonumber(C.GOTRACE_UNSUPPORTED), "it is empty" }, { refused(engine.tmpfile "") })
    os.execute("mkfifo " .. gone) -- nobody writes to it
    assert.same({ tonumber(C.GOTRACE_UNSUPPORTED), "it is no regular file" }, { refused(gone) })
  end)
end)
