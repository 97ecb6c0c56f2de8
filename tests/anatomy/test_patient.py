"""A whole patient: the same from the same spec, untouchable, and buildable at the ends of every range."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest

from anatomy.patient import Patient, build
from anatomy.spec import FractureSpec, PatientSpec, TargetLevel
from anatomy.volume import Volume, sample
from tests.conftest import FRACTURED, coarse_patient_of
from tests.fingerprint import fingerprint

ROOT = Path(__file__).parents[2]
PRINTS_ITSELF = """
from tests.anatomy.test_patient import blocky, volumes
from tests.fingerprint import fingerprint
patient = blocky(5)
print(patient.digest, fingerprint(*volumes(patient), patient.landmarks, patient.corridors))
"""


@lru_cache(maxsize=2)
def blocky(seed: int) -> Patient:
    """The fractured patient with the coarsest voxels, for speed."""
    return build(replace(FRACTURED, seed=seed), fine_mm=2.0)


def limits(kind: type, name: str) -> tuple[float, float]:
    """(lowest, highest) value that a field's annotation allows."""
    bounds = get_args(get_type_hints(kind, include_extras=True)[name])[1:]
    return bounds[0].ge, bounds[1].le


def volumes(patient: Patient) -> list[Volume]:
    """Every volume a patient holds."""
    groups = [getattr(g, name) for g in (patient.fine, patient.far) for name in ("lower", "body", "upper")]
    own = [
        patient.soft,
        patient.adipose,
        patient.tissue,
        patient.bone_distance,
        patient.regions,
        patient.endplate_hole,
    ]
    return groups + own + [hazard.distance for hazard in patient.hazards.values()]


def assert_whole(patient: Patient) -> None:
    """Finite, physically possible volumes, a way in on both sides, and every landmark in the body."""
    for volume in volumes(patient):
        assert np.all(np.isfinite(volume.array))
    for amplitude in (1.0, 0.0):
        assert patient.mineral_fine(amplitude).array.min() >= 0.0
    for corridor in patient.corridors.values():
        assert corridor.radius_mm > 0.0
        assert corridor.skin_mm[1] < corridor.entry_mm[1] < corridor.target_mm[1]
    low, high = patient.soft.grid.box_mm()
    for name, point in patient.landmarks.items():
        if np.all((point > low) & (point < high)):
            assert sample(patient.tissue, point, order=0) > 0, name


@pytest.mark.slow  # eleven seconds: another process builds the patient
def test_the_same_spec_gives_the_same_patient_in_any_process() -> None:
    """Another process, with another salt for hashes and more threads, builds the same patient bit for bit."""
    printed = subprocess.run(
        [sys.executable, "-c", PRINTS_ITSELF],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "2"},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    patient = blocky(5)
    whole = fingerprint(*volumes(patient), patient.landmarks, patient.corridors)
    assert printed.stdout.split() == [patient.digest, whole]


def test_another_seed_gives_another_patient() -> None:
    """Seeds show in the digest, in the dimensions and in the soft tissue."""
    one, other = blocky(5), blocky(6)
    assert one.digest != other.digest
    assert one.column.target_vertebra.size != other.column.target_vertebra.size
    assert fingerprint(one.soft) != fingerprint(other.soft)


def test_a_patient_is_whole(patient: Patient) -> None:
    """The patient of most tests holds nothing impossible."""
    assert_whole(patient)


def test_nothing_of_a_patient_can_be_written_to(patient: Patient) -> None:
    """Every volume refuses to be changed, and so do the patient's own fields."""
    for volume in volumes(patient):
        with pytest.raises(ValueError, match="read-only"):
            volume.array[0, 0, 0] = 1
    with pytest.raises(AttributeError):
        patient.digest = "other"  # type: ignore[misc]


def test_as_found_the_picture_is_the_voxels_as_built(patient: Patient) -> None:
    """At amplitude 1 mineral is the three groups together, not interpolated, but for the fading edge."""
    total, low, high = patient.mineral_fine(), *np.array(patient.fine.lower.grid.box_mm())
    for group in (patient.fine.lower, patient.fine.body, patient.fine.upper):
        points = group.grid.centres_mm()
        filled = (group.array > 0.0) & np.all((points > low + 3.0) & (points < high - 3.0), axis=-1)
        here = sample(total, points[filled], order=0)
        assert np.all(here >= group.array[filled] - 1e-6)
    groups = (patient.fine.lower, patient.fine.body, patient.fine.upper)
    assert total.array.max() <= max(g.array.max() for g in groups)


