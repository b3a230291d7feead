#!/usr/bin/env bash
#
# Provides a real VS Code for the tests: prints, as the last line on stdout, the folder of VS Code's server with its
# workbench for browsers. Progress goes to stderr.
#
#   export VSCODE_SERVER="$(test/install/code-server.sh)"
#
# A folder that VSCODE_SERVER names is used as it is. Otherwise it is taken from the npm package code-server, once, and
# kept in ${KUBECTL_LEADER_CACHE:-$XDG_CACHE_HOME/kubectl-leader}. That takes a minute or two and 600 MB of disk, needs
# npm's registry, a C++ compiler and the Node.js of this project (npm ci), and runs no package's install script.

set -euo pipefail

readonly version=4.139.1
readonly integrity=sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==
readonly node_api_headers=1.9.0
# Part of the cache's folder name: raise it when what is made below changes.
readonly recipe=1

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly cache=${KUBECTL_LEADER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-leader}
readonly server=$cache/code-server-$version-$recipe
export PATH=$root/node_modules/.bin:$PATH

say() { printf '%s\n' "code-server.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# runs DIRECTORY: whether the server starts on this machine.
runs() {
  [[ -r $1/out/server-main.js ]] && node "$1/out/server-main.js" --version &>/dev/null
}

# The server's one compiled part that the tests need: it writes the files that the Output panel shows. Terminals and
# file watching come compiled. Node-API is the same in every Node.js, so that its headers alone are enough.
build_spdlog() {
  local module=$1/node_modules/@vscode/spdlog headers=$workspace/headers
  mkdir -p "$headers" "$module/build/Release"
  unpack "node-api-headers@$node_api_headers" "$headers" package
  g++ -std=c++17 -O1 -shared -fPIC -fexceptions -DNAPI_CPP_EXCEPTIONS -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS \
    '-DFMT_CONSTEVAL=' -DBUILDING_NODE_EXTENSION -I "$headers/include" -I "$module/node_modules/node-addon-api" \
    -I "$module/deps/spdlog/include" "$module/src/main.cc" "$module/src/logger.cc" \
    -o "$module/build/Release/spdlog.node"
}

# unpack PACKAGE@VERSION DIRECTORY FOLDER: that folder of the package, into the directory.
unpack() {
  local packed
  packed=$(cd "$workspace" && npm pack --silent "$1")
  tar -xzf "$workspace/$packed" -C "$2" --strip-components="$(tr -cd / <<<"$3/" | wc -c)" "$3"
}

# Made in a workspace beside its place in the cache and moved there whole, so that an interrupted run leaves nothing
# half-done. The next one clears it away.
build() {
  command -v g++ >/dev/null || die 'needs a C++ compiler: apt-get install g++ (test/install/packages.sh does)'
  [[ $(node --version) == v24.* ]] || die 'needs the Node.js of this project: run "npm ci" first'
  rm -rf "$cache"/vscode.*
  workspace=$(mktemp -d "$cache/vscode.XXXXXX")
  trap 'rm -rf "$workspace"' EXIT
  trap 'exit 130' INT TERM HUP

  say "downloading code-server $version"
  [[ $(npm view "code-server@$version" dist.integrity) == "$integrity" ]] ||
    die "code-server $version is not what it was: its checksum has changed"
  mkdir "$workspace/server"
  unpack "code-server@$version" "$workspace/server" package/lib/vscode
  say 'installing its dependencies'
  (cd "$workspace/server" && npm install --omit=dev --ignore-scripts --no-save --no-audit --no-fund --loglevel=error >&2)
  say 'compiling what writes its logs'
  build_spdlog "$workspace/server"
  runs "$workspace/server" || die 'what was installed does not run on this machine'
  rm -rf "$server"
  mv "$workspace/server" "$server"
  say "done after $SECONDS s"
}

if [[ -n ${VSCODE_SERVER:-} ]]; then
  runs "$VSCODE_SERVER" || die "VSCODE_SERVER is $VSCODE_SERVER, which holds no VS Code server that runs here"
  printf '%s\n' "$VSCODE_SERVER"
  exit
fi
mkdir -p "$cache"
# One at a time; a second caller waits, and finds it done.
exec 9>"$cache/code-server.lock"
flock 9
runs "$server" || build
printf '%s\n' "$server"
