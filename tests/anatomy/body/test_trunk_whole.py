"""The body from the base of the neck to the hips: every level, twelve ribs, lungs, pelvis, and plausible sizes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import ndimage

from anatomy import frames
from anatomy.body import trunk
from anatomy.column import column_of
from anatomy.patient import Patient
from anatomy.skeleton import pelvis, ribs
from anatomy.skeleton.bones import bone_distance
from anatomy.spec import LEVELS, PatientSpec
from anatomy.tissue import Tissue
from anatomy.volume import Grid, sample

WOMAN = PatientSpec(seed=5)


def litres(patient: Patient, tissue: Tissue) -> float:
    """Volume of a tissue."""
    return float((patient.tissue.array == tissue).sum() * patient.tissue.grid.voxel_ml / 1000.0)


def test_the_body_reaches_from_the_neck_to_the_hips(patient: Patient) -> None:
    """The coarse volume begins above the lung apices and ends below the sacroiliac joints."""
    low, high = patient.soft.grid.box_mm()
    lung_z = patient.soft.grid.axes_mm()[2].ravel()[(patient.tissue.array == Tissue.LUNG).any(axis=(0, 1))]
    assert high[2] > lung_z.max() + 40.0
    assert high[2] > patient.landmarks["T1 body centre"][2] + 70.0
    assert low[2] < patient.landmarks["L5 body centre"][2] - 120.0


def test_every_vertebra_is_bone_in_the_coarse_volume(patient: Patient) -> None:
    """From T1 to L5 each body outside the fine box holds mineral, more so at its endplates than in its middle."""
    far = patient.mineral_far()
    edges = patient.fine.lower.grid.box_mm()
    seen = 0
    for level in LEVELS:
        names = ("body centre", "superior endplate", "inferior endplate")
        centre, upper, lower = (patient.landmarks[f"{level} {name}"] for name in names)
        if edges[0][2] - 15.0 < centre[2] < edges[1][2] + 15.0:
            continue
        seen += 1
        plates = max(sample(far, upper), sample(far, lower))
        assert plates > 1.2 * sample(far, centre) > 0.02, level
    assert seen >= 9


def test_discs_part_the_vertebrae(patient: Patient) -> None:
    """Between two far bodies there is less mineral than at the endplates on both sides: they can be counted."""
    far = patient.mineral_far()
    for upper, lower in itertools.pairwise(LEVELS[:8]):
        a, b = (patient.landmarks[f"{upper} inferior endplate"], patient.landmarks[f"{lower} superior endplate"])
        line = sample(far, a + np.linspace(0.0, 1.0, 21)[:, None] * (b - a))
        assert line.min() < 0.6 * min(line[:5].max(), line[-5:].max()), (upper, lower)


def test_ribs_fall_more_steeply_the_lower_they_are() -> None:
    """From angle to flank ribs 2 to 10 go down, the tenth more as its plane leans more: 34 to 26 degrees."""
    column = column_of(WOMAN)
    right = {r.level: r.line_mm for r in ribs.ribs(column, trunk.trunk(WOMAN, column)) if r.side == "right"}
    assert len(right) == 12
    falls = []
    for level in LEVELS[1:10]:
        line = right[level]
        angle, flank = line[np.argmin(line[:, 1])], line[np.argmax(line[:, 0])]
        falls.append((angle[2] - flank[2]) / (flank[0] - angle[0]))
    assert min(falls) > 0.0
    assert falls[-1] > np.tan(np.radians(34.0)) / np.tan(np.radians(26.0)) * falls[0]
    ends = [right[level][-1, 2] for level in LEVELS[:10]]
    assert np.all(np.diff(ends) < 0.0)


def test_the_body_is_as_large_as_a_body(patient: Patient) -> None:
    """Chest 250 to 355 mm wide (anatomy 3.3), lungs 1.8 to 4 l and alike within 30 %, liver 0.7 to 2 l."""
    label = patient.tissue.array
    k = patient.soft.grid.window((0, 0, patient.landmarks["T8 body centre"][2]), (1, 1, 1e4))[2].start
    assert 250.0 < 2.0 * (label[:, :, k] > 0).any(axis=1).sum() < 355.0
    assert 1.8 < litres(patient, Tissue.LUNG) < 4.0
    assert 0.7 < litres(patient, Tissue.LIVER) < 2.0
    half = label.shape[0] // 2
    left, right = ((part == Tissue.LUNG).sum() for part in (label[:half], label[half:]))
    assert abs(left - right) < 0.3 * max(left, right)


def test_lungs_are_below_ribs_and_hang_together(patient: Patient) -> None:
    """Each lung is one piece; no lung lies within 8 mm of the skin."""
    lung = patient.tissue.array == Tissue.LUNG
    pieces, count = ndimage.label(lung)
    sizes = np.sort(np.bincount(pieces.ravel())[1:])[::-1]
    assert count >= 2
    assert sizes[:2].sum() > 0.99 * sizes.sum()
    near_air = ndimage.binary_dilation(patient.tissue.array == Tissue.AIR, iterations=4)
    assert not (near_air & lung).any()


def test_gas_lies_in_the_belly_and_differs_between_patients() -> None:
    """Another seed gives other loops of gas; the colon runs from the right to the left."""
    from anatomy.body.abdomen import abdominal_organs, colon_mm

    names, lines = [], []
    for seed in (5, 6):
        spec = PatientSpec(seed=seed)
        outline = trunk.trunk(spec, column_of(spec))
        names.append([o.name for o in abdominal_organs(outline) if o.tissue is Tissue.BOWEL_GAS])
        line, radius = colon_mm(outline)
        assert line[0, 0] > 40.0 > -40.0 > line[:, 0].min()
        assert radius.min() > 8.0
        lines.append(line[:100])
    assert all(len(n) > 5 for n in names)
    assert not np.allclose(lines[0], lines[1], atol=2.0)


def test_the_sacrum_stands_below_l5_and_the_crests_at_l4() -> None:
    """S1 lies under L5 with a slope of 40 less a few, within 2 SD of 8; the crests' top between L3/4 and L5."""
    column = column_of(WOMAN)
    place = column.patient_from_sacrum
    lowest = column.vertebrae["L5"].patient_from_vertebra
    gap = np.linalg.norm(lowest[:3, 3] - place[:3, 3])
    d = column.vertebrae["L5"].size
    assert gap == pytest.approx(0.5 * d.rim_height_mm + d.disc_below_height_mid_mm, rel=0.02)
    assert frames.apply(frames.inverse(lowest), place[:3, 3])[1] < -1.0  # the lordosis goes on: S1 turns back
    assert 19.0 < np.degrees(np.arctan2(place[1, 2], place[2, 2])) < 53.0
    outline = trunk.trunk(WOMAN, column)
    hips = next(b for b in pelvis.pelvis(WOMAN, outline, column) if b.name == "hip bones")
    grid = Grid.spanning((-160, -110, -300), (160, 90, -40), 2.0)
    found = bone_distance(hips, grid)
    assert found is not None
    z = grid.part(found[0]).axes_mm()[2].ravel()
    crest = z[(found[1] < 0.0).any(axis=(0, 1))].max()
    half = 0.5 * column.vertebrae["L3"].size.rim_height_mm
    assert outline.z_of["L5"] < crest < outline.z_of["L3"] - half


def test_left_and_right_bones_mirror_each_other() -> None:
    """Ribs, pelvis and shoulder girdle are symmetric: mineral of the left is that of the right."""
    from anatomy.skeleton.bones import add_bones
    from anatomy.skeleton.girdle import girdle

    column = column_of(WOMAN)
    outline = trunk.trunk(WOMAN, column)
    all_ribs = ribs.ribs(column, outline)
    bones = [*pelvis.pelvis(WOMAN, outline, column), *girdle(WOMAN, outline, column, all_ribs)]
    bones += [ribs.bone_of(rib, above=True) for rib in all_ribs]
    grid = Grid.spanning((-160, -110, -280), (160, 130, 320), 4.0)
    mineral, distance = np.zeros(grid.shape, np.float32), np.full(grid.shape, 50.0, np.float32)
    add_bones(mineral, distance, bones, grid)
    assert mineral.sum() > 0.0
    np.testing.assert_allclose(mineral, mineral[::-1], atol=1e-3)
