"""Pedicle screws and rods: where they lie in bone, what joins them, and what moves with the spine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy import frames
from anatomy.findings.earlier_work import LENGTHS_MM, OF_DEPTH, ROD_RADIUS_MM, MetalPart, Screw, metal, screws
from anatomy.fractures.deform import above_from_found
from anatomy.skeleton.spine import bone_distance
from anatomy.skeleton.vertebra import pedicle_distance
from anatomy.spec import FractureSpec, Level, PatientSpec
from anatomy.volume import Grid, Volume, sample
from tests.anatomy.findings.bone_pieces import column

PLAIN = PatientSpec(seed=4, sex="male", stature_mm=1780.0, target_level="T12")
FUSED = replace(PLAIN, pedicle_screws=("L3", "L4"))


def length_mm(part: MetalPart) -> float:
    """Length of a part."""
    return float(np.linalg.norm(np.subtract(part.end_mm, part.start_mm)))


def test_most_patients_have_no_metal() -> None:
    """No screws, no parts."""
    assert metal(PLAIN, column(PLAIN)) == ()


@pytest.mark.parametrize("level", ["T8", "L1", "L3", "L5"])
def test_a_screw_runs_through_the_middle_of_its_pedicle(level: Level) -> None:
    """Its axis is the pedicle's, its size one that is sold, its tip within four fifths of the body's depth."""
    spec = replace(PLAIN, pedicle_screws=(level,))
    v = column(spec).vertebrae[level]
    for screw in screws(spec, column(spec)):
        vertebra_from_patient = frames.inverse(v.patient_from_vertebra)
        entry, tip = frames.apply(vertebra_from_patient, [screw.entry_mm, screw.tip_mm])
        isthmus, along = v.pedicle_axis(screw.side)
        assert np.linalg.norm(np.cross(isthmus - entry, along)) < 1e-3
        assert screw.length_mm in LENGTHS_MM
        assert np.linalg.norm(tip - entry) == pytest.approx(screw.length_mm)
        assert (tip[1] - v.posterior_wall_y_mm) / v.size.depth_mm <= OF_DEPTH + 1e-6
        assert 4.5 <= screw.diameter_mm <= max(0.9 * v.size.pedicle_width_mm, 5.5 if level[0] == "L" else 4.5)
        assert float(pedicle_distance(v, screw.side, *isthmus[:, None])[0]) < -0.45 * screw.diameter_mm * 0.8


def test_screws_lie_in_bone_and_their_heads_on_it() -> None:
    """From 2 mm behind the entry's surface to the tip there is bone round the axis; the head is outside."""
    spine = column(FUSED)
    for level in FUSED.pedicle_screws:
        centre = spine.vertebrae[level].patient_from_vertebra[:3, 3]
        grid = Grid.spanning(np.round(centre) - (34, 50, 30), np.round(centre) + (34, 28, 30), 1.0)
        distance = Volume(bone_distance(FUSED, spine, grid), grid)
        for screw in (s for s in screws(FUSED, spine) if s.level == level):
            inside = np.linspace(screw.behind(-2.0), screw.tip_mm, 40)
            assert (sample(distance, inside, outside=9.0) < 0.0).all()
            assert sample(distance, screw.behind(5.0), outside=9.0) > 0.0


def near_rod(screw: Screw, parts: tuple[MetalPart, ...]) -> float:
    """Least distance from a screw's axis behind its entry to the middle of a rod."""
    behind = np.array([screw.behind(b) for b in np.linspace(0.0, 14.0, 60)])
    rods = np.vstack([np.linspace(p.start_mm, p.end_mm, 20) for p in parts if p.kind == "rod"])
    return float(np.linalg.norm(behind[:, None] - rods[None], axis=2).min())


def test_rods_of_five_and_a_half_millimetres_pass_through_all_heads() -> None:
    """One rod a side, through each screw's head, beyond the last; a single level has none."""
    parts = metal(FUSED, column(FUSED))
    rods = [part for part in parts if part.kind == "rod"]
    assert {2.0 * part.start_radius_mm for part in rods} == {5.5} == {2.0 * ROD_RADIUS_MM}
    assert len({part.number for part in rods}) == 2
    for screw in screws(FUSED, column(FUSED)):
        assert near_rod(screw, parts) < 0.6
    height = [frames.apply(np.eye(4), part.start_mm)[2] for part in rods]
    entries = [screw.entry_mm[2] for screw in screws(FUSED, column(FUSED))]
    assert max(height) > max(entries) + 5.0
    alone = replace(PLAIN, pedicle_screws=("L3",))
    assert not [part for part in metal(alone, column(alone)) if part.kind == "rod"]


def test_a_part_holds_what_lies_in_it() -> None:
    """Points of a cone: on the axis, inside and outside its radius, beyond its ends."""
    part = MetalPart("core", 0, False, (0.0, 0.0, 0.0), (0.0, 0.0, 10.0), 3.0, 1.0)
    points = np.array(
        [[0, 0, 5], [1.9, 0, 5], [2.1, 0, 5], [0, 0, -0.1], [0, 0, 10.1], [2.9, 0, 0.1]], dtype=float
    )
    assert part.holds(points).tolist() == [True, True, False, False, False, True]


def test_metal_above_the_target_follows_a_reduction() -> None:
    """It moves as the spine above does, rigidly, and metal below stays; as found nothing has moved."""
    cases: tuple[tuple[Level, bool], ...] = (("T11", True), ("L3", False))
    for level, follows in cases:
        spec = replace(PLAIN, fracture=FractureSpec(), pedicle_screws=(level,))
        spine = column(spec)
        assert spine.collapse is not None
        found, reduced = metal(spec, spine), metal(spec, spine, 0.4)
        assert found == metal(spec, spine, 1.0)
        move = above_from_found(spine.collapse, 0.4) if follows else np.eye(4)
        for part, moved in zip(found, reduced, strict=True):
            assert part.above is follows
            np.testing.assert_allclose(moved.start_mm, frames.apply(move, part.start_mm), atol=1e-4)
            assert length_mm(moved) == pytest.approx(length_mm(part), rel=1e-5)


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"pedicle_screws": ("T12", "L1")}, "pedicle_screws names T12, the level to be treated: choose other levels"),
     ({"pedicle_screws": ("L3", "L3")}, "pedicle_screws names L3 twice"),
     ({"pedicle_screws": ("T11", "L1"), "fracture": FractureSpec()}, "above and below the fractured T12")],
)  # fmt: skip
def test_screws_that_cannot_be_are_refused(fields: dict[str, object], said: str) -> None:
    """At the target, twice at a level, or holding a fracture that is to be reduced: one clear sentence each."""
    with pytest.raises(ValueError, match=said):
        replace(PLAIN, **fields)  # type: ignore[arg-type]
