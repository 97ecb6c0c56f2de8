"""Benchmarks do the work that they time and give numbers; how fast it is, no test asks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anatomy.volume import Grid, Volume
from simulator.bench import BENCHES, PROJECTOR_VIEWS, desktop, engine, frame, projector, run_benches
from simulator.bench.rows import Row, peak_memory, row_of
from simulator.engine.case import Case
from simulator.imaging.projected_body import ProjectedBody
from simulator.imaging.projection.projector import KERNELS
from tests.test_purity import busy_state


def silent(_what: str, _share: float) -> None:
    """Nobody watches."""


def assert_sound(rows: list[Row]) -> None:
    """Finite, positive, in order, each with a name of its own."""
    assert rows
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert all(math.isfinite(value) for value in (row.median, row.min, row.max)), row
        assert 0.0 < row.min <= row.median <= row.max, row
        assert row.runs >= 1
        assert row.as_json()["unit"] == row.unit


@pytest.fixture
def coarse_case(case: Case, monkeypatch: pytest.MonkeyPatch) -> Case:
    """The case of all benchmarks, on its coarse patient."""
    for module in (desktop, engine, frame):
        monkeypatch.setattr(module, "default_case", lambda: case)
    return case


def test_row_of_times() -> None:
    """Milliseconds: median, least and most."""
    row = row_of("x", [0.004, 0.001, 0.002], of="y")
    assert (row.unit, row.median, row.min, row.max, row.runs) == ("ms", 2.0, 1.0, 4.0, 3)
    assert row.details == {"of": "y"}


def test_peak_memory_is_that_of_a_process() -> None:
    """Between ten megabytes and a hundred gigabytes: the unit is right."""
    assert all(10.0 < row.median < 1e5 for row in peak_memory())


def test_projector_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kernel at every view, with its error and its time against the reference's."""
    grid = Grid.spanning((-24.0,) * 3, (24.0,) * 3, 1.0)
    x, y, z = grid.axes_mm()
    ball = Volume(np.clip(20.0 - np.sqrt(x * x + y * y + z * z), 0.0, 1.0).astype(np.float32), grid)
    monkeypatch.setattr(projector, "phantoms", lambda: {"ball": ball})
    rows = projector.bench_projector(1, silent)
    assert_sound(rows)
    assert len(rows) == len(KERNELS) * len(PROJECTOR_VIEWS)
    for row in rows:
        assert 0.0 < float(row.details["relative_rms"].rstrip(" %")) < 2.0
        assert (row.details["of_numpy"] == "1.00") or "numpy" not in row.name


@pytest.mark.parametrize("name", ["step", "cement"])
def test_engine_rows(name: str, coarse_case: Case) -> None:
    """A tick without and with cement."""
    assert_sound(run_benches([name], 1, silent))


def test_frame_rows(coarse_case: Case) -> None:
    """Fresh pictures, both planes at rest, a needle on its way, and a sweep of some pictures of other poses."""
    body, busy = ProjectedBody(coarse_case.patient), busy_state(coarse_case)
    rows = [
        *frame.fresh(coarse_case, body, 1),
        frame.still(coarse_case, body, busy, "busy", 1),
        frame.needle_moving(coarse_case, body, busy, 1),
    ]
    assert_sound(rows)
    poses, full, seconds = frame.sweep(coarse_case, body)
    assert seconds > 2.5
    assert 3 < len(poses) <= 95
    assert 1 <= full <= len(poses)
    assert all(0.0 <= pose < frame.SWEEP_DEG for pose in poses)


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_gives_rows(name: str, coarse_case: Case) -> None:
    """All of ``bench all``, once each."""
    assert_sound(run_benches([name], 1, silent))


@pytest.mark.usefixtures("coarse_case")
def test_desktop_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of both planes are painted in a window of its own, each shot is taken by a key."""
    monkeypatch.setattr(desktop, "WATCHED_S", 2.0)
    rows = {row.name: row for row in desktop.bench_desktop(1, silent)}
    assert_sound([row for row in rows.values() if "painted, plane" not in row.name])
    for plane in "AB":
        assert 1.0 <= rows[f"desktop, pictures painted, plane {plane}"].max <= 36.0, "30 pulses a second"
    assert rows["desktop, key to painted picture"].runs == 20
