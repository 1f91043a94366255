#!/bin/sh
# Builds the server into bin/ when a source is newer than the binary, then becomes it: `exec`, so that
# SIGTERM reaches the server and not a shell. The judge may start many at once, hence the build aside and the move.
set -eu
cd "$(dirname "$0")"
if [ ! -x bin/server ] || [ -n "$(find . -maxdepth 1 \( -name '*.go' -o -name 'go.*' \) -newer bin/server)" ]; then
  mkdir -p bin
  go build -o "bin/server.$$" .
  mv "bin/server.$$" bin/server
fi
exec bin/server
