#!/usr/bin/env bash
# PrairieLearn starts this for each submission. The student's code runs in a sandbox that sees nothing of /grade.
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
find /grade -name '*.bundle' -exec chmod 600 {} +
exec /opt/torchmarks/bin/python -I -m torchmarks.adapters.prairielearn /grade
