local go_name = require "gotrace.anonymize.go_name"

-- The name with each word that the program chose in < >, and types in < : >.
local function marked(func)
  local prefix, path, rest = go_name.split(func)
  return prefix .. "|" .. path .. "|" .. go_name.rename(rest, function(kind, word)
    return (kind == "type" and "<:%s>" or "<%s>"):format(word)
  end)
end

describe("the words of a function's name", function()
  for func, want in pairs {
    ["main.main"] = "|main|<main>",
    ["example.com/a/b.F"] = "|example.com/a/b|<F>",
    ["example.com/b%2ev2.F"] = "|example.com/b%2ev2|<F>",
    ["a.com/x.(*T).m"] = "|a.com/x|(*<:T>).<m>",
    ["a.com/x.T.m"] = "|a.com/x|<:T>.<m>",
    ["a.com/x.(*T).m-fm"] = "|a.com/x|(*<:T>).<m>-fm",
    ["a.com/x.(*T).m.func1.2.gowrap3"] = "|a.com/x|(*<:T>).<m>.func1.2.gowrap3",
    ["a.com/x.f.deferwrap1"] = "|a.com/x|<f>.deferwrap1",
    ["a.com/x.f.func1-range2"] = "|a.com/x|<f>.func1-range2",
    ["a.com/x.f\194\183dwrap\194\1831"] = "|a.com/x|<f>\194\183dwrap\194\1831",
    ["a.com/x.f.(*T).m.func1"] = "|a.com/x|<f>.(*<:T>).<m>.func1",
    ["a.com/x.Map[...]"] = "|a.com/x|<Map>[...]",
    ["a.com/x.Map[go.shape.struct { b.com/y.Z }].func2"] = "|a.com/x|<Map>[<:[go.shape.struct { b.com/y.Z }]>].func2",
    ["a.com/x.(*T[...]).m"] = "|a.com/x|(*<:T>[...]).<m>",
    ["a.com/x.(*T[go.shape.int]).m"] = "|a.com/x|(*<:T>[<:[go.shape.int]>]).<m>",
    ["a.com/x.init"] = "|a.com/x|init",
    ["a.com/x.init.0.func1"] = "|a.com/x|init.0.func1",
    ["a.com/x.map.init.0"] = "|a.com/x|map.init.0",
    ["a.com/x.glob..func1"] = "|a.com/x|glob..func1",
    ["a.com/x.glob"] = "|a.com/x|<glob>",
    ["a.com/x.asm.abi0"] = "|a.com/x|<asm>.abi0",
    ["main._Cfunc_sleep"] = "|main|_Cfunc_<sleep>",
    ["main._cgoexpwrap_0aF_back"] = "|main|_cgoexpwrap_<0aF_back>",
    ["_cgoexp_4ce0_fromC"] = "||_cgoexp_<4ce0_fromC>",
    ["pthread_cond_wait"] = "||<pthread_cond_wait>",
    ["type:.eq.a.com/x.T"] = "type:.eq.|a.com/x|<T>",
    ["type..hash.main.T"] = "type..hash.|main|<T>",
    ["type:.eq.[2]a.com/x.T"] = "type:.eq.||[<:[2]>]<:a>.<com/x>.<T>",
    ["go.(*struct { net.Conn }).Read"] = "go.||(<:(*struct { net.Conn })>).<Read>",
    ["a.com/x.\195\164rger"] = "|a.com/x|<\195\164rger>",
    ["a.com/x.(unclosed"] = "|a.com/x|(<:(unclosed>)",
    ["a.com/x.[[["] = "|a.com/x|[<:[[[>]",
    [""] = "||",
  } do
    it("of '" .. func .. "'", function()
      assert.equal(want, marked(func))
    end)
  end

  it("are found in whatever bytes", function()
    local pieces = { "a", ".", "-", "(", ")", "[", "]", "*", "/", "\194", "\183", "func1", "init", "...", "glob.", " ",
      "_Cfunc_", "type:.eq.", "go.", "%2e", "\0", "\255" }
    math.randomseed(7)
    for _ = 1, 20000 do
      local text = {}
      for i = 1, math.random(12) do
        text[i] = pieces[math.random(#pieces)]
      end
      local ok, why = pcall(marked, table.concat(text))
      assert(ok, ("%q: %s"):format(table.concat(text), why))
    end
  end)
end)
