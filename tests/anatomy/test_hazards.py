"""Hazards and regions: distances that a needle is judged by agree with the voxels and with each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from anatomy import frames
from anatomy.hazards import root_line
from anatomy.patient import Patient
from anatomy.regions import Region, region_grid
from anatomy.spec import SIDES
from anatomy.tissue import Tissue
from anatomy.vertebra import side_sign
from anatomy.volume import sample

NAMES = {"canal", "aorta", "inferior vena cava"} | {
    f"{organ} {side}" for organ in ("nerve root", "lung", "kidney") for side in SIDES
}


def volume_ml(patient: Patient, region: Region) -> float:
    """How much of a region there is."""
    return float((patient.regions.array == region).sum() * patient.regions.grid.voxel_ml)


def test_every_hazard_is_there_with_a_margin(patient: Patient) -> None:
    """All named structures exist, each with a positive near-miss distance and some inside near the target."""
    assert set(patient.hazards) == NAMES
    for hazard in patient.hazards.values():
        assert 0.5 <= hazard.near_mm <= 10.0
        assert hazard.distance.array.min() < 0.0, hazard.name


@pytest.mark.parametrize("name", sorted(NAMES))
def test_distances_are_distances(patient: Patient, name: str) -> None:
    """Within 4 mm of a surface they are the voxels' own Euclidean distance, half a voxel give or take."""
    volume = patient.hazards[name].distance
    inside, step = volume.array < 0.0, volume.grid.voxel_mm
    euclidean = np.where(
        inside,
        0.5 * step[0] - ndimage.distance_transform_edt(inside, sampling=step),
        ndimage.distance_transform_edt(~inside, sampling=step) - 0.5 * step[0],
    )
    near = np.abs(euclidean) < 4.0
    for axis in range(3):  # what lies beyond the box is not seen by the transform
        near[(slice(None),) * axis + ([0, 1, 2, -3, -2, -1],)] = False
    assert near.sum() > 300
    error = (volume.array - euclidean)[near]
    assert np.sqrt(np.mean(error**2)) < 0.5 * step[0]
    assert abs(error.mean()) < 0.35 * step[0]


@pytest.mark.parametrize(
    ("name", "tissue"), [("aorta", Tissue.BLOOD), ("kidney left", Tissue.KIDNEY), ("kidney right", Tissue.KIDNEY),
                         ("lung left", Tissue.LUNG), ("lung right", Tissue.LUNG), ("canal", Tissue.CANAL)]
)  # fmt: skip
def test_what_is_feared_is_what_is_painted(patient: Patient, name: str, tissue: Tissue) -> None:
    """Deep inside a hazard the body's voxels are of its tissue; 4 mm outside all of its kind they are not."""
    hazard = patient.hazards[name]
    points = hazard.distance.grid.centres_mm()
    inside = points[hazard.distance.array < -3.0]
    assert len(inside) > 20
    assert np.mean(sample(patient.tissue, inside, order=0) == tissue) > 0.9
    same = [h.distance.array for n, h in patient.hazards.items() if n.split()[0] == name.split()[0]]
    if tissue is Tissue.BLOOD:
        same.append(patient.hazards["inferior vena cava"].distance.array)
    free = np.all([d > 4.0 for d in same], axis=0)
    assert not (sample(patient.tissue, points[free], order=0) == tissue).any()


def test_roots_hug_the_pedicle_from_below(patient: Patient) -> None:
    """The root of a side leaves the canal under the pedicle, 1 to 4 mm from its cortex, and runs out and down."""
    v = patient.column.target_vertebra
    for side in SIDES:
        start, turn, out = root_line(v, side_sign(side))
        below = v.size.pedicle_center_z_above_midbody_mm - 0.5 * v.size.pedicle_height_mm - turn[2]
        assert 1.0 < below - 2.3 < 4.0
        assert np.all(np.diff([abs(start[0]), abs(turn[0]), abs(out[0])]) > 0.0)
        assert np.all(np.diff([start[2], turn[2], out[2]]) < 0.0)
        middle = frames.apply(v.patient_from_vertebra, 0.5 * (turn + out))
        assert sample(patient.hazards[f"nerve root {side}"].distance, middle) < 0.0
        assert sample(patient.bone_distance, frames.apply(v.patient_from_vertebra, turn)) > 1.0


def test_corridors_keep_clear_of_every_hazard(patient: Patient) -> None:
    """Nothing but pedicle walls stands between a planned path and its structures: 1.5 mm at the least."""
    for c in patient.corridors.values():
        line = c.skin_mm + np.linspace(0.0, 1.0, 400)[:, None] * (c.target_mm - c.skin_mm)
        for hazard in patient.hazards.values():
            assert sample(hazard.distance, line, outside=50.0).min() > 1.5, hazard.name


