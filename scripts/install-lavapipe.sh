#!/usr/bin/env bash
# Installs a Vulkan driver that runs on the processor (Mesa's lavapipe), so that the WebGPU tests have an adapter on a
# machine without a GPU. Run it, or source it and call install_lavapipe. Running it again changes nothing.

# The first Mesa whose lavapipe Dawn accepts; Debian 12 itself ships 22.3.
readonly LAVAPIPE_VERSION_MIN=23.1

lavapipe_version() { dpkg-query -W -f='${Version}' mesa-vulkan-drivers 2>/dev/null || true; }

is_lavapipe_new_enough() {
  [ -n "$(lavapipe_version)" ] && dpkg --compare-versions "$(lavapipe_version)" ge "$LAVAPIPE_VERSION_MIN" &&
    dpkg-query -W -f='${Status}' libvulkan1 2>/dev/null | grep -q 'ok installed'
}

# Adds the backports of a release, from the mirror that the release itself comes from.
add_backports() {
  local release=$1 suite="$1-backports" file="/etc/apt/sources.list.d/$1-backports.sources" mirror
  local key=/usr/share/keyrings/debian-archive-keyring.gpg
  if apt-get indextargets --format '$(CODENAME)' 2>/dev/null | grep -qx "$suite"; then return 0; fi
  mirror=$(apt-get indextargets --format '$(LABEL)|$(CODENAME)|$(REPO_URI)' 2>/dev/null |
    sed -n "s/^Debian|$release|//p" | sort -u | head -n 1)
  if [ -z "$mirror" ]; then
    echo "lavapipe: not installed: apt knows no Debian mirror for $release"
    return 1
  fi
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$mirror" "$suite" >"$file"
  if [ -r "$key" ]; then printf 'Signed-By: %s\n' "$key" >>"$file"; fi
}

# Returns 0 when the driver is there afterwards. Otherwise prints why not and returns 1: the tests then skip themselves.
install_lavapipe() {
  local release target log
  if ! command -v apt-get >/dev/null 2>&1; then
    echo 'lavapipe: not installed: this system has no apt-get'
    return 1
  fi
  if is_lavapipe_new_enough; then
    echo "lavapipe: present, Mesa $(lavapipe_version)"
    return 0
  fi
  if [ "$(id -u)" != 0 ]; then
    echo 'lavapipe: not installed: needs root'
    return 1
  fi
  release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  target=()
  log=$(mktemp)
  # Mirrors that do not answer are no reason to stop: what they last said may be enough.
  apt-get update -qq >"$log" 2>&1 || true
  if [ "$release" = bookworm ]; then
    add_backports "$release" || return 1
    apt-get update -qq >>"$log" 2>&1 || true
    target=(-t "$release-backports")
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${target[@]}" \
    mesa-vulkan-drivers libvulkan1 >>"$log" 2>&1 || true
  if ! is_lavapipe_new_enough; then
    echo "lavapipe: not installed (Mesa here: $(lavapipe_version)): $(tail -n 1 "$log")"
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
  echo "lavapipe: installed, Mesa $(lavapipe_version)"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then install_lavapipe; fi
