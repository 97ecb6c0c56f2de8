"""Start to the first image with and without a kept patient, and the most memory that each takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from simulator.bench.rows import Row, Tell, row_of

STARTS = 3
FIRST_IMAGE = """
import json, time
from pathlib import Path
times = [time.perf_counter()]
from simulator.engine.case import initial_state, make_case
from simulator.engine.screens import frame
from simulator.imaging.fluoroscope import Fluoroscope
from scenarios import cases
times.append(time.perf_counter())
case = make_case(cases.find("kyphoplasty-l1-wedge"), 1)
times.append(time.perf_counter())
state = initial_state(case)
frame(case, state, state.planes[0], Fluoroscope(case.patient))
times.append(time.perf_counter())
print(json.dumps([b - a for a, b in zip(times, times[1:])]))
status = Path("/proc/self/status")  # what getrusage says includes the parent's
peak_kb = status.read_text().partition("VmHWM:")[2].split()[:1] if status.exists() else []
print(json.dumps([int(kb) / 1e3 for kb in peak_kb]))
"""


def bench_patients(_runs: int, tell: Tell) -> list[Row]:
    """Fresh processes that find no patient and build one, then fresh ones that find it.

    The cache is a folder of the benchmark's own. Files that the system has read before are in its memory.
    """
    with tempfile.TemporaryDirectory() as folder:
        starts = []
        for start in range(2 * STARTS):
            cold = start < STARTS
            tell("start without a kept patient" if cold else "start with a kept patient", start / (2 * STARTS))
            if cold:
                for path in Path(folder).rglob("*.patient"):
                    path.unlink()
            starts.append(_start(folder))
    return [
        *_rows("no patient kept", "building", starts[:STARTS]),
        *_rows("a kept patient", "loading", starts[STARTS:]),
    ]


def _start(folder: str) -> tuple[list[float], list[float]]:
    """Seconds of the parts of a start, and peak memory in MB where the system tells it."""
    environment = {**os.environ, "VERTEBROSIM_CACHE_DIR": folder, "VERTEBROSIM_NO_CACHE": ""}
    command = [sys.executable, "-c", FIRST_IMAGE]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.splitlines()
    return json.loads(said[0]), json.loads(said[1])


def _rows(what: str, getting: str, starts: list[tuple[list[float], list[float]]]) -> list[Row]:
    rows = [
        row_of(f"startup, to the first image, {what}", [sum(seconds) for seconds, _ in starts]),
        row_of(f"  of which {getting} the patient", [seconds[1] for seconds, _ in starts]),
    ]
    peaks = sorted(peak for _, found in starts for peak in found)
    if peaks:
        middle = peaks[len(peaks) // 2]
        rows.append(Row(f"  peak memory, {what}", "MB", middle, peaks[0], peaks[-1], len(peaks)))
    return rows
