/** Shells that can complete command lines of strata. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What a user puts into the start-up file of the shell. */
export const SETUP: Readonly<Record<Shell, { readonly file: string; readonly line: string }>> = {
  bash: { file: '~/.bashrc', line: 'source <(strata autocomplete bash)' },
  zsh: { file: '~/.zshrc', line: 'source <(strata autocomplete zsh)' },
  fish: { file: '~/.config/fish/config.fish', line: 'strata autocomplete fish | source' },
};

/**
 * The scripts ask `strata complete` at every Tab and take what it prints as data: a word that a script would evaluate or
 * expand (compgen -W, eval) could run what the name of a file in an image says.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of strata for bash.
_strata() {
  local first
  COMPREPLY=()
  {
    IFS= read -r first
    mapfile -t COMPREPLY
  } < <(command strata complete bash --breaks "$COMP_WORDBREAKS" -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  # With nothing else to offer, "-o default" offers files of this machine.
  [[ $first == files ]] || compopt +o default
  [[ $first == nospace ]] && compopt -o nospace
  return 0
}
complete -o default -F _strata strata
`,
  zsh: `#compdef strata
# Completion of strata for zsh.
_strata() {
  local -a lines words_done words_open shown_done shown_open
  local line word about shown
  # Not LBUFFER: that has lost an open quote.
  line="\${(j: :)words[1,CURRENT-1]} $IPREFIX$QIPREFIX$PREFIX"
  lines=("\${(@f)$(command strata complete zsh -- "$line" 2>/dev/null)}")
  if [[ $lines[1] == files ]]; then
    compset -P '(docker-archive|oci|oci-archive|dir|rootfs):'
    _files
    return
  fi
  for line in "\${(@)lines[2,-1]}"; do
    word=\${line%%$'\\t'*}
    about=\${line#*$'\\t'}
    [[ $line == *$'\\t'* ]] || about=
    shown=\${\${word%/}##*/}\${\${(M)word%/}:+/}\${about:+  -- $about}
    if [[ $word == *[/:=] ]]; then
      words_open+=("$word")
      shown_open+=("$shown")
    else
      words_done+=("$word")
      shown_done+=("$shown")
    fi
  done
  compadd -S '' -d shown_open -a -- words_open
  compadd -d shown_done -a -- words_done
}
if [[ $funcstack[1] == _strata ]]; then
  _strata "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _strata strata
fi
`,
  fish: `# Completion of strata for fish.
function __strata_complete
    set -l lines (command strata complete fish -- (commandline -cp) 2>/dev/null)
    if test "$lines[1]" = files
        __fish_complete_path (commandline -ct)
    else if test (count $lines) -gt 1
        printf '%s\\n' $lines[2..-1]
    end
end
complete -c strata -f -a '(__strata_complete)'
`,
};
