"""Organs of the labels become hazards where they lie, wherever the made-up ones were."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.hazards import BOX, FAR_MM, HAZARD_MM, Hazard
from anatomy.imported.label_schemes import SCHEMES
from anatomy.imported.organs import ORGANS, seen_hazards
from anatomy.imported.scan import Scan
from anatomy.volume import Grid, Volume, sample

RADIUS_MM = 12.0
SEEN_MM, MADE_UP_MM = np.array([60.0, 30.0, -10.0]), np.array([-50.0, 20.0, 0.0])
_SHAPE = (116, 106, 60)


def scan(affine: np.ndarray) -> Scan:
    """Nothing but soft tissue, in a box around the target."""
    return Scan(
        Volume(np.full(_SHAPE, 40, np.int16), Grid(_SHAPE, affine)), np.zeros(_SHAPE, np.float32),
        np.ones(_SHAPE, bool),
    )  # fmt: skip


AROUND = frames.affine(np.diag([2.0, 2.0, 2.0]), (-115.0, -115.0, -60.0))
UPPER_ONLY = frames.affine(np.diag([2.0, 2.0, 2.0]), (-115.0, -115.0, -8.0))


def ball(affine: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """A labelled organ (mask of the scan)."""
    return np.linalg.norm(Grid(_SHAPE, affine).centres_mm() - centre, axis=-1) < RADIUS_MM


def made_up(centre: np.ndarray) -> dict[str, Hazard]:
    """A ball as ``hazards`` has it: cropped 12 mm off."""
    lattice = Grid.spanning(*BOX, HAZARD_MM)
    part = lattice.part(lattice.window(centre - RADIUS_MM - FAR_MM, centre + RADIUS_MM + FAR_MM))
    distance = np.linalg.norm(part.centres_mm() - centre, axis=-1) - RADIUS_MM
    return {"aorta": Hazard("aorta", Volume(distance.astype(np.float32), part), 3.0)}


def off(hazard: Hazard, centre: np.ndarray, across_mm: float) -> float:
    """The hazard's distance at a point beside a ball's centre."""
    return float(sample(hazard.distance, centre[None] + (across_mm, 0.0, 0.0), outside=50.0)[0])


def test_an_organ_lies_where_it_was_labelled() -> None:
    """Beyond the made-up one's volume: its surface within a voxel, and of the made-up one nothing."""
    found = seen_hazards(made_up(MADE_UP_MM), scan(AROUND), {"aorta": ball(AROUND, SEEN_MM)})["aorta"]
    for across in (-18.0, -12.0, -6.0, 6.0, 12.0, 18.0):
        assert off(found, SEEN_MM, across) == pytest.approx(abs(across) - RADIUS_MM, abs=HAZARD_MM)
    assert off(found, MADE_UP_MM, 0.0) > 20.0
    assert (found.near_mm, found.part_of) == (3.0, None)


def test_an_organ_that_was_not_near_is_added_and_one_that_is_elsewhere_goes() -> None:
    """Labels tell of a kidney where none was made up; an aorta that the scan shows away from the target goes."""
    far_off = ball(AROUND, np.array([112.0, 90.0, 50.0]))
    organs = {"kidney left": ball(AROUND, SEEN_MM), "aorta": far_off}
    found = seen_hazards(made_up(MADE_UP_MM), scan(AROUND), organs)
    assert set(found) == {"kidney left"}
    assert off(found["kidney left"], SEEN_MM, 0.0) < -RADIUS_MM + 2.0 * HAZARD_MM


def test_beyond_the_scan_the_made_up_organ_goes_on() -> None:
    """Of a scan that begins above the made-up organ's middle, its lower half stays."""
    found = seen_hazards(made_up(MADE_UP_MM), scan(UPPER_ONLY), {"aorta": ball(UPPER_ONLY, SEEN_MM + (0, 0, 30))})
    below, above = MADE_UP_MM - (0.0, 0.0, 9.0), MADE_UP_MM + (0.0, 0.0, 9.0)
    assert off(found["aorta"], below, 0.0) < 0.0
    assert off(found["aorta"], above, 0.0) > 0.0


def test_every_organ_of_every_scheme_is_known() -> None:
    """What label schemes name is what hazards are made of."""
    for scheme in SCHEMES.values():
        assert set(scheme.organs) <= set(ORGANS)
