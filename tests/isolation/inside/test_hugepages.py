"""The memory of a process moves into huge pages and holds what it held."""

import json
import mmap
import os
import subprocess
import sys

import pytest

from torchmarks.isolation.inside import namespaces as ns
from torchmarks.isolation.inside.hugepages import HUGE_BYTES, _regions

GATHER = """
import ctypes, json, mmap, os
from torchmarks.isolation.inside import hugepages, namespaces
size = hugepages.HUGE_BYTES
tried = mmap.mmap(-1, 3 * size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
tried.write(bytes(3 * size))
try:
    namespaces.collapse(-(-ctypes.addressof(ctypes.c_char.from_buffer(tried)) // size) * size, size)
    able = True
except OSError:
    able = False
held = bytearray(os.urandom(1 << 20)) * 40
before = hash(bytes(held))
proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
hugepages.gather(proc)
rollup = open("/proc/self/smaps_rollup").read().split("AnonHugePages:")[1]
print(json.dumps([able, int(rollup.split()[0]), before == hash(bytes(held)), len(os.listdir("/proc/self/fd"))]))
"""


def test_memory_moves_and_stays_what_it_is() -> None:
    """Of 40 MB at least half lie in huge pages, with the bytes that they had; no descriptor stays open."""
    ran = subprocess.run([sys.executable, "-c", GATHER], capture_output=True, text=True, check=True)

    able, kib, same, descriptors = json.loads(ran.stdout)
    if not able:
        pytest.skip("this kernel has no MADV_COLLAPSE (Linux 6.1), or no huge page to give")
    assert kib * 1024 >= 10 * HUGE_BYTES
    assert same
    assert descriptors == 5  # 0, 1, 2, /proc, and the one that lists them


def test_no_region_reaches_beyond_its_mapping() -> None:
    """What is asked of the kernel is whole huge pages of one mapping: it refuses what goes on after the end."""
    held = mmap.mmap(-1, 3 * HUGE_BYTES + mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    found = list(_regions(proc))
    os.close(proc)
    with open("/proc/self/maps") as file:
        mappings = [[int(bound, 16) for bound in line.split()[0].split("-")] for line in file]

    held.close()
    assert found
    assert [one for one in found if not any(low <= one[0] and one[1] <= high for low, high in mappings)] == []


def test_an_address_that_is_nobodys_is_refused() -> None:
    """The kernel's refusal is an OSError: `gather` goes on with the next address."""
    with pytest.raises(OSError, match="MADV_COLLAPSE"):
        ns.collapse(HUGE_BYTES, HUGE_BYTES)
