/** What shells are told, so that they ask the program what may come next. */
export const SCRIPTS = {
  bash: `# bash completion of nubo: source <(nubo completion bash)
_nubo() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _nubo nubo
`,
  zsh: `#compdef nubo
# zsh completion of nubo: source <(nubo completion zsh)
_nubo() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -n "$found" ]] && compadd -- $found || _files
}
compdef _nubo nubo
`,
} as const;

export type Shell = keyof typeof SCRIPTS;

export const SHELLS = Object.keys(SCRIPTS) as Shell[];
