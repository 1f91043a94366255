#!/bin/sh
# Makes .venv beside this file and installs requirements.txt into it. Does nothing when that was done already.
set -eu
cd "$(dirname "$0")"
cmp -s requirements.txt .venv/installed.txt && exit 0
"${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
"${PYTHON:-python3}" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt >&2
# Last, so that an installation that was interrupted is made again.
cp requirements.txt .venv/installed.txt
