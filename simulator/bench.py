"""Benchmarks: the same work as the program does, timed on this machine.

Each row is the median of several runs with minimum and maximum. Machines are noisy: compare rows of one run,
not numbers of different days.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from statistics import median
from typing import Any

import numpy as np
from scipy import ndimage

from anatomy.volume import Grid, Volume
from scenarios import cases
from simulator.assessment.check import performance
from simulator.engine.case import Case, initial_state, make_case
from simulator.engine.scene import frame
from simulator.engine.step import step
from simulator.imaging.fluoroscope import Fluoroscope
from simulator.imaging.projector import Projectable, line_integrals
from simulator.imaging.ray_march import line_integrals_by_marching
from simulator.imaging.view import View, beam_from_patient
from simulator.physics.cure import HIGH_VISCOSITY, REFERENCE_RATE_PER_S, viscosity_pa_s
from simulator.physics.filling import Filling, inject
from simulator.physics.opening import Opening
from simulator.physics.porous_medium import VERTEBRA_ANISOTROPY, PorousMedium, permeability_m2

Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class Row:
    """One measurement: median, min and max of runs, in unit; details say what else belongs to it."""

    name: str
    unit: str
    median: float
    min: float
    max: float
    runs: int
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The row as bench --json writes it."""
        return asdict(self)


