#!/usr/bin/env bash
# Installs what builds and reads OCI images without a container engine, on Debian, as root.
#   umoci: makes them    skopeo: copies them to a registry    runc: runs one in the tests
set -euo pipefail
wanted=()
for program in umoci skopeo runc; do
  command -v "$program" >/dev/null || wanted+=("$program")
done
if ((${#wanted[@]})); then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >&2
  apt-get install -y -q --no-install-recommends "${wanted[@]}" >&2
fi
