"""Memory that was let go of goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np
from simulator.imaging.heap import give_back_free_memory, give_back_large_blocks

def resident_mb():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

done = give_back_large_blocks()
for megabytes in (30, 6):
    np.ones(megabytes << 20, np.uint8)  # made and let go of: from now on the library would keep such blocks
blocks = [np.ones(6 << 20, np.uint8) for _ in range(20)]
small = np.ones(1 << 20, np.uint8)
full = resident_mb()
blocks.clear()
print(done, round(full - resident_mb()))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the setting is that of glibc")
def test_blocks_of_some_megabytes_are_given_back():
    """Of 126 MB let go of below something that stays, the process keeps next to nothing."""
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    ).stdout.split()
    if told[0] == "False":
        pytest.skip("another C library than glibc")
    assert int(told[1]) > 115


SMALL = """
import numpy as np
from simulator.imaging.heap import give_back_free_memory

def resident_mb():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

blocks = [np.ones(100_000, np.uint8) for _ in range(1000)]
stays = np.ones(100_000, np.uint8)
blocks.clear()
before = resident_mb()
print(give_back_free_memory(), round(before - resident_mb()))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the call is that of glibc")
def test_small_blocks_are_given_back_when_asked():
    """Of 100 MB in small blocks below one that stays, nearly all."""
    told = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True).stdout.split()
    if told[0] == "False":
        pytest.skip("another C library than glibc")
    assert int(told[1]) > 85
