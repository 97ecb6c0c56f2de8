"""The desktop's window in use: pictures painted a second, from key to picture, and how free its loop is."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from simulator.bench.engine import default_case
from simulator.bench.rows import Row, Tell, peak_memory, row_of

if TYPE_CHECKING:
    from simulator.app.procedure.watching import Watched

WATCHED_S = 20.0
"""How long both pedals are down."""
PULSES_PER_S = 30.0


def bench_desktop(runs: int, tell: Tell) -> list[Row]:
    """Single shots by key, then both pedals down at 30 pulses/s."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from simulator.app.procedure.watching import Watched  # Qt is loaded only where a window is wanted

    tell("desktop", 0.1)
    with tempfile.TemporaryDirectory() as folder:
        watched = Watched(default_case(), Path(folder) / "bench.vsim")
        for plane in "AB":  # what is worked out once
            watched.shot_s("A" if plane == "A" else "B")
        tell("desktop", 0.3)
        shots = [watched.shot_s("A" if n % 2 == 0 else "B") for n in range(max(4 * runs, 20))]
        tell("desktop", 0.4)
        watched.set_pulse_rate(PULSES_PER_S)
        rows = _fluoroscopy(watched)
        watched.close()
    latency = row_of("desktop, key to painted picture", shots, p95=f"{1e3 * np.percentile(shots, 95):.0f} ms")
    return [*rows, latency, *peak_memory()]


def _fluoroscopy(watched: Watched) -> list[Row]:
    """Both pedals down: pictures by seconds, what they cost, how the clock and the loop went."""
    for name in ("pedal_a", "pedal_b"):
        watched.key(name, up=False)
    watched.wait(1.0)
    for painted in watched.painted_s.values():
        painted.clear()
    watched.beats_s.clear()
    assert watched.room.state is not None
    began_s, began_tick, used_s = time.perf_counter(), watched.room.state.tick, time.process_time()
    watched.wait(WATCHED_S)
    took_s, ticks = time.perf_counter() - began_s, watched.room.state.tick - began_tick
    pairs = max(sum(map(len, watched.painted_s.values())) / 2.0, 1.0)
    used_ms, speed = 1e3 * (time.process_time() - used_s) / pairs, ticks / 60.0 / took_s
    gaps, rows = np.diff(watched.beats_s).tolist(), []
    for name, painted in watched.painted_s.items():
        seconds = [int(at - began_s) for at in painted]
        each = [float(seconds.count(second)) for second in range(int(took_s))]
        rows.append(
            Row(f"desktop, pictures painted, plane {name}", "/s", median(each), min(each), max(each), len(each))
        )
    for name in ("pedal_a", "pedal_b"):
        watched.key(name, down=False)
    return [
        *rows,
        Row("desktop, processor time of a pair", "ms", used_ms, used_ms, used_ms, 1),
        Row("desktop, simulated seconds a second", "", speed, speed, speed, 1),
        row_of("desktop, gap of the window's loop", gaps, p99=f"{1e3 * np.percentile(gaps, 99):.0f} ms"),
    ]
