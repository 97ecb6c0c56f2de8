"""Hazards: distances that a needle is judged by agree with the voxels, with each other and with the anatomy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from anatomy import frames
from anatomy.body import nerves
from anatomy.column import column_of
from anatomy.hazards import FAR_MM, Hazard
from anatomy.patient import Patient
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import LEVELS, SIDES, PatientSpec
from anatomy.tissue import Tissue
from anatomy.volume import sample

WHOLE = {
    "canal",
    "aorta",
    "inferior vena cava",
    "azygos",
    "hemiazygos",
    "liver",
    "spleen",
    "bowel",
    "diaphragm",
} | {
    f"{organ} {side}"
    for organ in ("nerve root", "lung", "pleura", "kidney", "segmental vessels", "intercostal bundle")
    for side in SIDES
}
PARTS = {"dura", "cord"} | {
    f"{nerve} {level} {side}"
    for nerve in ("nerve root", "ganglion")
    for level in ("T12", "L1", "L2")
    for side in SIDES
}


def read(hazard: Hazard, points_mm: frames.FloatArray) -> frames.FloatArray:
    """Distance at points (n, 3), far where the hazard's volume ends."""
    return sample(hazard.distance, points_mm, outside=FAR_MM)


def test_every_hazard_is_there_with_a_margin(patient: Patient) -> None:
    """All structures near L1 have names and a near-miss distance, and come near it; parts name their whole."""
    names = set(patient.hazards)
    assert names >= WHOLE | PARTS
    for name, hazard in patient.hazards.items():
        assert 0.5 <= hazard.near_mm <= 10.0
        assert hazard.distance.array.min() < 0.0, name
        assert hazard.part_of is None or hazard.part_of in names
    assert {name for name in PARTS if patient.hazards[name].part_of is None} == set()
    assert {name for name in WHOLE if patient.hazards[name].part_of is not None} == set()


def test_a_part_lies_in_its_whole(patient: Patient) -> None:
    """Wherever a root, a ganglion, dura or cord is touched, so is what it is part of."""
    for name, hazard in patient.hazards.items():
        if hazard.part_of is None:
            continue
        points = hazard.distance.grid.centres_mm()[hazard.distance.array < 0.0]
        whole = read(patient.hazards[hazard.part_of], points)
        assert np.mean(whole < 0.3) > 0.99, name


def test_hazards_cost_little_memory(patient: Patient) -> None:
    """Volumes are cropped to where a structure is near: all together stay below 40 MB."""
    assert sum(hazard.distance.array.nbytes for hazard in patient.hazards.values()) < 40e6


@pytest.mark.parametrize("name", sorted(WHOLE | PARTS))
def test_distances_are_distances(patient: Patient, name: str) -> None:
    """Within 4 mm of a surface they are the voxels' own Euclidean distance, half a voxel give or take."""
    volume = patient.hazards[name].distance
    inside, step = volume.array < 0.0, volume.grid.voxel_mm
    euclidean = np.where(
        inside,
        0.5 * step[0] - ndimage.distance_transform_edt(inside, sampling=step),
        ndimage.distance_transform_edt(~inside, sampling=step) - 0.5 * step[0],
    )
    near = (np.abs(euclidean) < 4.0) & (volume.array < FAR_MM - 0.5)
    for axis in range(3):  # what lies beyond the box is not seen by the transform
        near[(slice(None),) * axis + ([0, 1, 2, -3, -2, -1],)] = False
    assert near.sum() > 300
    error = (volume.array - euclidean)[near]
    assert np.sqrt(np.mean(error**2)) < 0.5 * step[0]
    assert abs(error.mean()) < 0.35 * step[0]


