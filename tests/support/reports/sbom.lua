-- What the program is made of, as SPDX 2.3: its own files with their checksums,
-- and the libraries that it was built with. The same sources and libraries give
-- the same text.
--
--   luajit tests/support/reports/sbom.lua FILE... >SBOM      the files that the program is built from
local insert = table.insert

local root = arg[0]:match "^(.*)tests/support/reports/sbom%.lua$"

-- Libraries: name, pkg-config's name, Debian's package, licence, and what they
-- are to the program. One that CMakeLists.txt does not ask for is left out.
local libraries = {
  { "LuaJIT", "luajit", "libluajit-5.1-dev", "MIT", "DYNAMIC_LINK" },
  { "zlib", "zlib", "zlib1g-dev", "Zlib", "DYNAMIC_LINK" },
  { "zstd", "libzstd", "libzstd-dev", "BSD-3-Clause OR GPL-2.0-only", "DYNAMIC_LINK" },
  { "libyaml", "yaml-0.1", "libyaml-dev", "MIT", "DYNAMIC_LINK" },
  { "PCRE2", "libpcre2-8", "libpcre2-dev", "BSD-3-Clause", "DYNAMIC_LINK" },
  { "libseccomp", "libseccomp", "libseccomp-dev", "LGPL-2.1-only", "BUILD_DEPENDENCY_OF" },
  { "glibc", nil, "libc6-dev", "LGPL-2.1-or-later", "DYNAMIC_LINK" },
}

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- What a command prints; "" if it fails.
local function output(line)
  local pipe = assert(io.popen(line .. " 2>/dev/null"))
  local text = pipe:read "*a":gsub("%s+$", "")
  pipe:close()
  return text
end

local function read(path)
  local file = assert(io.open(root .. path))
  local text = file:read "*a"
  file:close()
  return text
end

