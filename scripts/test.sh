#!/usr/bin/env bash
# Runs every test and says at the end which could not run here, and why.
set -euo pipefail
cd "$(dirname "$0")/.."

# The means of the live tests: a container engine and a registry.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  command -v docker-registry >/dev/null || missing+=(docker-registry)
  command -v debootstrap >/dev/null || missing+=(debootstrap)
  if [ ${#missing[@]} -gt 0 ]; then
    echo "test: installing ${missing[*]} for the live tests"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } \
      >target-apt.log 2>&1 || echo "test: that did not succeed; what needs them is skipped and named below"
    rm -f target-apt.log
  fi
fi

skipped="$PWD/target/skipped"
rm -rf "$skipped"
mkdir -p "$skipped"
code=0
HAECHI_SKIPPED="$skipped" cargo test --workspace --no-fail-fast </dev/null || code=$?

echo
if [ -n "$(ls -A "$skipped")" ]; then
  echo "test: not run here:"
  cat "$skipped"/* | sort | sed 's/^/  /'
else
  echo "test: every test had what it needs"
fi
exit "$code"
