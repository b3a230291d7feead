/** The shells that `completion` supports. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The program that kubectl (1.26 and later) runs to complete `kubectl leader …`. */
export const KUBECTL_COMPLETION = `#!/usr/bin/env sh
# Run by kubectl to complete "kubectl leader".
exec kubectl-leader __complete "$@"
`

// Each script completes `kubectl-leader` itself. kubectl completes `kubectl leader` with kubectl_complete-leader. If that is
// not installed, these scripts complete `kubectl leader` as well.
const BASH = `# bash completion for kubectl leader. Load it with: source <(kubectl leader completion bash)
__kubectl_leader_candidates() {
  local line directive= IFS=$'\\n'
  COMPREPLY=()
  while read -r line; do
    case "$line" in
      :*) directive=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(kubectl-leader __complete "$@" 2>/dev/null)
  # Readline splits words at ":" and "=", so offer only the text after the last one.
  local current=\${!#} typed
  if [[ $current == *[:=]* && $COMP_WORDBREAKS == *[:=]* ]]; then
    typed=\${current%"\${current##*[:=]}"}
    COMPREPLY=("\${COMPREPLY[@]#"$typed"}")
  fi
  if [[ $directive == 0 ]]; then compopt -o default; fi
}

# The words up to the cursor as the shell would pass them, with --flag=value joined again.
__kubectl_leader_words() {
  local first=$1 i word
  words=()
  for ((i = first; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((\${#words[@]})) && [[ $word == [:=] || \${COMP_WORDS[i-1]} == [:=] ]] && [[ \${words[\${#words[@]}-1]} == -* || $word == : || \${COMP_WORDS[i-1]} == : ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
  done
}

__kubectl_leader() {
  local words
  __kubectl_leader_words 1
  __kubectl_leader_candidates "\${words[@]}"
}
complete -F __kubectl_leader kubectl-leader

if ! type -P kubectl_complete-leader >/dev/null; then
  __kubectl_leader_or_kubectl() {
    local words
    if [[ \${COMP_WORDS[1]} == leader ]] && ((COMP_CWORD > 1)); then
      __kubectl_leader_words 2
      __kubectl_leader_candidates "\${words[@]}"
    elif declare -F __start_kubectl >/dev/null; then
      __start_kubectl
    fi
  }
  complete -o default -F __kubectl_leader_or_kubectl kubectl
fi
`

const ZSH = `#compdef kubectl-leader
# zsh completion for kubectl leader. Load it with: source <(kubectl leader completion zsh)
__kubectl_leader_candidates() {
  local line directive= value
  local -a candidates
  for line in "\${(@f)$(kubectl-leader __complete "$@" 2>/dev/null)}"; do
    case "$line" in
      :*) directive=\${line#:} ;;
      '') ;;
      *)
        value=\${line%%$'\\t'*}
        value=\${value//:/\\\\:}
        if [[ $line == *$'\\t'* ]]; then candidates+=("$value:\${line#*$'\\t'}"); else candidates+=("$value"); fi
        ;;
    esac
  done
  if [[ $directive == 0 ]]; then _files; else _describe -V kubectl-leader candidates; fi
}

_kubectl-leader() {
  __kubectl_leader_candidates "\${(@)words[2,CURRENT]}"
}

if [[ $funcstack[1] == _kubectl-leader ]]; then
  _kubectl-leader "$@"
else
  if ! (( $+functions[compdef] )); then autoload -Uz compinit && compinit; fi
  compdef _kubectl-leader kubectl-leader
  if ! (( $+commands[kubectl_complete-leader] )); then
    __kubectl_leader_or_kubectl() {
      if [[ \${words[2]} == leader ]] && (( CURRENT > 2 )); then
        __kubectl_leader_candidates "\${(@)words[3,CURRENT]}"
      elif (( $+functions[_kubectl] )); then
        _kubectl "$@"
      fi
    }
    compdef __kubectl_leader_or_kubectl kubectl
  fi
fi
`

const FISH = `# fish completion for kubectl leader. Load it with: kubectl leader completion fish | source
function __kubectl_leader_candidates
    set -l words (commandline -opc) (commandline -ct)
    set -e words[1]
    if test "$words[1]" = leader
        set -e words[1]
    end
    kubectl-leader __complete $words 2>/dev/null | string match -v -r '^:'
end
complete -c kubectl-leader -f -a '(__kubectl_leader_candidates)'
if not command -q kubectl_complete-leader
    complete -c kubectl -n 'test (count (commandline -opc)) -ge 2; and test (commandline -opc)[2] = leader' -f -a '(__kubectl_leader_candidates)'
end
`

const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH }

/** The script that sets up completion in a shell. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]
}