def test_the_coarse_picture_leaves_out_what_the_fine_one_shows(patient: Patient) -> None:
    """As found, no bone is shown twice: the coarse volume is empty 3 mm inside the fine box."""
    far = patient.mineral_far()
    low, high = patient.fine.lower.grid.box_mm()
    assert not far.array[far.grid.window(low + 3.0, high - 3.0)].any()
    assert far.array.any()


def test_one_grid_fades_into_the_other(patient: Patient) -> None:
    """Across every face of the fine box uniform bone in both grids would add up to one, between voxels too."""
    ones = {}
    for name, groups in (("fine", patient.fine), ("far", patient.far)):
        grid = groups.lower.grid
        nothing = Volume(np.zeros((1, 1, 1), dtype=np.float32), grid.part((slice(0, 1),) * 3))
        full = replace(groups, lower=Volume(np.ones(grid.shape, np.float32), grid), body=nothing, upper=nothing)
        ones[name] = full.at(patient.column, 1.0)
    points = np.random.default_rng(1).uniform((-66.0, -86.0, -86.0), (66.0, 36.0, 86.0), (20000, 3))
    total = sample(ones["fine"], points) + sample(ones["far"], points)
    # The ramp rises by 0.5 a mm; where its kink falls between fine voxels h apart, reading is off by 0.5 h / 4
    # at a face, by twice that at an edge of the box.
    kink = 0.5 * patient.fine.lower.grid.voxel_mm.max() / 4.0
    assert np.abs(total - 1.0).max() < 2.0 * kink
    assert abs(total.mean() - 1.0) < 0.01


def test_without_a_fracture_amplitude_changes_nothing() -> None:
    """A whole vertebra cannot be reduced: every amplitude shows the same bone, and there is no hole in a plate."""
    patient = coarse_patient_of(replace(FRACTURED, fracture=None))
    np.testing.assert_array_equal(patient.mineral_fine(0.0).array, patient.mineral_fine(1.0).array)
    assert patient.digest != coarse_patient_of(FRACTURED).digest
    assert patient.column.collapse is None
    assert not patient.endplate_hole.array.any()


@pytest.mark.slow
def test_the_fine_patient_has_the_coarse_ones_bones(patient: Patient, fine_patient: Patient) -> None:
    """At 0.5 mm there is grain, the same mineral as at 1 mm within 2 %, and the same corridors and landmarks."""
    mass = [p.mineral_fine().array.sum(dtype=float) * p.fine.lower.grid.voxel_ml for p in (patient, fine_patient)]
    assert mass[1] == pytest.approx(mass[0], rel=0.02)
    assert fine_patient.fine.lower.grid.shape == (240, 220, 320)
    assert fingerprint(patient.corridors, patient.landmarks) == fingerprint(
        fine_patient.corridors, fine_patient.landmarks
    )
    assert patient.digest != fine_patient.digest


def test_every_field_has_limits_and_a_default_within_them() -> None:
    """Numbers of both specs carry a lowest and a highest value, and the default lies between."""
    for kind in (PatientSpec, FractureSpec):
        default = kind()
        for field in fields(kind):
            value = getattr(default, field.name)
            if isinstance(value, int | float):
                low, high = limits(kind, field.name)
                assert low <= value <= high


NUMBERS = ("age_years", "stature_mm", "body_mass_index_kg_m2", "t_score")


@pytest.mark.slow  # with the two below 17 coarse patients: about two minutes
@pytest.mark.parametrize("end", [0, 1], ids=["lowest", "highest"])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_patient_can_be_built_at_each_end_of_each_range(name: str, end: int) -> None:
    """The extreme of any one number gives a whole patient with a corridor on both sides."""
    assert_whole(build(replace(FRACTURED, **{name: limits(PatientSpec, name)[end]}), fine_mm=1.0))


@pytest.mark.slow
@pytest.mark.parametrize("target", get_args(TargetLevel))
def test_the_smallest_frailest_woman_can_be_treated_at_every_level(target: TargetLevel) -> None:
    """All lows together, with the worst fracture, still make a patient with a corridor on both sides."""
    worst = FractureSpec(height_ratio=0.45, mobile_share=1.0, endplate_defect_mm=12.0)
    spec = PatientSpec(2**32 - 1, "female", 100.0, 1400.0, 15.0, -5.0, target, worst)
    assert_whole(build(spec, fine_mm=1.0))


@pytest.mark.slow
@pytest.mark.parametrize("target", ["T11", "L1", "L4"])
def test_the_largest_man_can_be_treated(target: TargetLevel) -> None:
    """All highs together make a patient whose body fits its volume and whose skin is found."""
    spec = PatientSpec(0, "male", 18.0, 2000.0, 45.0, 2.0, target, FractureSpec(height_ratio=0.95))  # type: ignore[arg-type]
    assert_whole(build(spec, fine_mm=1.0))