@pytest.mark.parametrize(
    ("name", "tissues"),
    [("aorta", {Tissue.BLOOD}), ("inferior vena cava", {Tissue.BLOOD}), ("kidney left", {Tissue.KIDNEY}),
     ("kidney right", {Tissue.KIDNEY}), ("spleen", {Tissue.SPLEEN}), ("lung left", {Tissue.LUNG}),
     ("lung right", {Tissue.LUNG}), ("canal", {Tissue.CANAL, Tissue.CSF, Tissue.NERVE, Tissue.BLOOD}),
     ("dura", {Tissue.CSF, Tissue.NERVE}), ("cord", {Tissue.NERVE})],
)  # fmt: skip
def test_what_is_feared_is_what_is_painted(patient: Patient, name: str, tissues: set[Tissue]) -> None:
    """Well inside a hazard the body's voxels are of its tissue."""
    hazard = patient.hazards[name]
    depth = min(3.0, 0.4 * -float(hazard.distance.array.min()))
    inside = hazard.distance.grid.centres_mm()[hazard.distance.array < -depth]
    assert len(inside) > 20
    assert np.mean(np.isin(sample(patient.tissue, inside, order=0), list(tissues))) > 0.9


@pytest.mark.parametrize(
    ("organ", "tissue"), [("kidney", Tissue.KIDNEY), ("lung", Tissue.LUNG), ("spleen", Tissue.SPLEEN)]
)
def test_nothing_is_painted_that_is_not_feared(patient: Patient, organ: str, tissue: Tissue) -> None:
    """In the box around the target, 4 mm outside an organ's hazards there is none of its tissue."""
    points = patient.hazards["canal"].distance.grid.centres_mm()[::2, ::2, ::2].reshape(-1, 3)
    distances = [read(hazard, points) for name, hazard in patient.hazards.items() if name.split()[0] == organ]
    free = np.all([d > 4.0 for d in distances], axis=0)
    assert not (sample(patient.tissue, points[free], order=0) == tissue).any()


@pytest.mark.parametrize(
    "spec", [PatientSpec(), PatientSpec(sex="male", seed=4), PatientSpec(seed=2, scoliosis_deg=35.0)], ids=str
)
def test_roots_have_the_published_clearances(spec: PatientSpec) -> None:
    """At every level the ganglion lies 1.98 mm below the pedicle, lumbar roots leave at 50.5 to 58.8 degrees."""
    column = column_of(spec)
    for level, v in column.vertebrae.items():
        d = v.size
        for side in SIDES:
            root = nerves.root(v, side)
            start, turn, out = frames.apply(frames.inverse(v.patient_from_vertebra), root.line_mm)
            thick = max(root.radius_mm, root.ganglion_radius_mm)
            floor = d.pedicle_center_z_above_midbody_mm - 0.5 * d.pedicle_height_mm
            assert floor - turn[2] - thick == pytest.approx(1.98, abs=1e-3)
            assert np.all(np.diff(side_sign(side) * np.array([start[0], turn[0], out[0]])) > 0.0)
            assert np.all(np.diff([start[2], turn[2], out[2]]) < 0.0)
            away = np.degrees(np.arctan2(abs(turn[0] - start[0]), start[2] - turn[2]))
            assert 50.5 < away < 58.8 if level.startswith("L") else away > 75.0
            half_width, _, _ = nerves.dura_section(v)
            if level.startswith("L"):
                assert 0.5 * d.canal_width_mm - half_width >= 3.0 - 1e-6


def test_roots_and_ganglia_lie_free_of_bone(patient: Patient) -> None:
    """Under the pedicle roots and ganglia are free of bone: their lines keep their radius from it."""
    for level in ("L1", "L2"):
        for side in SIDES:
            root = nerves.root(patient.column.vertebrae[level], side)
            assert sample(patient.bone_distance, root.line_mm[1]) > root.radius_mm + 0.3
            assert np.all(sample(patient.bone_distance, root.ganglion_mm) > root.ganglion_radius_mm)


