-- Writes the programs that fuzzing of binary_fuzz starts with into a folder: an
-- address, and a file of each kind with a table of each form.
--
--   luajit tests/symbols/program_seeds.lua FOLDER
package.path = (arg[0]:match "^(.*)/[^/]*$" or ".") .. "/?.lua;" .. package.path
local file = require "program_file"

local ADDRESS = "\0\16\64\0\0\0\0\0" -- 0x401000

for kind in pairs(file.kinds) do
  for form in pairs(file.magics) do
    for _, word in ipairs { 4, 8 } do
      for _, big in ipairs { true, false } do
        local name = ("%s/%s-%s-%d%s"):format(arg[1], kind, form, word * 8, big and "-big" or "")
        local out = assert(io.open(name, "wb"))
        out:write(ADDRESS, file.program { kind = kind, form = form, word = word, big = big and kind ~= "pe",
          name = word == 8 and form == "1.2" and false or nil, symbols = { { "runtime.text", 0x401000 } } })
        out:close()
      end
    end
  end
end
