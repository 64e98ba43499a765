#!/usr/bin/env bash
# Installs the Debian packages that the tests use: real readers, databases, brokers and clients that we did not write.
# As root or with sudo it installs what is missing; otherwise it says which command to run, and fails.
set -euo pipefail

packages=(
  gcc python3-dev pkg-config libpcsclite-dev   # builds pyscard
  pcscd vsmartcard-vpcd opensc                 # a real PC/SC daemon, a virtual reader, an independent client
  postgresql mosquitto                         # the database and the broker used in earnest
  systemd openssl                              # systemd-analyze for the units, openssl for the secrets script
  chromium fonts-noto-cjk                      # a real browser for the screens, with Japanese letters
  samba                                        # a real SMB share for the folders of clinic software
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

command="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
  root=()
elif sudo -n true 2>/dev/null; then
  root=(sudo)
else
  echo "The tests need system packages, and installing them needs root. Run this, then try again:" >&2
  echo "    sudo $command" >&2
  exit 1
fi
echo "set-up: system packages: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${root[@]}" apt-get update -qq >/dev/null
# policy-rc.d keeps the services down: the tests start their own, on their own ports and folders.
blocker=/usr/sbin/policy-rc.d
if [ ! -e "$blocker" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$blocker" >/dev/null
  "${root[@]}" chmod 755 "$blocker"
  trap '"${root[@]}" rm -f "$blocker"' EXIT
fi
said=$(mktemp)
if ! "${root[@]}" $command -qq >"$said" 2>&1; then
  tail -40 "$said" >&2
  exit 1
fi
rm -f "$said"