-- { path = checksum }.
local function checksums(program, paths)
  local words, sums = {}, {}
  for i, path in ipairs(paths) do
    words[i] = quote(root .. path)
  end
  local text = output(program .. " -- " .. table.concat(words, " "))
  for sum, path in text:gmatch "(%x+) [ *]([^\n]+)" do
    sums[path:sub(#root + 1)] = sum
  end
  return sums
end

-- JSON. A table with a first element is a list; keys of others are sorted.
local json

local function members(value, indent)
  local keys, parts = {}, {}
  for key in pairs(value) do
    insert(keys, key)
  end
  table.sort(keys)
  for i, key in ipairs(keys) do
    local text = json(value[key], indent)
    parts[i] = type(key) == "number" and text or ('"%s": %s'):format(key, text)
  end
  return parts
end

function json(value, indent)
  if type(value) ~= "table" then
    local text = tostring(value):gsub('[%c"\\]', function(c)
      return ("\\u%04x"):format(c:byte())
    end)
    return type(value) == "string" and '"' .. text .. '"' or text
  end
  local inner = indent .. "  "
  local open, close = "{", "}"
  if value[1] ~= nil then
    open, close = "[", "]"
  end
  return open .. "\n" .. inner .. table.concat(members(value, inner), ",\n" .. inner) .. "\n" .. indent .. close
end

local function file_id(i)
  return "SPDXRef-File-" .. i
end

local kinds = { c = "SOURCE", h = "SOURCE", def = "SOURCE", lua = "SOURCE", txt = "TEXT" }

-- The rows of the files, and SPDX's checksum of them all.
local function describe_files(paths)
  local sha1, sha256 = checksums("sha1sum", paths), checksums("sha256sum", paths)
  local rows, sums = {}, {}
  for i, path in ipairs(paths) do
    sums[i] = assert(sha1[path], path)
    insert(rows, {
      SPDXID = file_id(i),
      fileName = "./" .. path,
      fileTypes = { kinds[path:match "%.(%l+)$"] or "OTHER" },
      checksums = {
        { algorithm = "SHA1", checksumValue = sha1[path] },
        { algorithm = "SHA256", checksumValue = sha256[path] },
      },
      licenseConcluded = "MIT",
      licenseInfoInFiles = { "NOASSERTION" },
      copyrightText = "NOASSERTION",
    })
  end
  table.sort(sums)
  local pipe = output(("printf %%s %s | sha1sum"):format(table.concat(sums)))
  return rows, pipe:match "^%x+"
end

local function version_of_program()
  return read("src/gotrace.h"):match '#define GOTRACE_VERSION "([%d.]+)"'
end

local function package(id, name, version, licence)
  return {
    SPDXID = id,
    name = name,
    versionInfo = version,
    downloadLocation = "NOASSERTION",
    filesAnalyzed = false,
    licenseConcluded = licence,
    licenseDeclared = licence,
    copyrightText = "NOASSERTION",
  }
end

local function describe_program(code, n)
  local row = package("SPDXRef-Package-gotrace-lua", "gotrace-lua", version_of_program(), "MIT")
  row.filesAnalyzed = true
  row.packageVerificationCode = { packageVerificationCodeValue = code }
  row.primaryPackagePurpose = "APPLICATION"
  row.licenseInfoFromFiles = { "NOASSERTION" }
  row.hasFiles = {}
  for i = 1, n do
    row.hasFiles[i] = file_id(i)
  end
  return row
end

-- By pkg-config's name, or as find_package has it.
local function is_asked_for(module)
  local build = read "CMakeLists.txt"
  return not module or build:find("IMPORTED_TARGET " .. module .. ")", 1, true) or
    build:find("find_package(" .. module:upper() .. " ", 1, true)
end

-- Debian's version says what was patched; elsewhere pkg-config's.
local function describe_library(name, module, debian, licence)
  local packaged = output("dpkg-query -W -f '${Version}' " .. debian)
  local version = packaged ~= "" and packaged or module and output("pkg-config --modversion " .. module) or ""
  if version == "" or not is_asked_for(module) then
    return nil
  end
  local row = package("SPDXRef-Package-" .. name, name, version, licence)
  row.primaryPackagePurpose = "LIBRARY"
  if packaged ~= "" then
    row.externalRefs = { {
      referenceCategory = "PACKAGE-MANAGER",
      referenceType = "purl",
      referenceLocator = ("pkg:deb/debian/%s@%s"):format(debian, (packaged:gsub("[^%w.~-]", function(c)
        return ("%%%02X"):format(c:byte())
      end))),
    } }
  end
  return row
end

-- What stands in this tree as its makers give it, under a licence of its own.
local function describe_uplot()
  local folder = "lua/gotrace/export/page/uplot/"
  local version = read(folder .. "uplot.js"):match "uPlot %(v([%d.]+)%)"
  local row = package("SPDXRef-Package-uPlot", "uPlot", version, "MIT")
  row.primaryPackagePurpose = "LIBRARY"
  row.copyrightText = read(folder .. "LICENSE"):match "Copyright [^\n]+"
  row.externalRefs = { { referenceCategory = "PACKAGE-MANAGER", referenceType = "purl",
    referenceLocator = "pkg:npm/uplot@" .. version } }
  return row
end

local function relation(from, kind, to)
  return { spdxElementId = from, relationshipType = kind, relatedSpdxElement = to }
end

-- The time of the sources, not of the making.
local function created()
  local epoch = os.getenv "SOURCE_DATE_EPOCH" or output(("git -C %s log -1 --format=%%ct"):format(quote(root .. ".")))
  return os.date("!%Y-%m-%dT%H:%M:%SZ", tonumber(epoch) or 0)
end

local function main(paths)
  table.sort(paths)
  local files, code = describe_files(paths)
  local program = describe_program(code, #files)
  local packages = { program }
  local relations = { relation("SPDXRef-DOCUMENT", "DESCRIBES", program.SPDXID) }
  for _, library in ipairs(libraries) do
    local row = describe_library(unpack(library, 1, 4))
    if row and library[5] == "DYNAMIC_LINK" then
      insert(relations, relation(program.SPDXID, "DYNAMIC_LINK", row.SPDXID))
    elseif row then
      insert(relations, relation(row.SPDXID, library[5], program.SPDXID))
    end
    insert(packages, row)
  end
  local uplot = describe_uplot()
  insert(packages, uplot)
  insert(relations, relation(program.SPDXID, "CONTAINS", uplot.SPDXID))
  local name = "gotrace-lua-" .. program.versionInfo
  print(json({
    spdxVersion = "SPDX-2.3",
    dataLicense = "CC0-1.0",
    SPDXID = "SPDXRef-DOCUMENT",
    name = name,
    documentNamespace = ("https://spdx.org/spdxdocs/%s-%s"):format(name, code),
    creationInfo = { created = created(), creators = { "Tool: gotrace-lua-dev" } },
    packages = packages,
    files = files,
    relationships = relations,
  }, ""))
end

main { unpack(arg) }
