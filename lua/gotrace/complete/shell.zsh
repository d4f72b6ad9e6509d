#compdef gotrace-lua
# zsh completion for gotrace-lua: the program itself says what may come next.
_gotrace-lua() {
  local line current=$PREFIX
  local -a fields words_whole words_part shown_whole shown_part
  case $compstate[quote] in
    '') current=${(Q)PREFIX} ;;
    '"') current=${(Q)${:-\"$PREFIX\"}} ;;
  esac
  for line in "${(@f)$("${(Q)~words[1]}" --complete zsh "${(@Q)words[2,CURRENT-1]}" "$current" 2>/dev/null)}"; do
    fields=("${(@ps:\t:)line}")
    (( $#fields == 4 )) || continue
    [[ -n $fields[4] ]] && fields[3]="$fields[3]  -- $fields[4]"
    if [[ $fields[1] == part ]]; then
      words_part+=("$fields[2]")
      shown_part+=("$fields[3]")
    else
      words_whole+=("$fields[2]")
      shown_whole+=("$fields[3]")
    fi
  done
  # With -Q, for the ~ in front, words go into the line as they are: what else a shell takes for
  # its own in the name of a file is quoted here.
  local -a with_text
  if [[ $current == '~'* ]]; then
    with_text=(-Q)
    words_part=(\~${(@q)^words_part#\~})
    words_whole=(\~${(@q)^words_whole#\~})
  fi
  (( $#words_part )) && compadd $with_text -S '' -l -V parts -d shown_part -a words_part
  (( $#words_whole )) && compadd $with_text -l -V words -d shown_whole -a words_whole
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _gotrace-lua "$@"
else
  compdef _gotrace-lua gotrace-lua
fi