def test_regions_fill_their_box_with_plausible_volumes(patient: Patient) -> None:
    """Body, discs, canal and arch have the volumes that their dimensions give."""
    v = patient.column.target_vertebra
    d = v.size
    prism = 0.25 * np.pi * d.depth_mm * d.endplate_width_sup_mm * d.rim_height_mm / 1000.0
    body = volume_ml(patient, Region.BODY) + volume_ml(patient, Region.BASIVERTEBRAL_VEIN)
    assert 0.6 * prism < body < prism  # waisted, and fractured to 0.7 in front
    assert 3.0 < volume_ml(patient, Region.DISC_ABOVE) < 15.0
    assert 3.0 < volume_ml(patient, Region.DISC_BELOW) < 15.0
    assert 0.2 < volume_ml(patient, Region.EPIDURAL_VEIN) < 1.5
    assert 0.1 < volume_ml(patient, Region.SEGMENTAL_VEIN) < 1.0


def test_regions_lie_where_their_names_say(patient: Patient) -> None:
    """Landmarks carry the label of their region; left and right are the patient's; discs above and below."""

    def label(point: frames.FloatArray) -> int:
        return int(sample(patient.regions, point, order=0))

    marks = patient.landmarks
    assert label(marks["L1 body centre"]) == Region.BODY
    assert label(marks["L1 canal centre"]) == Region.CANAL
    assert label(marks["L1 pedicle left"]) == label(marks["L1 pedicle right"]) == Region.ARCH
    assert label(0.5 * (marks["T12 inferior endplate"] + marks["L1 superior endplate"])) == Region.DISC_ABOVE
    assert label(0.5 * (marks["L2 superior endplate"] + marks["L1 inferior endplate"])) == Region.DISC_BELOW
    assert label(marks["L1 anterior wall"] + (0.0, 6.0, 0.0)) == Region.PREVERTEBRAL
    centres = patient.regions.grid.centres_mm()
    for side in SIDES:
        for region in (Region[f"FORAMEN_{side.upper()}"], Region[f"PARAVERTEBRAL_{side.upper()}"]):
            assert np.all(side_sign(side) * centres[patient.regions.array == region][:, 0] > -0.51)


def test_veins_lead_out_of_the_body(patient: Patient) -> None:
    """The basivertebral vein meets the epidural plexus, and the plexus lies in front of the canal, on the wall."""
    label = patient.regions.array
    vein = ndimage.binary_dilation(label == Region.BASIVERTEBRAL_VEIN, iterations=2)
    assert (vein & (label == Region.EPIDURAL_VEIN)).any()
    plexus = patient.regions.grid.centres_mm()[label == Region.EPIDURAL_VEIN]
    assert plexus[:, 1].mean() > patient.landmarks["L1 canal centre"][1] + 3.0
    segmental = ndimage.binary_dilation(label == Region.SEGMENTAL_VEIN)
    assert (segmental & (label == Region.BODY)).any()


def test_bone_labels_agree_with_the_distance_to_bone(patient: Patient) -> None:
    """But for edges, voxels called body, arch or neighbour are in bone, those called canal or soft tissue not."""
    distance = sample(patient.bone_distance, patient.regions.grid.centres_mm(), outside=9.0)
    label = patient.regions.array
    bony = np.isin(label, (Region.BODY, Region.ARCH, Region.NEIGHBOUR_BONE, Region.BASIVERTEBRAL_VEIN))
    assert np.mean(distance[bony] < 0.7) > 0.995
    free = np.isin(label, (Region.CANAL, Region.SOFT_TISSUE, Region.PREVERTEBRAL, Region.FORAMEN_LEFT))
    assert np.mean(distance[free] > -0.7) > 0.98


def test_the_broken_endplate_is_a_hole_of_the_stated_size(patient: Patient) -> None:
    """The hole lies in the superior plate and is as wide as the spec's diameter, within a voxel."""
    assert patient.spec.fracture is not None
    hole = patient.endplate_hole.array
    places = patient.endplate_hole.grid.centres_mm()[hole]
    across = np.ptp(places[:, 0])
    assert across == pytest.approx(patient.spec.fracture.endplate_defect_mm, abs=1.1)
    assert np.all(np.abs(places[:, 2] - patient.landmarks["L1 superior endplate"][2]) < 7.0)


def test_region_voxels_are_whole_blocks_of_the_fine_ones(patient: Patient) -> None:
    """Region voxels of 1 and 0.5 mm share their edges, on whole millimetres, as block means need."""
    for voxel in (1.0, 0.5):
        low, high = region_grid(patient.column, voxel).box_mm()
        np.testing.assert_allclose(np.concatenate([low, high]) % 1.0, 0.0, atol=1e-9)
