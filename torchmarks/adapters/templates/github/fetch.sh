#!/usr/bin/env bash
# Copies of students' repositories, without their history, into submissions/. STUDENTS_TOKEN may read them.
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
rm -rf submissions
exec "${TORCHMARKS_PREFIX:-/opt/torchmarks}/bin/python" -I -m torchmarks.adapters.repositories "$here/../roster.csv" submissions
