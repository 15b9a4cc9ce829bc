#!/usr/bin/env bash
# Measures against peers in one run; see bench/run.py.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v python3 >/dev/null || { echo "bench: python3 is needed" >&2; exit 2; }
exec python3 bench/run.py "$@"
