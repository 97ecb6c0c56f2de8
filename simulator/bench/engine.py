"""The engine: a tick with and without cement, a whole session, a cold start."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from statistics import median

import numpy as np

from anatomy.spec import SIDES
from scenarios import cases
from simulator.assessment.check import performance
from simulator.bench.patients import bench_patients
from simulator.bench.rows import Row, Tell, timed
from simulator.devices.balloon import Balloon
from simulator.devices.cement import aged
from simulator.devices.needle import Needle
from simulator.devices.reducing import usual_placement
from simulator.engine.case import Case, initial_state, make_case
from simulator.engine.heating import heated
from simulator.engine.state import DEVICE_EVERY, TICK_HZ
from simulator.engine.step import step
from simulator.physics.cure import HIGH_VISCOSITY, REFERENCE_RATE_PER_S, viscosity_pa_s
from simulator.physics.filling import Filling, inject
from simulator.physics.opening import Opening
from simulator.physics.porous_medium import VERTEBRA_ANISOTROPY, PorousMedium, permeability_m2


def default_case() -> Case:
    """The case that benchmarks use."""
    return make_case(cases.find("kyphoplasty-l1-wedge"), 1)


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
    idle = Row(row.name, "ms", row.median / 60, row.min / 60, row.max / 60, runs, {"of": "60 ticks"})
    return [idle, balloons_inflating(case), injecting(case)]


def balloons_inflating(case: Case) -> Row:
    """Ticks while two balloons go from 1 to 3 ml each and lift the endplate: median of the device ticks, longest
    of all ticks, between which work is spread."""
    assert case.balloon is not None
    lying = [usual_placement(case.ground, side, case.balloon.length_mm) for side in SIDES]
    left, right = (
        Balloon(p.side, case.balloon, p.distal_mm, p.proximal_mm, volume_ml=1.0, wanted_ml=3.0) for p in lying
    )
    state = replace(initial_state(case), balloons=(left, right))
    taken_ms: list[float] = []
    between_ms: list[float] = []
    for _ in range(25 * TICK_HZ):
        start = time.perf_counter()
        later, _ = step(case, state)
        took_ms = 1000.0 * (time.perf_counter() - start)
        (taken_ms if state.tick % DEVICE_EVERY == 0 else between_ms).append(took_ms)
        state = later
    lifted = {"lifted": f"{100.0 * (case.rest_amplitude - state.amplitude):.0f} %"}
    longest = max(*taken_ms, *between_ms)
    return Row("device tick, two balloons inflating", "ms", median(taken_ms), min(taken_ms), longest,
               len(taken_ms), lifted)  # fmt: skip


def injecting(case: Case) -> Row:
    """Device ticks of a minute in which 3 ml go into the fractured body, after a moment's wait.

    Every tenth of viscosity changes the bone that cement meets.
    """
    corridor = case.patient.corridors["right"]
    depth_mm = float(np.linalg.norm(corridor.target_mm - corridor.skin_mm))
    x, y, z = (float(part) for part in corridor.direction)
    skin = corridor.target_mm - depth_mm * np.array((x, y, z))
    place = (float(skin[0]), float(skin[1]), float(skin[2]))
    needle = Needle(
        "right", case.scenario.instruments.needle_gauge, place, (x, y, z), depth_mm, 30.0, stylet=False
    )
    state = initial_state(case)
    batch = replace(state.batch, mixed_tick=0, mixed_ml=10.0, loaded_ml=10.0)
    batch = aged(batch, case.cement, case.scenario.room.temperature_c, 240.0)
    state, _ = step(case, replace(state, needles=(None, needle), batch=batch))
    state = replace(state, batch=replace(state.batch, side="right", wanted_ml_s=0.05))
    taken_ms = []
    for _ in range(60 * TICK_HZ):
        start = time.perf_counter()
        later, _ = step(case, state)
        if state.tick % DEVICE_EVERY == 0:
            taken_ms.append(1000.0 * (time.perf_counter() - start))
        state = later
    details = {"injected": f"{state.batch.injected_ml:.1f} ml"}
    return Row("device tick, cement flowing", "ms", median(taken_ms), min(taken_ms), max(taken_ms), len(taken_ms),
               details)  # fmt: skip


def bench_cement(runs: int, tell: Tell) -> list[Row]:
    """A tick of 0.1 s at 3 ml/min into bone that already holds 5 ml, at 1.0 and 0.5 mm voxels.

    One tick in a dozen solves the flow anew: the worst is such a one.
    """
    rows = []
    for voxel_mm in (1.0, 0.5):
        tell(f"cement at {voxel_mm} mm", 0.1)
        rows.append(timed(f"cement tick, {voxel_mm} mm, 5 ml", CementTick(voxel_mm), 20 * runs))
    tell("heat", 0.8)
    return [*rows, timed("heat of a second, 5 ml", HeatSecond(), 4 * runs)]


class HeatSecond:
    """Calling it lets 5 ml of cement deep in the default case's body cure and warm its surroundings for a second,
    which is how often heat acts."""

    def __init__(self) -> None:
        self.case = default_case()
        state = initial_state(self.case)
        now = self.case.ground.at(state.amplitude)
        depth = np.argsort(now.body_mm, axis=None, kind="stable")[: round(5.0 / (0.8 * now.grid.voxel_ml))]
        cement = np.zeros(now.grid.shape)
        cement.ravel()[depth] = 0.8 * now.grid.voxel_ml
        filling = Filling(now.grid.shape, (0, 0, 0), cement, np.zeros(now.grid.shape))
        self.state = replace(state, batch=replace(state.batch, filling=filling, mixed_tick=0, cure=0.05))

    def __call__(self) -> None:
        self.state, _ = heated(self.case, self.state)


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


STARTS = 3


def bench_startup(runs: int, tell: Tell) -> list[Row]:
    """Fresh processes: the command line's shortest answer, importing the engine, and to the first image.

    Files that the system has read before are in its memory.
    """
    tell("startup", 0.1)

    def new(*arguments: str) -> str:
        return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout

    shortest = ("-c", "from simulator.cli.app import main; main(['scenario', 'list', '--format', 'plain'])")
    return [
        timed("startup, scenario list", lambda: new(*shortest), max(runs // 2, STARTS)),
        timed("startup, importing the engine", lambda: new("-c", "import simulator.engine.session"), STARTS),
        *bench_patients(runs, tell),
    ]
