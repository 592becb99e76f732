#!/bin/sh
# Installs the genuine agents and the model server into the folder given: about 1.5 GB, from the npm registry and PyPI.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cp "$here/package.json" "$1/"
npm install --prefix "$1" --no-audit --no-fund --loglevel=error
python3 -m venv "$1/python"
"$1/python/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
touch "$1/ready"
