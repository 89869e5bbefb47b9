#!/usr/bin/env bash
# Runs the visible tests of the notebooks here from a fresh start, as `python -m torchmarks check` does at home.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
environment="${RUNNER_TEMP:-/tmp}/torchmarks-check"
python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --extra-index-url "${TORCH_INDEX:-https://download.pytorch.org/whl/cpu}" \
    --requirement "$here/requirements.txt" "$here"/torchmarks-*.whl
status=0
for notebook in *.ipynb; do
    "$environment/bin/python" -m torchmarks check "$notebook" || status=$?
done
exit "$status"
