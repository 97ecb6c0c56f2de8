"""Bent needles as the beam meets them."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.tissue import STEEL
from simulator.imaging.solids import bent, instruments
from simulator.imaging.solids.instruments import Solids

LINE = np.array([[0.0, y, 0.0] for y in (-80.0, -20.0, 0.0, 20.0, 45.0)])
BOW = LINE + np.outer([0.0, 0.0, 0.2, 0.8, 2.2], (0.0, 0.0, 1.0))


def steel_mm(solids: Solids, at_mm: np.ndarray, way: tuple[float, float, float]) -> float:
    """Steel along a ray across through a point."""
    source = at_mm - 200.0 * np.array(way)
    rays = np.array([way])
    return sum(float(s.path_mm(source, rays)[0]) for s in solids if s.material is STEEL)


@pytest.mark.parametrize("stylet", [True, False])
@pytest.mark.parametrize("y", [-50.0, -10.3, 8.7, 30.0, 43.0])
def test_on_a_straight_middle_it_is_the_straight_needle(stylet: bool, y: float) -> None:
    """The same steel across everywhere, point included."""
    facing = np.array([0.0, 0.0, 1.0])
    held = instruments.pose(LINE[-1], (0.0, 1.0, 0.0), facing)
    straight = instruments.needle(held, 11, "bevel") if stylet else instruments.cannula(held, 11)
    pieced = bent.bent_needle(LINE, facing, 11, "bevel", stylet=stylet, length_mm=125.0)
    for off in (0.0, 0.6, 1.3, 1.6):
        at = np.array([0.0, y, off])
        assert steel_mm(pieced, at, (1.0, 0.0, 0.0)) == pytest.approx(
            steel_mm(straight, at, (1.0, 0.0, 0.0)), abs=1e-6
        )


def test_a_bent_one_lies_along_its_middle() -> None:
    """Steel on the bow, none a radius beside it, none where the straight one's tip would be."""
    solids = bent.bent_needle(BOW, np.array([0.0, 0.0, 1.0]), 11, "bevel", stylet=True, length_mm=125.0)
    for y in (-60.0, -5.0, 10.0, 25.0, 38.0):
        z = float(np.interp(y, BOW[:, 1], BOW[:, 2]))
        assert steel_mm(solids, np.array([0.0, y, z]), (1.0, 0.0, 0.0)) > 2.9
        assert steel_mm(solids, np.array([0.0, y, z + 1.7]), (1.0, 0.0, 0.0)) == 0.0
    assert steel_mm(solids, np.array([0.0, 44.0, -0.5]), (1.0, 0.0, 0.0)) == 0.0


@pytest.mark.parametrize(("gauge", "wall"), [(22, 0.718 - 0.413), (25, 0.514 - 0.260)])
def test_a_fine_needle_is_two_thin_walls(gauge: int, wall: float) -> None:
    """Across its middle there is twice its wall of steel, a third or a quarter of a millimetre."""
    solids = bent.bent_fine_needle(BOW, np.array([0.0, 0.0, 1.0]), gauge, length_mm=90.0)  # type: ignore[arg-type]
    at = 0.5 * (BOW[1] + BOW[2])
    assert steel_mm(solids, at, (1.0, 0.0, 0.0)) == pytest.approx(wall, abs=1e-3)


def test_two_points_are_a_straight_needle() -> None:
    """Which is drawn otherwise."""
    with pytest.raises(ValueError, match="three points"):
        bent.bent_needle(LINE[:2], np.array([0.0, 0.0, 1.0]), 11, "bevel", stylet=True, length_mm=125.0)


def test_tools_have_the_diameters_they_are_asked_for() -> None:
    """Drill, curette, filler and trephine of an outer diameter of their own, whatever the gauge."""
    held = instruments.pose((0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    at, way = np.array([0.0, -60.0, 0.0]), (1.0, 0.0, 0.0)
    assert steel_mm(instruments.drill(held, 8, outer_mm=2.2), at, way) == pytest.approx(2.2)
    assert steel_mm(instruments.curette(held, 8, outer_mm=2.2), at, way) == pytest.approx(2.2)
    assert steel_mm(instruments.biopsy_needle(held, 2.2, 1.7), at, way) == pytest.approx(0.5)
    assert steel_mm(instruments.bone_filler(held, 8, outer_mm=3.2), at, way) == pytest.approx(0.34)
