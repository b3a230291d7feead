#!/usr/bin/env bash
#
# Provides a kubectl of our day (1.32 or later) for the suite that compares with it: prints, as the last line on stdout,
# the path of the program. Progress goes to stderr.
#
#   export KUBECTL="$(test/install/kubectl.sh)"
#
# A program that KUBECTL names is used as it is. Otherwise it is taken from Debian's package, once, and kept in
# ${KUBECTL_LEADER_CACHE:-$XDG_CACHE_HOME/kubectl-leader}. That takes seconds and 100 MB of disk, and needs apt and a
# Debian mirror (the one that this machine uses, or DEBIAN_MIRROR), but no root: the package is only unpacked, and the
# machine's package sources stay as they are.

set -euo pipefail

# The first that has one; either is new enough.
readonly suites=(trixie sid)
readonly packages=(kubernetes-client kubectl)
readonly least_minor=32

# shellcheck source=debian-packages.sh
source "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh"

readonly cache=${KUBECTL_LEADER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-leader}
readonly kept=$cache/kubectl-debian

say() { printf '%s\n' "kubectl.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# is_recent PROGRAM: whether it runs on this machine, and is new enough.
is_recent() {
  local version
  [[ -x $1 ]] && version=$("$1" version --client 2>/dev/null | sed -n 's/^Client Version: v1\.\([0-9]*\).*/\1/p') &&
    [[ -n $version ]] && ((version >= least_minor))
}

# take_from MIRROR SUITE: unpacks the first package there that has a kubectl which is new enough.
take_from() {
  printf '%s\n' "deb [signed-by=$keyring] $1 $2 main" >"$workspace/apt/sources.list"
  apt_here update || return 1
  local package
  for package in "${packages[@]}"; do
    rm -rf "$workspace/packages" "$workspace/root"
    mkdir "$workspace/packages" "$workspace/root"
    (cd "$workspace/packages" && apt_here download "$package") || continue
    dpkg-deb -x "$workspace"/packages/*.deb "$workspace/root"
    is_recent "$workspace/root/usr/bin/kubectl" && return
  done
  return 1
}

fetch() {
  command -v apt-get dpkg-deb >/dev/null || die 'there is no apt on this machine; set KUBECTL'
  [[ -r $keyring ]] || die "$keyring is missing: install debian-archive-keyring"
  rm -rf "$cache"/kubectl.??????
  workspace=$(mktemp -d "$cache/kubectl.XXXXXX")
  trap 'rm -rf "$workspace"' EXIT
  trap 'exit 130' INT TERM HUP
  mkdir -p "$workspace"/apt/{lists,cache/archives}/partial
  : >"$workspace/apt/status"

  local mirror suite
  for mirror in $(mirrors); do
    for suite in "${suites[@]}"; do
      say "looking for kubectl in Debian $suite at $mirror"
      if take_from "$mirror" "$suite"; then
        mv -f "$workspace/root/usr/bin/kubectl" "$kept"
        return
      fi
    done
  done
  die "found no kubectl 1.$least_minor or later; set DEBIAN_MIRROR, or KUBECTL"
}

if [[ -n ${KUBECTL:-} ]]; then
  is_recent "$KUBECTL" || die "KUBECTL is $KUBECTL, which is no kubectl 1.$least_minor or later that runs here"
  realpath "$KUBECTL"
  exit
fi
mkdir -p "$cache"
# One at a time; a second caller waits, and finds it done.
exec 9>"$cache/kubectl.lock"
flock 9
is_recent "$kept" || fetch
printf '%s\n' "$kept"
