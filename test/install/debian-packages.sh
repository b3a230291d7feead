# shellcheck shell=bash
#
# For the scripts beside it, which source it: Debian's packages without root, and without a change to the machine's own
# package sources. It needs $workspace, a folder with apt/lists/partial, apt/cache/archives/partial and an empty apt/status.

readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The Debian mirrors to try: those of this machine's package sources, whichever format these are in.
mirrors() {
  if [[ -n ${DEBIAN_MIRROR:-} ]]; then
    printf '%s\n' "$DEBIAN_MIRROR"
  else
    # shellcheck disable=SC2016 # apt fills these in
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
      awk '$3 == "main" && $2 !~ /-/ && !seen[$1]++ { print $1 }'
  fi
}

# apt_here ARGUMENT…: apt-get with package lists, sources, cache and status of its own below $workspace.
apt_here() {
  apt-get -qq \
    -o Dir::Etc::SourceList="$workspace/apt/sources.list" -o Dir::Etc::SourceParts=- \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State::Lists="$workspace/apt/lists" -o Dir::State::status="$workspace/apt/status" \
    -o Dir::Cache="$workspace/apt/cache" \
    -o APT::Sandbox::User="$(id -un)" "$@" >&2
}
