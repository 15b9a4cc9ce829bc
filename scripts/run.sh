#!/usr/bin/env bash
# Builds Haechi, prepares advisory data, and judges a real image.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "run: building (release)"
cargo build --release -q -p cli
haechi=target/release/haechi
db=target/run/db
mkdir -p target/run

if [ -d ../shared/advisories ]; then
  echo "run: advisory data from ../shared/advisories"
  "$haechi" db import ../shared/advisories --db "$db" >target/run/import.log || { cat target/run/import.log; exit 2; }
elif "$haechi" db update Debian PyPI npm Go crates.io --db "$db" || "$haechi" db status --db "$db" >/dev/null 2>&1; then
  echo "run: advisory data fetched from the public sources"
else
  echo "run: advisory data from the project's own fixtures (testdata/advisories): a small set, for trying out"
  "$haechi" db import testdata/advisories --db "$db"
fi

image=../shared/images/shop-app.oci.tar
if [ ! -f "$image" ]; then
  image=target/run/sample.oci.tar
  echo "run: building a sample image, $image"
  cargo run --release -q -p xtask -- sample-image "$image"
fi

echo "run: haechi scan $image"
echo
code=0
"$haechi" scan "$image" --db "$db" --offline "$@" || code=$?
echo
case $code in
  0) echo "run: the verdict is pass (exit code 0)" ;;
  1) echo "run: the verdict is fail (exit code 1), which would block this build in CI" ;;
  *) echo "run: haechi ended with exit code $code" >&2; exit "$code" ;;
esac
