#!/usr/bin/env bash
# Installs what a build needs and this machine lacks: a C compiler and Rust.
set -euo pipefail

RUST=1.95

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing=()
command -v cc >/dev/null || missing+=(build-essential)
command -v curl >/dev/null || missing+=(curl)
command -v git >/dev/null || missing+=(git)
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing ${missing[*]}"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

new_enough() {
  command -v cargo >/dev/null || return 1
  local have
  have=$(cd / && cargo --version | cut -d' ' -f2)
  [ "$(printf '%s\n%s\n' "$RUST" "$have" | sort -V | head -n1)" = "$RUST" ]
}

if ! new_enough; then
  if command -v rustup >/dev/null; then
    echo "setup: installing Rust $RUST with rustup"
    rustup toolchain install "$RUST" --profile minimal --component clippy --component rustfmt
    # For this folder only: what the user builds elsewhere stays as it is.
    rustup override set "$RUST"
  else
    echo "setup: installing rustup and Rust $RUST into ~/.cargo"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
      sh -s -- -y --no-modify-path --profile minimal --component clippy --component rustfmt \
        --default-toolchain "$RUST" || {
      echo "setup: Rust could not be fetched; install Rust $RUST or later and run again" >&2
      exit 1
    }
  fi
fi
