"""Voxels read through fields that differ across: the same as point by point, rows beside the body, and no seam."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy import frames, shapes
from anatomy.column import column_of
from anatomy.fractures import deform
from anatomy.fractures.fracture import Collapse
from anatomy.spec import FractureSpec, PatientSpec
from anatomy.volume import Grid, Volume, sample

GRID = Grid.spanning((-36.0, -34.0, -26.0), (36.0, 32.0, 30.0), 1.0)
BICONCAVE = FractureSpec(shape="biconcave", endplate="both", height_ratio=0.55)
BURST = FractureSpec(shape="crush", height_ratio=0.6, retropulsion_mm=5.0)
CLEFT = FractureSpec(height_ratio=0.6, cleft="gas", cleft_ml=1.0)


def collapse_of(fracture: FractureSpec, *, tilted: bool = False) -> Collapse:
    """A fracture of L1, upright or leaning 9 degrees aside as in a scoliosis."""
    spec = PatientSpec(seed=5, fracture=fracture)
    v = column_of(spec).target_vertebra
    if tilted:
        lean = frames.rotation((0.0, 1.0, 0.0), np.radians(9.0))
        v = replace(v, patient_from_vertebra=frames.compose(lean, v.patient_from_vertebra))
    return Collapse.of(v, fracture)


def smooth_volume() -> Volume:
    """A field of a few centimetres' waves."""
    x, y, z = GRID.axes_mm()
    return Volume((1.5 + np.sin(0.21 * x) + np.cos(0.17 * y + 0.1) * np.sin(0.23 * z)).astype(np.float32), GRID)


@pytest.mark.parametrize("tilted", [False, True], ids=["upright", "tilted"])
@pytest.mark.parametrize(
    "fracture", [FractureSpec(), BICONCAVE, BURST, CLEFT], ids=["wedge", "biconcave", "burst", "cleft"]
)
def test_a_volume_is_read_where_the_field_says(fracture: FractureSpec, *, tilted: bool) -> None:
    """In the body, what is read is what lay at the place as found; densities are multiplied by the determinant."""
    c, volume = collapse_of(fracture, tilted=tilted), smooth_volume()
    x, y, z = shapes.local_axes(GRID, frames.inverse(c.vertebra.patient_from_vertebra))
    d = c.vertebra.size
    found = c.between(x, y, z, found_at=1.0, wanted_at=0.4, voxel_mm=1.0)
    x1, y1, z1, squeeze = np.broadcast_arrays(x, *found)
    points = np.stack([x1, y1, z1], axis=-1)
    inside = np.abs(x) < 0.4 * d.endplate_width_sup_mm
    inside = inside & (np.abs(y) < 0.4 * d.depth_mm) & (np.abs(z) < 0.4 * d.rim_height_mm)
    expected = sample(volume, frames.apply(c.vertebra.patient_from_vertebra, points[inside]))
    places = deform.body_places(c, GRID, 0.4)
    np.testing.assert_allclose(places.values(volume.array)[inside], expected, atol=2e-3)
    np.testing.assert_allclose(places.density(volume.array)[inside], expected * squeeze[inside], atol=2e-2)


@pytest.mark.parametrize("fracture", [BICONCAVE, BURST, CLEFT], ids=["biconcave", "burst", "cleft"])
def test_the_box_has_no_seam(fracture: FractureSpec) -> None:
    """At the sides of the box that is read voxel by voxel, rows say the same, below the endplates."""
    c = collapse_of(fracture)
    places = deform.body_places(c, GRID, 0.4)
    assert places.box is not None
    assert places.within is not None
    _, j, k = places.box
    z = shapes.local_axes(GRID.part(places.box), frames.inverse(c.vertebra.patient_from_vertebra))[2][0]
    below = np.broadcast_to(np.abs(z) < 0.35 * c.vertebra.size.rim_height_mm, (j.stop - j.start, k.stop - k.start))
    for row, box in zip(places.rows[:2], places.within[1:3], strict=True):
        beside = row[j, k]
        for side in (0, -1):
            assert np.abs(box[side] - beside)[below].max() < 0.05


@pytest.mark.parametrize("fracture", [BICONCAVE, CLEFT], ids=["biconcave", "cleft"])
def test_labels_are_read_without_blending(fracture: FractureSpec) -> None:
    """Only labels that were there come out, wherever they are read from."""
    labels = np.where(np.indices(GRID.shape).sum(axis=0) % 2 == 0, 3, 7).astype(np.uint8)
    found = deform.body_places(collapse_of(fracture), GRID, 0.3).nearest(labels)
    assert found.dtype == np.uint8
    assert set(np.unique(found)) == {3, 7}


def test_as_found_and_without_a_fracture_nothing_moves() -> None:
    """At amplitude 1 every voxel is read where it is."""
    volume = smooth_volume()
    for fracture in (FractureSpec(), BICONCAVE, BURST, CLEFT):
        places = deform.body_places(collapse_of(fracture), GRID, 1.0)
        inner = (slice(1, -1),) * 3
        np.testing.assert_allclose(places.density(volume.array)[inner], volume.array[inner], atol=5e-3)


def test_the_spine_above_turns_in_the_sagittal_plane() -> None:
    """Also where the target leans aside, what lies above moves in y and z alone, so rows stay rows."""
    for tilted in (False, True):
        move = collapse_of(FractureSpec(height_ratio=0.5), tilted=tilted).above(1.0)
        np.testing.assert_allclose(move[0], [1.0, 0.0, 0.0, 0.0], atol=1e-12)
        np.testing.assert_allclose(move[:3, :3] @ move[:3, :3].T, np.eye(3), atol=1e-12)


def test_the_clefts_share_adds_up_to_its_volume() -> None:
    """Voxels of 1 mm and of 0.5 mm hold the same volume of cleft."""
    c = collapse_of(CLEFT)
    volumes = []
    for voxel in (1.0, 0.5):
        grid = Grid.spanning((-25.0, -25.0, -20.0), (25.0, 25.0, 20.0), voxel)
        volumes.append(float(deform.cleft_share(c, grid, 0.4).sum(dtype=float)) * grid.voxel_ml)
    assert volumes[0] == pytest.approx(volumes[1], rel=0.02)
    assert volumes[0] == pytest.approx(0.62, rel=0.04)  # 1 - 0.95 * 0.4 of 1 ml
