"""The contest: turns, who is absent, who cannot; with small work and without any peer."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from anatomy.volume import Grid, Volume
from simulator.bench import projector_view
from simulator.imaging.projection.projector import line_integrals
from simulator.imaging.view import View
from tests.benchmarks.peers.contestants import Contestant
from tests.benchmarks.peers.report import as_rows, as_table
from tests.benchmarks.peers.round_robin import Result, Worker, contest, relative_rms, workers
from tests.benchmarks.peers.scans import edge_emptied

ABSENT = Contestant("no such peer", "rtk_joseph", distribution="no-such-distribution")
OURS = Contestant("ours, NumPy", "ours", {"kernel": "numpy"})


def test_absent_peers_are_named_and_the_others_take_turns(tmp_path):
    """One round robin over pipes: ours gives the picture it gives here, the absent one is said to be absent."""
    team = workers([OURS, ABSENT], sys.executable, threads=1)
    try:
        assert [worker.missing for worker in team] == ["", "no-such-distribution is not installed"]
        grid = Grid.spanning((-12.0,) * 3, (12.0,) * 3, 1.0)
        volume = Volume(np.random.default_rng(1).random(grid.shape, dtype=np.float32), grid)
        view = View(projector_view(35.0, 20.0).beam_from_patient, 1000.0, 3.0, (12, 10))
        here = line_integrals(volume, view, kernel="numpy")
        results = contest(team[:1], volume, view, here.astype(float), 3, tmp_path)
    finally:
        for worker in team:
            worker.close()
    assert len(results[OURS.name].times_ms) == 3
    assert results[OURS.name].relative_rms < 1e-6  # to rounding: the order of sums depends on threads


def test_an_interpreter_that_is_not_there_is_a_sentence():
    """A wrong --python ends the program with what is wrong and what is wanted."""
    with pytest.raises(SystemExit, match="--python takes the path"):
        Worker(ABSENT, "/no/such/python", 1)


def test_what_was_not_measured_is_in_the_table_and_in_the_rows():
    """A peer that cannot take a view has a line and a row with the reason, not a gap; ratios are of medians."""
    results = {
        "plain ray march": Result([10.0, 30.0, 20.0], 1e-4),
        "fast": Result([5.0, 4.0, 7.0], 2e-4),
        "stiff": Result(why_not="no cranio-caudal tilt"),
    }
    lines = as_table("trunk 35/20", results, {"fast": "2.1"})
    assert "| fast 2.1 | 5 | 4 | 0.25 | 2.0e-04 | 3 |" in lines
    assert any("stiff" in line and "no cranio-caudal tilt" in line for line in lines)
    rows = {row["name"]: row for row in as_rows("trunk 35/20", results, {}, 2)}
    assert rows["projector stiff trunk 35/20"]["not_measured"] == "no cranio-caudal tilt"
    assert rows["projector fast trunk 35/20"]["details"]["ratio_to_plain_ray_march"] == 0.25


def test_relative_rms_of_a_known_error():
    """An image one per cent too bright is off by one per cent."""
    exact = np.random.default_rng(2).random((4, 5))
    assert relative_rms(1.01 * exact, exact) == pytest.approx(0.01)


def test_only_the_outermost_layer_is_emptied():
    """What all projectors must agree on: nothing on the border, everything inside as it was."""
    grid = Grid.spanning((-3.0,) * 3, (3.0,) * 3, 1.0)
    volume = Volume(np.ones(grid.shape, dtype=np.float32), grid)
    emptied = edge_emptied(volume).array
    assert emptied.sum() == 4**3
    assert np.all(emptied[1:-1, 1:-1, 1:-1] == 1.0)
    assert np.all(volume.array == 1.0)
