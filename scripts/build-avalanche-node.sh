#!/usr/bin/env bash
# Builds packages/cli/test/support/avalanchego, which drives a plugin with avalanchego's own client code, for the test that uses
# it. Needs Go and a C compiler; the first build compiles avalanchego's packages for some minutes.
# Without either it says so and exits with 1.
set -uo pipefail
cd "$(dirname "$0")/.."
target=$PWD/node_modules/.cache/aivm-avalanchego/avalanche-node

command -v go >/dev/null 2>&1 || { echo 'avalanchego: Go is not installed; its test says so and is skipped'; exit 1; }
command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 || { echo 'avalanchego: no C compiler; its test says so and is skipped'; exit 1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
mkdir -p "$(dirname "$target")"
if ! (cd packages/cli/test/support/avalanchego && CGO_ENABLED=1 go build -o "$target" .) >"$log" 2>&1; then
  tail -n 5 "$log"
  echo 'avalanchego: not built, its test says so and is skipped'
  exit 1
fi
echo "avalanchego: $target"
