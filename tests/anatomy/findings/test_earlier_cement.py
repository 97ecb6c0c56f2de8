"""Cement of an earlier augmentation: its volume in voxels of any size, and where it lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.findings.earlier_cement import AS_MINERAL_G_CM3, FILLED, displace_marrow
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import body_field
from anatomy.spec import EarlierCement, Level, PatientSpec
from tests.anatomy.findings.bone_pieces import box, column, local_points, mineral

PLAIN = PatientSpec(seed=4, target_level="L4")


def treated(level: Level, volume_ml: float, seed: int = 4) -> PatientSpec:
    """The plain patient after an augmentation."""
    return replace(PLAIN, seed=seed, earlier_cement=(EarlierCement(level, volume_ml),))


def cement(spec: PatientSpec, level: Level, voxel_mm: float) -> Array:
    """Share of each voxel that cement fills, from the mineral that it stands for."""
    before = replace(spec, earlier_cement=())
    return (mineral(spec, level, voxel_mm) - mineral(before, level, voxel_mm)) / AS_MINERAL_G_CM3


@pytest.mark.parametrize("voxel_mm", [1.0, 2.0])
@pytest.mark.parametrize(("level", "volume_ml"), [("T8", 2.0), ("T12", 3.5), ("L2", 6.0)])
def test_the_volume_is_what_was_asked_for(level: Level, volume_ml: float, voxel_mm: float) -> None:
    """Summed over voxels of one and two millimetres it is within 2 %."""
    share = cement(treated(level, volume_ml), level, voxel_mm)
    assert share.sum(dtype=float) * voxel_mm**3 / 1000.0 == pytest.approx(volume_ml, rel=0.02)


@pytest.mark.slow
def test_the_volume_holds_at_half_a_millimetre_too() -> None:
    """The program's own fine voxels: within 2 %, no voxel fuller than what marrow leaves."""
    share = cement(treated("T8", 2.0), "T8", 0.5)
    assert share.sum(dtype=float) / 8000.0 == pytest.approx(2.0, rel=0.02)
    assert share.max() <= FILLED + 1e-3


def test_cement_lies_inside_the_body() -> None:
    """None within half a millimetre of the surface or behind the posterior wall; some on both sides."""
    v = column(PLAIN).vertebrae["L2"]
    share = cement(treated("L2", 6.0), "L2", 1.0)
    x, y, z = np.moveaxis(local_points(v, box(v, 1.0)), -1, 0)
    filled = share > 0.3
    assert body_field(v, x[filled], y[filled], z[filled]).distance_mm.max() < -0.5
    assert y[filled].min() > v.posterior_wall_y_mm
    assert (filled & (x > 4.0)).any()
    assert (filled & (x < -4.0)).any()


def test_its_border_is_uneven() -> None:
    """Cement interdigitates: its surface is more than 1.4 times that of a ball of its volume."""
    share = cement(treated("L2", 4.0), "L2", 1.0) > 0.4
    faces = sum(np.count_nonzero(np.diff(share, axis=axis)) for axis in range(3)) / 1.5  # of cubes: half more
    assert faces > 1.4 * 4.836 * share.sum() ** (2.0 / 3.0)


def test_other_levels_and_other_people_are_untouched() -> None:
    """The level above keeps every voxel; another seed fills another shape."""
    assert np.array_equal(mineral(treated("L2", 4.0), "L1"), mineral(PLAIN, "L1"))
    one, other = (cement(treated("L2", 4.0, seed), "L2", 1.0) > 0.4 for seed in (4, 5))
    assert 0.02 < (one ^ other).sum() / one.sum() < 1.5


def test_marrow_makes_room() -> None:
    """Where cement fills voxels tissue is less by its share, elsewhere it is what it was."""
    spec = treated("L2", 5.0)
    grid = box(column(spec).vertebrae["L2"], 2.0)
    tissue = np.full(grid.shape, 0.5, dtype=np.float32)
    displace_marrow((tissue,), spec, column(spec), grid)
    gone_ml = (1.0 - tissue / 0.5).sum(dtype=float) * grid.voxel_ml
    assert gone_ml == pytest.approx(5.0, rel=0.02)
    untouched = np.full(grid.shape, 0.5, dtype=np.float32)
    displace_marrow((untouched,), PLAIN, column(PLAIN), grid)
    assert (untouched == 0.5).all()


def test_more_cement_than_a_body_holds_is_refused() -> None:
    """Nine millilitres in T4 say how much it takes, and what to do."""
    with pytest.raises(
        ValueError, match=r"9 ml do not fit into the body of T4, which takes [1-5]\.\d ml; ask for less"
    ):
        mineral(treated("T4", 9.0), "T4", 2.0)


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"earlier_cement": (EarlierCement("L4"),)}, "earlier_cement names L4, the level to be treated"),
     ({"earlier_cement": (EarlierCement("L2"), EarlierCement("L2"))}, "earlier_cement names L2 twice")],
)  # fmt: skip
def test_the_target_carries_no_earlier_cement(fields: dict[str, object], said: str) -> None:
    """The level to be treated, and one level twice: one clear sentence each."""
    with pytest.raises(ValueError, match=said):
        replace(PLAIN, **fields)  # type: ignore[arg-type]
