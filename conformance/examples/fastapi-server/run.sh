#!/bin/sh
# Starts the server on 127.0.0.1:$PORT. exec, so that a signal to this process reaches uvicorn.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/setup.sh"
exec "$here/.venv/bin/python" "$here/server.py"
