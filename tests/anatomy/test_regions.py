"""Regions: what a voxel near the target is called agrees with landmarks, bone, veins and the levels around it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from anatomy import frames
from anatomy.patient import Patient
from anatomy.regions import Region, region_grid
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import SIDES
from anatomy.volume import sample


def volume_ml(patient: Patient, region: Region) -> float:
    """How much of a region there is."""
    return float((patient.regions.array == region).sum() * patient.regions.grid.voxel_ml)


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
    assert 0.3 < volume_ml(patient, Region.SEGMENTAL_VEIN) < 2.0  # two veins of 3 mm around half the body


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
