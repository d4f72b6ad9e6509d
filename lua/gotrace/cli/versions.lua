-- versions.lua: --version: the program's, and those of the libraries that it uses. What a run
-- loads when it asks for it is loaded here for that alone.
local ffi = require "ffi"
local host = require "gotrace.engine.host"
local output = require "gotrace.sandbox.output"

ffi.cdef [[
const char *zlibVersion(void);
const char *ZSTD_versionString(void);
const char *yaml_get_version_string(void);
int pcre2_config_8(uint32_t what, void *where);
void *dlopen(const char *file, int mode);
void *dlsym(void *library, const char *name);
]]

local PCRE2_CONFIG_VERSION = 11
local RTLD_NOW = 2

-- The value of fn(library) as text; nil: there is no such library, or no such function in
-- it, as in a program that has it within.
local function asked(library, fn)
  local ok, text = pcall(fn, library)
  return ok and text ~= nil and ffi.string(text) or nil
end

local function pcre2(library)
  local text = ffi.new "char[64]"
  return library.pcre2_config_8(PCRE2_CONFIG_VERSION, text) > 0 and
    ffi.string(text):match "^%S+" or nil
end

-- A function of the program's by name.
local function named(name)
  return function(library)
    return library[name]()
  end
end

-- The same of a library that has been opened.
local function found(name)
  return function(library)
    local fn = ffi.C.dlsym(library, name)
    return fn ~= nil and ffi.cast("const char *(*)(void)", fn)() or nil
  end
end

-- Those that the program is linked with.
local linked = {
  { "zlib", named "zlibVersion" }, { "zstd", named "ZSTD_versionString" },
  { "libyaml", named "yaml_get_version_string" }, { "PCRE2", pcre2 },
}

-- Those that a run loads when it wants them, under the names that it knows them by.
local loaded = {
  { "libcurl", found "curl_version",
    { "libcurl.so.4", "libcurl-gnutls.so.4" }, "URLs" },
  { "SQLite", found "sqlite3_libversion", { "libsqlite3.so.0" },
    "the script sqlite" },
  { "libsodium", found "sodium_version_string",
    { "libsodium.so.23", "libsodium.so.26" }, "keys" },
}

-- Not ffi.load: it closes them at the end, and some keep memory then.
local function first_of(names)
  for _, name in ipairs(names) do
    local library = ffi.C.dlopen(name, RTLD_NOW)
    if library ~= nil then
      return library
    end
  end
end

-- curl tells of all that it is made of: "libcurl/7.88.1 GnuTLS/3.7.9 ...".
local function plain(text)
  return text:match "^libcurl/(%S+)" or text
end

local function of_linked()
  local list = {}
  for _, one in ipairs(linked) do
    local text = asked(ffi.C, one[2])
    list[#list + 1] = text and one[1] .. " " .. text or nil
  end
  return list
end

local function of_loaded()
  local list = {}
  for _, one in ipairs(loaded) do
    local library = first_of(one[3])
    local text = library and asked(library, one[2])
    list[#list + 1] = ("%s %s, for %s"):format(one[1], text and plain(text) or
      "is not there", one[4])
  end
  return list
end

-- print(): the program and LuaJIT in the first line, which is what programs read.
local function print()
  output.write(("gotrace-lua %s, %s\n"):format(host.version, jit.version))
  local list = of_linked()
  if #list > 0 then
    output.write("with ", table.concat(list, ", "), "\n")
  end
  for _, line in ipairs(of_loaded()) do
    output.write("when asked for: ", line, "\n")
  end
end

return { print = print }
