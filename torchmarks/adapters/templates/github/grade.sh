#!/usr/bin/env bash
# Grades what fetch.sh has fetched, into results/. Students' code runs in a sandbox that sees nothing of this repository.
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
exec "${TORCHMARKS_PREFIX:-/opt/torchmarks}/bin/python" -I -m torchmarks.adapters.github "$here/assignment.bundle" submissions results
