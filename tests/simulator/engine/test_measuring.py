"""The trace and the outcome: the numbers that grades are made from."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from anatomy.frames import apply
from simulator.engine import measuring
from simulator.engine.case import Case, initial_state
from simulator.engine.state import State
from simulator.imaging.dose.skin import Skin
from simulator.physics.filling import Filling
from tests.simulator.engine.conftest import Played


def with_cement(case: Case, state: State, inside: np.ndarray, share: float = 0.8) -> State:
    """The state with cement in some voxels."""
    grid = case.ground.grid
    cement_ml = np.where(inside, share * grid.voxel_ml, 0.0)
    filling = Filling(grid.shape, (0, 0, 0), cement_ml, np.zeros(grid.shape))
    batch = replace(state.batch, filling=filling, injected_ml=float(cement_ml.sum()), mixed_tick=0)
    return replace(state, batch=batch)


@pytest.fixture(scope="module")
def local(case: Case) -> np.ndarray:
    """Voxel centres (i, j, k, 3) in the target's vertebral frame."""
    centres = np.stack(np.meshgrid(*(a.ravel() for a in case.ground.grid.axes_mm()), indexing="ij"), axis=-1)
    return apply(case.target_from_patient, centres)


def cement(case: Case, state: State) -> dict:
    """The cement's part of the outcome."""
    return measuring.outcome(case, state)["cement"]


def test_every_row_is_json(case: Case, played: Played) -> None:
    """Trace, vitals, outcome and plan of a whole session can be written and read back equal."""
    rows = (measuring.trace(case, played.state), measuring.vitals(played.state),
            measuring.outcome(case, played.state), measuring.planned(case))  # fmt: skip
    for row in rows:
        assert json.loads(json.dumps(row, allow_nan=False)) == row


def test_the_plan_holds_the_skin(case: Case) -> None:
    """Read back from the plan it is the patient's, to the tenth of a millimetre that is written."""
    plan = json.loads(json.dumps(measuring.planned(case)))
    np.testing.assert_allclose(Skin.of_row(plan["skin"]).radius_mm, case.skin.radius_mm, atol=0.051)
    assert len(json.dumps(plan, separators=(",", ":"))) < 20_000


def test_the_trace_names_what_is_there(case: Case, in_bone: State) -> None:
    """No needle, no row of one; with one, tip and direction as they are, and where it lies by the pedicle."""
    assert not any(
        name.startswith(("needle", "balloon", "cement")) for name in measuring.trace(case, initial_state(case))
    )
    needle = in_bone.needles[1]
    assert needle is not None
    row = measuring.trace(case, in_bone)["needle_right"]
    assert row["tip_mm"] == pytest.approx(needle.tip_mm, abs=0.006)
    assert row["direction"] == pytest.approx(needle.axis, abs=6e-5)
    tip = apply(case.target_from_patient, needle.tip_mm)
    v = case.ground.vertebra
    assert row["behind_mm"] == pytest.approx(v.posterior_wall_y_mm - tip[1], abs=0.006)
    assert row["medial_mm"] == pytest.approx(0.5 * v.size.canal_width_mm - tip[0], abs=0.006)


def test_one_sided_cement_is_one_sided(case: Case, in_bone: State, local: np.ndarray) -> None:
    """All on the right: 0 % on the smaller side; as much on both: 50 %."""
    now = case.ground.at(1.0)
    body = (now.body_mm < -3.0) & (now.label == 1)
    right = with_cement(case, in_bone, body & (local[..., 0] > 4.0) & (local[..., 0] < 12.0))
    both = with_cement(case, in_bone, body & (abs(local[..., 0]) > 4.0) & (abs(local[..., 0]) < 12.0))
    assert cement(case, right)["smaller_side_percent"] == 0.0
    assert cement(case, both)["smaller_side_percent"] == pytest.approx(50.0, abs=3.0)


def test_depth_is_measured_from_the_posterior_wall(case: Case, in_bone: State, local: np.ndarray) -> None:
    """Cement between 50 and 80 % of the depth: all in the anterior two thirds, its front at 50 %."""
    now, v = case.ground.at(1.0), case.ground.vertebra
    depth = (local[..., 1] - v.posterior_wall_y_mm) / v.size.depth_mm
    state = with_cement(case, in_bone, (now.body_mm < -2.0) & (now.label == 1) & (depth > 0.5) & (depth < 0.8))
    row = cement(case, state)
    assert row["anterior_two_thirds_percent"] == 100.0
    assert row["posterior_front_percent"] == pytest.approx(50.0, abs=100.0 / v.size.depth_mm)
    assert measuring.cement_front_percent(case, state) == pytest.approx(row["posterior_front_percent"])
    back = with_cement(case, in_bone, (now.body_mm < -2.0) & (now.label == 1) & (depth > 0.05) & (depth < 0.3))
    assert cement(case, back)["anterior_two_thirds_percent"] == 0.0


def test_fill_percent_is_cement_over_body(case: Case, in_bone: State) -> None:
    """Volume in bone over the body's volume; leaks are told apart from it."""
    now = case.ground.at(1.0)
    state = with_cement(case, in_bone, (now.body_mm < -2.0) & (now.label == 1), 0.5)
    row = cement(case, state)
    assert row["fill_percent"] == pytest.approx(100.0 * state.batch.filling.total_ml / now.body_ml, abs=0.01)
    assert row["leaked_ml"] == {}
    outside = cement(case, with_cement(case, in_bone, now.label == 5, 0.1))
    assert outside["in_body_ml"] == 0.0
    assert set(outside["leaked_ml"]) == {"canal"}


def test_a_thin_veil_is_no_front(case: Case, in_bone: State, local: np.ndarray) -> None:
    """A voxel is reached when a third of its room is filled; a tenth does not count."""
    now = case.ground.at(1.0)
    veil = with_cement(case, in_bone, (now.body_mm < -2.0) & (now.label == 1), 0.1)
    assert "posterior_front_percent" not in cement(case, veil)
    assert local.shape[-1] == 3


def test_no_cement_no_row(case: Case, in_bone: State) -> None:
    """Before any cement there is nothing to say of it, and the account is all zeros."""
    row = measuring.outcome(case, in_bone)
    assert "cement" not in row
    assert set(row["conserved_ml"].values()) == {0.0}
    assert measuring.cement_front_percent(case, in_bone) is None


def test_the_plan_is_the_patients(case: Case) -> None:
    """The header's plan holds both corridors and the target as the patient has them."""
    plan = measuring.planned(case)
    assert plan["target"] == case.patient.column.target
    for side, corridor in case.patient.corridors.items():
        assert plan[f"corridor_{side}"]["entry_mm"] == pytest.approx(corridor.entry_mm, abs=0.006)
        assert plan[f"corridor_{side}"]["radius_mm"] == pytest.approx(corridor.radius_mm, abs=0.006)
