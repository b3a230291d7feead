#!/usr/bin/env bash
# Installs the Debian packages that the heavier suites use beside the API server.
#   tmux: the full-screen watch in a real terminal    zsh, bash-completion: completion in real shells
#   redis-server: elections in Redis (the tests start their own)    zip, unzip: archives for Windows
#   prometheus, with promtool: metrics and alerts of the exporter (the tests start their own)
#   docker-registry: what the image is pushed to (the tests start their own)    qemu-user-static: runs the image for arm64
#   g++: VS Code's server (code-server.sh)    chromium, with letters for Chinese: its workbench
set -euo pipefail
wanted=()
for pair in tmux:tmux zsh:zsh zip:zip unzip:unzip redis-server:redis-server promtool:prometheus docker-registry:docker-registry qemu-aarch64-static:qemu-user-static g++:g++ chromium:chromium; do
  command -v "${pair%%:*}" >/dev/null || wanted+=("${pair##*:}")
done
[ -e /usr/share/bash-completion/bash_completion ] || wanted+=(bash-completion)
[ -e /usr/share/fonts/truetype/wqy/wqy-microhei.ttc ] || wanted+=(fonts-wqy-microhei fonts-dejavu-core)
if ((${#wanted[@]})); then
  export DEBIAN_FRONTEND=noninteractive
  # Debian's packages start what they install, unless this says no; nothing is to go on running here.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm /usr/sbin/policy-rc.d' EXIT
  fi
  apt-get update -q >&2
  apt-get install -y -q --no-install-recommends "${wanted[@]}" >&2
fi
