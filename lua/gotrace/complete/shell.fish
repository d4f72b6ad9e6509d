# fish completion for gotrace-lua: the program itself says what may come next.
function __gotrace_lua_complete
    set -l words (commandline -opc)
    while string match -qr '^\w+=' -- $words[1]
        set -e words[1]
    end
    # A quote may be open.
    set -l current
    for closing in '' "'" '"'
        set current (string unescape -- (commandline -ct)$closing); and break
    end
    $words[1] --complete fish $words[2..-1] "$current" 2>/dev/null
end
complete -c gotrace-lua -f -k -a '(__gotrace_lua_complete)'
