# bash completion for gotrace-lua: the program itself says what may come next.
_gotrace_lua() {
  local program=${1/#\~/$HOME} line IFS=$'\n'
  COMPREPLY=()
  while read -r line; do
    COMPREPLY+=("$line")
  done < <("$program" --complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
}
# A word that is whole comes with a space behind it.
complete -o nospace -F _gotrace_lua gotrace-lua
