#!/usr/bin/env bash
# Makes the environment that grades, on Debian or Ubuntu. Run once, when an image is built.
#
# TORCHMARKS_PREFIX: where it is made; TORCH_INDEX: where the CPU build of PyTorch comes from.
set -euo pipefail
umask 022 # sessions run as users of their own, who have to read this Python
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
prefix="${TORCHMARKS_PREFIX:-/opt/torchmarks}"
index="${TORCH_INDEX:-https://download.pytorch.org/whl/cpu}"
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1

fits() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}
chosen() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if fits "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

if ! python="$(chosen)"; then
    apt-get update
    apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv
    if ! python="$(chosen)"; then # an older distribution, such as Ubuntu 22.04: a Python of our own beside its own
        python3 -m venv /tmp/uv
        /tmp/uv/bin/python -m pip install --quiet uv
        export UV_PYTHON_INSTALL_DIR=/opt/python
        /tmp/uv/bin/uv python install 3.12
        python="$(/tmp/uv/bin/uv python find 3.12)"
        rm -rf /tmp/uv
    fi
fi

"$python" -m venv "$prefix"
wheel="$(echo "$here"/torchmarks-*.whl)"
"$prefix/bin/python" -m pip install --quiet --no-cache-dir --extra-index-url "$index" "${wheel}[grading]"
# A second lock beside the sandbox: hidden tests are for the grader's eyes alone.
find "$here" -name '*.bundle' -exec chmod 600 {} +
"$prefix/bin/torchmarks" --version
