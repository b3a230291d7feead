#!/usr/bin/env bash
# Installs the Debian packages that the heavier suites use beside the API server.
#   tmux: the full-screen watch in a real terminal    zsh, bash-completion: completion in real shells
set -euo pipefail
wanted=()
for pair in tmux:tmux zsh:zsh; do
  command -v "${pair%%:*}" >/dev/null || wanted+=("${pair##*:}")
done
[ -e /usr/share/bash-completion/bash_completion ] || wanted+=(bash-completion)
if ((${#wanted[@]})); then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >&2
  apt-get install -y -q --no-install-recommends "${wanted[@]}" >&2
fi
