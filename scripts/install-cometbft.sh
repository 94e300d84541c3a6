#!/usr/bin/env bash
# Builds CometBFT into ~/go/bin (or $GOBIN), where `aivm cluster` and its tests find it. Takes some minutes the first time;
# does nothing where it is there, or where Go is not.
set -euo pipefail

version=v0.38.26
seconds_max=900

bin=${GOBIN:-${GOPATH:-$HOME/go}/bin}
found=$(command -v cometbft || true)
[ -n "$found" ] || { [ -x "$bin/cometbft" ] && found=$bin/cometbft; } || true
if [ -n "$found" ]; then
  echo "cometbft: $("$found" version) at $found"
  exit 0
fi

go=$(command -v go || echo /usr/local/go/bin/go)
if [ ! -x "$go" ]; then
  echo 'cometbft: not installed, and neither is Go; its tests say so and are skipped'
  exit 0
fi

if CGO_ENABLED=0 timeout "$seconds_max" nice "$go" install "github.com/cometbft/cometbft/cmd/cometbft@$version"; then
  echo "cometbft: $version built into $bin"
else
  echo "cometbft: not built within $seconds_max s; its tests say so and are skipped"
fi