def test_roots_of_both_sides_are_their_own_in_a_scoliosis() -> None:
    """A tilted and turned vertebra carries both of its roots with it: they are not each other's mirror image."""
    column = column_of(PatientSpec(scoliosis_deg=35.0, scoliosis_apex="T12", target_level="L3"))
    v = column.vertebrae["T12"]
    left, right = (nerves.root(v, side) for side in SIDES)
    assert np.abs(left.line_mm * (-1.0, 1.0, 1.0) - right.line_mm).max() > 3.0
    back = frames.inverse(v.patient_from_vertebra)
    np.testing.assert_allclose(
        frames.apply(back, left.line_mm) * (-1.0, 1.0, 1.0), frames.apply(back, right.line_mm), atol=1e-9
    )


def test_ganglia_are_as_large_as_published() -> None:
    """Widths 4.4 to 5.8 mm and lengths 5.4 to 10.8 mm from L1 to L5, measured on the solid."""
    column = column_of(PatientSpec())
    expected = {"L1": (4.4, 5.4), "L2": (4.6, 5.8), "L3": (5.0, 7.2), "L4": (5.2, 8.0), "L5": (5.8, 10.8)}
    for level, (width, length) in expected.items():
        root = nerves.root(column.vertebrae[level], "left")  # type: ignore[index]
        long = float(np.linalg.norm(np.diff(root.ganglion_mm, axis=0))) + 2.0 * root.ganglion_radius_mm
        assert (2.0 * root.ganglion_radius_mm, long) == pytest.approx((width, length), abs=0.25)


def test_the_conus_lies_between_t11_and_l3_about_l1() -> None:
    """Over 300 people the cord ends at the middle of L1 on average, never outside lower T11 to upper L3."""
    ends = np.array([nerves.conus_at(PatientSpec(seed=seed)) for seed in range(300)]) - LEVELS.index("L1")
    assert abs(ends.mean()) < 0.12
    assert -1.7 < ends.min() < -0.8
    assert 0.8 < ends.max() < 1.7
    spec = PatientSpec(seed=3)
    tip = nerves.cord(spec, column_of(spec)).line_mm[-1, 2]
    where = [column_of(spec).vertebrae[level].patient_from_vertebra[2, 3] for level in LEVELS]
    assert tip == pytest.approx(np.interp(nerves.conus_at(spec), range(len(LEVELS)), where), abs=3.0)


def test_cord_lies_in_the_sac_and_the_sac_in_the_canal(patient: Patient) -> None:
    """Front to back and across each is inside the next at every level, the cord 2 to 4 mm behind the wall."""
    column = patient.column
    sac, cord = nerves.sac(column), nerves.cord(patient.spec, column)
    for line, half in zip(cord.line_mm, cord.half_mm, strict=True):
        at = line + np.array([[half[0], 0, 0], [-half[0], 0, 0]])
        for point in at:
            x, y, z = (np.array(c).reshape(1, 1, 1) for c in point)
            assert float(sac.distance(x, y, z)[0, 0, 0]) < 0.5
    for level in LEVELS:
        v = column.vertebrae[level]
        half_width, half_depth, middle = nerves.dura_section(v)
        assert v.posterior_wall_y_mm - (middle + half_depth) > 0.5
        assert middle - half_depth > v.posterior_wall_y_mm - v.size.canal_depth_mm
        assert half_width < 0.5 * v.size.canal_width_mm
    for upper, lower in pairwise(sac.line_mm[:, 2]):
        assert lower < upper
    below = frames.apply(frames.inverse(column.patient_from_sacrum), sac.line_mm[-1])
    assert -45.0 < below[2] < -28.0  # the upper third of S2


def test_corridors_keep_clear_of_every_hazard(patient: Patient) -> None:
    """Nothing but pedicle walls stands between a planned path and its structures: 1.5 mm at the least."""
    for c in patient.corridors.values():
        line = c.skin_mm + np.linspace(0.0, 1.0, 400)[:, None] * (c.target_mm - c.skin_mm)
        for hazard in patient.hazards.values():
            assert read(hazard, line).min() > 1.5, hazard.name
