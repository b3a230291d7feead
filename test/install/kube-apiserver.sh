#!/usr/bin/env bash
#
# Provides a real Kubernetes API server for the tests: prints, as the last line on stdout, a directory that holds
# etcd, kube-apiserver and kubectl. Progress goes to stderr.
#
#   export KUBEBUILDER_ASSETS="$(test/install/kube-apiserver.sh)"
#
# Binaries that the environment names are used as they are: KUBEBUILDER_ASSETS (what setup-envtest sets), or
# TEST_ASSET_ETCD with TEST_ASSET_KUBE_APISERVER and, unless it is on the PATH, TEST_ASSET_KUBECTL.
#
# Otherwise they are built from Debian's source package, once, and kept in
# ${KUBECTL_LEADER_CACHE:-$XDG_CACHE_HOME/kubectl-leader}. The directory then also holds client-go-candidate, built from
# test/interop/client-go-candidate on the client-go of the same tree, and built again when its source has changed.
#
# The build takes about 5 minutes on 2 cores and 2 GB of disk, most of it given back. It needs apt and a Debian mirror
# (the one that this machine uses, or DEBIAN_MIRROR), but neither root nor a Go compiler: everything is unpacked into
# a temporary folder; nothing is installed, no service is started, and the machine's package sources stay as they are.

set -euo pipefail

readonly suite=bookworm
readonly version=1.20.2
readonly go_version=1.19
# Part of the cache's folder name: raise it when the build below changes what it makes.
readonly recipe=1

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=debian-packages.sh
source "$here/debian-packages.sh"
readonly candidate_source=$here/../interop/client-go-candidate/main.go
readonly cache=${KUBECTL_LEADER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-leader}
readonly assets=$cache/kubernetes-$version-$recipe

say() { printf '%s\n' "kube-apiserver.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# holds DIRECTORY: whether it has all three programs.
holds() {
  [[ -x $1/etcd && -x $1/kube-apiserver && -x $1/kubectl ]]
}

# runs DIRECTORY: whether all three programs start on this machine.
runs() {
  holds "$1" &&
    "$1/etcd" --version &>/dev/null &&
    "$1/kube-apiserver" --version &>/dev/null &&
    "$1/kubectl" version --client &>/dev/null
}

# Binaries that the environment names.
named_assets() {
  if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
    runs "$KUBEBUILDER_ASSETS" ||
      die "KUBEBUILDER_ASSETS is $KUBEBUILDER_ASSETS, which lacks a working etcd, kube-apiserver or kubectl"
    (cd "$KUBEBUILDER_ASSETS" && pwd)
  elif [[ -n ${TEST_ASSET_KUBE_APISERVER:-} && -n ${TEST_ASSET_ETCD:-} ]]; then
    local kubectl linked
    kubectl=${TEST_ASSET_KUBECTL:-$(command -v kubectl)} || die "set TEST_ASSET_KUBECTL, or put kubectl on the PATH"
    linked=$cache/named-$(printf '%s\n' "$TEST_ASSET_ETCD" "$TEST_ASSET_KUBE_APISERVER" "$kubectl" | short_hash)
    mkdir -p "$linked"
    ln -sfn "$(realpath "$TEST_ASSET_ETCD")" "$linked/etcd"
    ln -sfn "$(realpath "$TEST_ASSET_KUBE_APISERVER")" "$linked/kube-apiserver"
    ln -sfn "$(realpath "$kubectl")" "$linked/kubectl"
    runs "$linked" || die "TEST_ASSET_ETCD, TEST_ASSET_KUBE_APISERVER or kubectl does not run here"
    printf '%s\n' "$linked"
  fi
}

short_hash() { sha256sum | cut -c1-16; }

download_from() {
  printf '%s\n' "deb [signed-by=$keyring] $1 $suite main" "deb-src [signed-by=$keyring] $1 $suite main" \
    >"$workspace/apt/sources.list"
  apt_here update &&
    (cd "$workspace/packages" &&
      apt_here download "golang-$go_version-go" "golang-$go_version-src" \
        golang-github-modern-go-reflect2-dev etcd-server &&
      apt_here source --download-only kubernetes)
}

# Compiler, etcd and the source tree, below $workspace.
fetch_sources() {
  command -v apt-get dpkg-deb >/dev/null ||
    die "without apt there is nothing to build from; set KUBEBUILDER_ASSETS (setup-envtest makes such a folder)"
  [[ -r $keyring ]] || die "$keyring is missing: install debian-archive-keyring"
  mkdir -p "$workspace"/apt/{lists,cache/archives}/partial "$workspace/packages" "$workspace/root" "$tree"
  : >"$workspace/apt/status"

  local mirror fetched=
  for mirror in $(mirrors); do
    say "downloading the sources and a compiler from $mirror"
    if download_from "$mirror"; then fetched=yes && break; fi
  done
  [[ -n $fetched ]] || die "found no mirror with Debian $suite; set DEBIAN_MIRROR, or KUBEBUILDER_ASSETS"

  local package
  for package in "$workspace"/packages/*.deb; do
    dpkg-deb -x "$package" "$workspace/root"
  done
  tar -xzf "$workspace"/packages/kubernetes_*"$version".orig.tar.gz -C "$tree" --strip-components=1

  # The vendored reflect2 1.0.1 crashes the server under load when it is built with Go 1.18 or later.
  rm -rf "$tree/vendor/github.com/modern-go/reflect2"
  cp -R "$workspace/root/usr/share/gocode/src/github.com/modern-go/reflect2" "$tree/vendor/github.com/modern-go/"
}

# go_here ARGUMENT…: the compiler, in the tree, on its vendored packages.
go_here() {
  (cd "$tree" && env -u GOROOT -u GOFLAGS GOENV=off GO111MODULE=off CGO_ENABLED=0 \
    GOPATH="$workspace/go" GOCACHE="$workspace/go-cache" \
    "$workspace/root/usr/lib/go-$go_version/bin/go" "$@" >&2)
}

# The one file of kube-apiserver that is generated and not in the tree. This is what its own Makefile does, which would
# also generate anew all that is there already.
generate_openapi() {
  local directories
  directories=$(cd "$tree" &&
    grep -rl --include='*.go' '^// *+k8s:openapi-gen=' pkg cmd vendor/k8s.io/*/ | xargs -n1 dirname |
    LC_ALL=C sort -u | grep -Ev '^vendor/k8s.io/(code-generator|sample-apiserver|gengo|kube-openapi)/' |
      sed 's#^#k8s.io/kubernetes/#' | paste -sd,)
  go_here build -o "$workspace/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  (cd "$tree" && PATH="$workspace/root/usr/lib/go-$go_version/bin:$PATH" GO111MODULE=off GOPATH="$workspace/go" \
    "$workspace/openapi-gen" --logtostderr -i "$directories" -p k8s.io/kubernetes/pkg/generated/openapi \
    -O zz_generated.openapi -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt \
    -r "$workspace/openapi-violations" >&2)
}

