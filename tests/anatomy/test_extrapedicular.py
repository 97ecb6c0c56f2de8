"""The way beside a pedicle too narrow for a cannula: between rib and process, clear of what must not be met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pytest

from anatomy import extrapedicular, frames
from anatomy.body import thorax, trunk
from anatomy.body.venous_courses import venous_graph
from anatomy.column import Column, column_of
from anatomy.corridors import NARROW_MM, Corridor, corridor
from anatomy.frames import FloatArray
from anatomy.hazards import hazards
from anatomy.skeleton import ribs, spine
from anatomy.skeleton.bones import add_distances
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import SIDES, PatientSpec, Side, TargetLevel
from anatomy.table import tabulated
from anatomy.tissue import Tissue
from anatomy.volume import Grid, Volume, sample

NARROW: tuple[TargetLevel, ...] = ("T5", "T7")
THORACIC: tuple[TargetLevel, ...] = ("T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12")
BODY = Grid.spanning((-150, -130, -150), (150, 100, 150), 5.0)
TISSUE = Volume(np.where(BODY.centres_mm()[..., 1] > -95.0, np.uint8(Tissue.MUSCLE), np.uint8(0)), BODY)


@dataclass(frozen=True, eq=False)
class Back:
    """A column, the distance to all bone near its target, and the hazards there."""

    column: Column
    bone: Volume
    keep_clear: Mapping[str, Volume]

    def corridor(self, side: Side) -> Corridor:
        """The corridor of a side."""
        return corridor(self.column.target_vertebra, side, self.bone, TISSUE, self.keep_clear)

    def local(self, points_mm: FloatArray) -> FloatArray:
        """Points in the target's frame."""
        return frames.apply(frames.inverse(self.column.target_vertebra.patient_from_vertebra), points_mm)


@cache
def back(level: TargetLevel, seed: int, factor: float) -> Back:
    """The back of one person; factor: of the width of the pedicles."""
    spec = PatientSpec(seed=seed, target_level=level, pedicle_width_factor=factor)
    column = column_of(spec)
    outline = trunk.trunk(spec, column)
    all_ribs = ribs.ribs(column, outline)
    grid = Grid.spanning((-60, -92, -45), (60, 34, 45), 1.0)
    bone = spine.bone_distance(spec, column, grid)
    add_distances(bone, [ribs.bone_of(rib, above=False) for rib in all_ribs], grid)
    skin = tabulated(
        partial(trunk.outline_distance, outline), Grid.spanning((-180, -160, -120), (180, 180, 120), 6.0)
    )
    feared = hazards(
        outline, skin, thorax.cage(outline, all_ribs), all_ribs, column, venous_graph(column, outline), None
    )
    return Back(column, Volume(bone, grid), {name: hazard.distance for name, hazard in feared.items()})


@pytest.mark.parametrize("level", NARROW)
def test_narrow_pedicles_are_passed_by(level: TargetLevel) -> None:
    """With pedicles of some 4 mm the way is extrapedicular on both sides and takes a 13 G cannula."""
    b = back(level, 3, 0.75)
    assert b.column.target_vertebra.size.pedicle_width_mm < 5.0
    for side in SIDES:
        c = b.corridor(side)
        assert c.approach == "extrapedicular"
        assert c.radius_mm > 1.2


@pytest.mark.parametrize("level", NARROW)
def test_the_way_is_clear_from_the_skin_to_the_body(level: TargetLevel) -> None:
    """A rod of the stated radius meets neither canal, root nor lung anywhere, and no bone until near its entry."""
    b = back(level, 3, 0.75)
    for side in SIDES:
        c = b.corridor(side)
        whole = c.target_mm - np.arange(0.0, 70.0, 0.5)[:, None] * c.direction
        for name in ("canal", f"nerve root {side}", f"lung {side}"):
            assert sample(b.keep_clear[name], whole, outside=50.0).min() > c.radius_mm - 0.1, name
        before = c.entry_mm - np.arange(5.0, 45.0, 0.5)[:, None] * c.direction
        assert sample(b.bone, before, outside=20.0).min() > c.radius_mm - 0.3
        inside = c.entry_mm + np.arange(1.0, np.linalg.norm(c.target_mm - c.entry_mm), 0.5)[:, None] * c.direction
        assert sample(b.bone, inside).max() < 0.0


@pytest.mark.parametrize("level", NARROW)
def test_it_enters_the_posterolateral_body_and_ends_in_its_anterior_third(level: TargetLevel) -> None:
    """Entry beside the canal, at the height of the pedicle, no more than 10 mm behind the posterior wall; more
    convergent than any way through the pedicle; target past the middle of the body, near the midline."""
    b = back(level, 3, 0.75)
    v = b.column.target_vertebra
    for side in SIDES:
        c = b.corridor(side)
        entry, target = b.local(c.entry_mm), b.local(c.target_mm)
        assert side_sign(side) * entry[0] > 0.5 * v.size.canal_width_mm
        assert -0.5 < (v.posterior_wall_y_mm - entry[1]) / 10.0 < 1.0
        assert 0.0 < entry[2] < 0.5 * v.size.rim_height_mm
        assert abs(target[0]) < 7.0
        assert (target[1] - v.posterior_wall_y_mm) / v.size.depth_mm > 0.58
        way = frames.apply_direction(frames.inverse(v.patient_from_vertebra), c.direction)
        assert 20.0 < np.degrees(np.arctan2(-side_sign(side) * way[0], way[1])) < 54.0


def test_wide_pedicles_are_gone_through() -> None:
    """The same person with pedicles as wide as a T10's usually are: the way through is taken, hazards or not."""
    b = back("T10", 3, 1.1)
    c = b.corridor("right")
    assert c.approach == "transpedicular"
    assert c.radius_mm >= NARROW_MM


def test_where_neither_way_exists_the_error_says_what_was_tried() -> None:
    """With a lung over everything and no pedicle, the sentence names side, level and both ways."""
    b = back("T7", 3, 0.75)
    v = b.column.target_vertebra
    everywhere = {"lung left": Volume(np.full(b.bone.grid.shape, -1.0, np.float32), b.bone.grid)}
    assert extrapedicular.search(v, "left", b.bone, everywhere) is None
    hollow = Volume(np.full(b.bone.grid.shape, 5.0, dtype=np.float32), b.bone.grid)
    with pytest.raises(ValueError, match="left pedicle of T7 inside bone, nor beside it clear of canal"):
        corridor(v, "left", hollow, TISSUE, everywhere)


@pytest.mark.slow
@pytest.mark.parametrize("level", THORACIC)
def test_every_thoracic_level_has_a_way_in_for_anybody(level: TargetLevel) -> None:
    """Six people with usual and six with narrow pedicles: a way for 13 G at least. 30 s a level."""
    found = [back(level, seed, factor).corridor("right") for seed in range(6) for factor in (1.0, 0.7)]
    assert min(c.radius_mm for c in found) > 1.2, [(c.approach, round(c.radius_mm, 2)) for c in found]
