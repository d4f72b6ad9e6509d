-- The declarations of src/symbols/symbols.h for specs, and what it says as text.
local ffi = require "ffi"
local engine = require "support.engine"

engine.cdef [[
struct symbols;
struct symbol {
    const char *func, *file;
    size_t func_len, file_len;
    uint64_t line;
};
gotrace_status symbols_open(struct symbols **out, const char *path, gotrace_diag *diag);
gotrace_status symbols_open_memory(struct symbols **out, const void *data, size_t len, gotrace_diag *diag);
void symbols_close(struct symbols *s);
bool symbols_find(struct symbols *s, uint64_t pc, struct symbol *out);
bool symbols_begin(const struct symbols *s, uint64_t pc);
gotrace_status symbols_check(const struct symbols *s, gotrace_diag *diag);
]]

local symbols = {}
local symbol = ffi.new "struct symbol"

-- func, file and line at pc; nothing where there is no function.
function symbols.find(handle, pc)
  if engine.lib.symbols_find(handle, pc, symbol) then
    return ffi.string(symbol.func, symbol.func_len), ffi.string(symbol.file, symbol.file_len), tonumber(symbol.line)
  end
end

return symbols