build_server() {
  local package flags='-s -w'
  for package in k8s.io/client-go/pkg/version k8s.io/component-base/version; do
    flags+=" -X k8s.io/kubernetes/vendor/$package.gitVersion=v$version"
    flags+=" -X k8s.io/kubernetes/vendor/$package.gitMajor=1 -X k8s.io/kubernetes/vendor/$package.gitMinor=20"
  done
  say 'generating the OpenAPI definitions'
  generate_openapi
  say "building kube-apiserver and kubectl v$version; this takes minutes"
  go_here build -trimpath -ldflags "$flags" -o "$made/" ./cmd/kube-apiserver ./cmd/kubectl
  cp "$workspace/root/usr/bin/etcd" "$made/etcd"
}

build_candidate() {
  say 'building client-go-candidate'
  mkdir -p "$tree/cmd/client-go-candidate"
  cp "$candidate_source" "$tree/cmd/client-go-candidate/"
  go_here build -trimpath -ldflags '-s -w' -o "$made/" ./cmd/client-go-candidate
  candidate_hash >"$made/client-go-candidate.source"
}

candidate_hash() { short_hash <"$candidate_source"; }

is_candidate_current() {
  [[ -x $assets/client-go-candidate && -r $assets/client-go-candidate.source ]] &&
    [[ $(<"$assets/client-go-candidate.source") == "$(candidate_hash)" ]]
}

# Everything is made in a workspace beside its place in the cache and moved there whole, so that a build that is
# interrupted leaves nothing half-done. The next one clears it away.
build() {
  rm -rf "$cache"/build.*
  workspace=$(mktemp -d "$cache/build.XXXXXX")
  # The sources of a build are of no use after it, however it ends.
  trap 'chmod -R u+w "$workspace" && rm -rf "$workspace"' EXIT
  trap 'exit 130' INT TERM HUP
  tree=$workspace/go/src/k8s.io/kubernetes
  made=$workspace/made
  mkdir -p "$made"

  fetch_sources
  if runs "$assets"; then
    build_candidate
    mv -f "$made/client-go-candidate" "$assets/"
    mv -f "$made/client-go-candidate.source" "$assets/"
  else
    build_server
    build_candidate
    runs "$made" || die 'what was built does not run on this machine'
    rm -rf "$assets"
    mv "$made" "$assets"
  fi
  say "done after $SECONDS s"
}

main() {
  local named
  named=$(named_assets)
  if [[ -n $named ]]; then
    printf '%s\n' "$named"
    return
  fi

  mkdir -p "$cache"
  # One build at a time; a second caller waits, and finds it done.
  exec 9>"$cache/lock"
  flock 9
  if ! runs "$assets" || ! is_candidate_current; then
    build
  fi
  printf '%s\n' "$assets"
}

main