def timed(name: str, work: Callable[[], object], runs: int, **details: Any) -> Row:
    """Milliseconds of a piece of work: one warm-up, then runs."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return Row(name, "ms", median(times), min(times), max(times), runs, details)


PROJECTOR_VIEWS = ((0.0, 0.0), (90.0, 0.0), (35.0, 20.0))


def phantoms() -> dict[str, Volume]:
    """256^3 at 1 mm: a trunk in air, and a box that is filled to its corners (nothing can be skipped)."""
    grid = Grid.spanning((-128.0,) * 3, (128.0,) * 3, 1.0)
    x, y, z = grid.axes_mm()
    rng = np.random.default_rng(256)
    grain = ndimage.gaussian_filter(rng.standard_normal(grid.shape, dtype=np.float32), 1.2)
    grain = 1.0 + 0.15 * grain / grain.std()
    trunk = np.where((x / 120.0) ** 2 + (y / 82.0) ** 2 < 1.0, 1.0, 0.0) * grain
    spine = np.where(((x / 20.0) ** 4 + ((y + 35.0) / 16.0) ** 4 < 1.0) & (np.mod(z, 32.0) < 25.0), 0.9, 0.0)
    ribs = np.where(np.abs(np.hypot(x / 112.0, y / 75.0) - 1.0) < 0.04, 0.8, 0.0) * (np.mod(z + x / 4, 28) < 9)
    body = (trunk + spine + ribs).astype(np.float32)
    return {"trunk": Volume(body, grid), "full box": Volume(np.abs(grain).astype(np.float32), grid)}


def projector_view(primary_deg: float, secondary_deg: float, pixels: int = 512) -> View:
    """700 mm source to isocentre, 1000 mm to the detector, 384 mm field (0.75 mm pixels for 512)."""
    beam = beam_from_patient(np.radians(primary_deg), np.radians(secondary_deg), (0.0, 0.0, 0.0), 700.0)
    return View(beam, 1000.0, 384.0 / pixels, (pixels, pixels))


def bench_projector(runs: int, tell: Tell) -> list[Row]:
    """512 x 512 from 256^3 at three views, with the error against fine sampling along every ray."""
    rows = []
    found = phantoms()
    for step_, (name, volume) in enumerate(found.items()):
        body = Projectable(volume)
        for primary, secondary in PROJECTOR_VIEWS:
            tell(f"projector, {name}, {primary:g}/{secondary:g}", step_ / len(found))
            view = projector_view(primary, secondary)
            coarse = projector_view(primary, secondary, pixels=64)
            exact = line_integrals_by_marching(volume, coarse, step_mm=0.25)
            error = line_integrals(body, coarse) - exact
            relative = float(np.sqrt(np.mean(error**2)) / np.sqrt(np.mean(exact**2)))
            rows.append(
                timed(
                    f"projector numpy {name} {primary:g}/{secondary:g}",
                    partial(line_integrals, body, view),
                    runs,
                    relative_rms=f"{100.0 * relative:.3f} %",
                )
            )
    return rows


def default_case() -> Case:
    """The case that benchmarks use."""
    return make_case(cases.find("kyphoplasty-l1-wedge"), 1)


def bench_frame(runs: int, tell: Tell) -> list[Row]:
    """Frames of the default case: fresh anatomy (C-arm moved) and C-arm still, one plane."""
    tell("frame", 0.1)
    case = default_case()
    state = initial_state(case)
    plane = state.planes[0]
    still = Fluoroscope(case.patient)
    return [
        timed("frame, anatomy fresh", lambda: frame(case, state, plane, Fluoroscope(case.patient)), runs),
        timed("frame, C-arm still", lambda: frame(case, state, plane, still), runs),
    ]


def bench_step(runs: int, tell: Tell) -> list[Row]:
    """A tick without cement, averaged over a second of ticks."""
    tell("step", 0.1)
    case = default_case()
    start = initial_state(case)

    def second() -> None:
        state = start
        for _ in range(60):
            state, _ = step(case, state)

    row = timed("step without cement", second, runs)
    return [Row(row.name, "ms", row.median / 60, row.min / 60, row.max / 60, runs, {"of": "60 ticks"})]


def bench_cement(runs: int, tell: Tell) -> list[Row]:
    """A tick of 0.1 s at 3 ml/min into bone that already holds 5 ml, at 1.0 and 0.5 mm voxels."""
    rows = []
    for voxel_mm in (1.0, 0.5):
        tell(f"cement at {voxel_mm} mm", 0.1)
        rows.append(timed(f"cement tick, {voxel_mm} mm, 5 ml", CementTick(voxel_mm), 8 * runs))
    return rows


class CementTick:
    """Calling it injects 0.005 ml into uniform bone that already held 5 ml."""

    def __init__(self, voxel_mm: float) -> None:
        n = round(52.0 / voxel_mm)
        pore = np.full((n, n, n), 0.85 * voxel_mm**3 / 1000.0)
        k = np.full(pore.shape, float(permeability_m2(0.88)))
        self.bone = PorousMedium(voxel_mm, pore, k, VERTEBRA_ANISOTROPY)
        self.opening = Opening(np.array([[n // 2] * 3]), 1.2)
        self.viscosity = float(viscosity_pa_s(HIGH_VISCOSITY, 0.02, REFERENCE_RATE_PER_S))
        self.filling = Filling.empty(pore.shape)
        self.inject(5.0, 100.0)

    def inject(self, volume_ml: float, duration_s: float) -> None:
        """Add cement."""
        self.filling, _ = inject(
            self.bone,
            self.filling,
            self.opening,
            volume_ml=volume_ml,
            duration_s=duration_s,
            viscosity_pa_s=self.viscosity,
        )

    def __call__(self) -> None:
        self.inject(0.005, 0.1)


def bench_session(runs: int, tell: Tell) -> list[Row]:
    """A whole scripted session and its score, against real time."""
    tell("session", 0.1)
    case = default_case()
    ratios = []
    simulated = 0.0
    for _ in range(max(runs // 3, 1)):
        start = time.perf_counter()
        report = performance(case, "expert")
        simulated = report.duration_s
        ratios.append(simulated / (time.perf_counter() - start))
    return [Row("session and score, times real time", "x", median(ratios), min(ratios), max(ratios), len(ratios),
                {"simulated": f"{simulated:.0f} s"})]  # fmt: skip


FIRST_IMAGE = """
from simulator.bench import default_case
from simulator.engine.case import initial_state
from simulator.engine.scene import frame
from simulator.imaging.fluoroscope import Fluoroscope
case = default_case()
state = initial_state(case)
frame(case, state, state.planes[0], Fluoroscope(case.patient))
"""


def bench_startup(runs: int, tell: Tell) -> list[Row]:
    """A fresh process: importing the program, and to the first image of the default case."""
    tell("startup", 0.1)

    def fresh(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    return [
        timed("startup, import", lambda: fresh("import simulator.engine.session"), max(runs // 2, 3)),
        timed("startup, to the first image", lambda: fresh(FIRST_IMAGE), 3),
    ]


BENCHES: dict[str, Callable[[int, Tell], list[Row]]] = {
    "projector": bench_projector,
    "frame": bench_frame,
    "step": bench_step,
    "cement": bench_cement,
    "session": bench_session,
    "startup": bench_startup,
}


def run_benches(names: list[str], runs: int, tell: Tell) -> list[Row]:
    """The rows of some benchmarks."""
    rows: list[Row] = []
    for name in names:
        rows += BENCHES[name](runs, tell)
    return rows
