"""The probe: quick point queries give what the patient's volumes hold."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.patient import Patient
from anatomy.volume import Volume, sample
from simulator.devices.probe import Probe


@pytest.fixture(scope="module")
def probe(patient: Patient) -> Probe:
    """A probe of the coarse patient."""
    return Probe.of(patient)


def centres(volume: Volume, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random voxels (n, 3) of a volume and their centres (n, 3) in the patient frame."""
    index = np.random.default_rng(seed).integers(1, np.array(volume.array.shape) - 1, (count, 3))
    return index, frames.apply(volume.patient_from_voxel, index)


def test_labels_are_those_of_the_voxels(patient: Patient, probe: Probe) -> None:
    """At voxel centres, and up to nearly half a voxel beside them, tissue and region are the voxel's own."""
    for volume, ask in ((patient.tissue, probe.tissue), (patient.regions, probe.region)):
        index, points = centres(volume, 200)
        beside = points + 0.45 * volume.grid.voxel_mm * np.random.default_rng(1).uniform(-1, 1, (200, 3))
        assert np.array_equal(ask(points), volume.array[tuple(index.T)])
        assert np.array_equal(ask(beside), volume.array[tuple(index.T)])


def test_distances_are_interpolated_like_the_volume(patient: Patient, probe: Probe) -> None:
    """Anywhere inside, bone and hazard distances equal SciPy's trilinear interpolation."""
    index, points = centres(patient.bone_distance, 200)
    points = points + np.random.default_rng(2).uniform(-0.5, 0.5, (200, 3))
    assert np.allclose(probe.bone_distance_mm(points), sample(patient.bone_distance, points), atol=1e-4)
    assert len(index) == 200
    for name in probe.hazard_names:
        volume = patient.hazards[name].distance
        _, at = centres(volume, 50)
        assert np.allclose(probe.hazard_distance_mm(name, at), sample(volume, at), atol=1e-4)


def test_far_away_there_is_air_and_nothing_else(probe: Probe) -> None:
    """Outside every volume: air, far from bone, no mineral, far from hazards."""
    far = np.array([[1e4, 0.0, 0.0], [0.0, -1e4, 0.0]])
    assert np.array_equal(probe.tissue(far), [0.0, 0.0])
    assert np.array_equal(probe.bone_distance_mm(far), [20.0, 20.0])
    assert np.array_equal(probe.mineral_g_cm3(far), [0.0, 0.0])
    assert all(np.array_equal(probe.hazard_distance_mm(n, far), [50.0, 50.0]) for n in probe.hazard_names)


def test_the_corridor_leads_through_skin_fat_and_muscle_into_bone(patient: Patient, probe: Probe) -> None:
    """On the planned way the probe meets air-free tissue, then bone, and mineral inside it; never a hazard."""
    for corridor in patient.corridors.values():
        ahead = np.linspace(0.0, 1.0, 200)[:, None]
        within = corridor.entry_mm + (0.1 + 0.9 * ahead) * (corridor.target_mm - corridor.entry_mm)
        assert (probe.bone_distance_mm(within) < 0.0).all()
        assert probe.mineral_g_cm3(within).min() > 0.0
        outside = corridor.skin_mm + 0.9 * ahead * (corridor.entry_mm - corridor.skin_mm)
        assert (probe.tissue(outside[5:]) != 0.0).all()
        for name in probe.hazard_names:
            assert probe.hazard_distance_mm(name, within).min() > 0.0, name
