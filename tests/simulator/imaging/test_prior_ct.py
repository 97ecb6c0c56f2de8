"""The CT before the procedure: Hounsfield units, sides, and what is broken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.patient import Patient
from anatomy.spec import EarlierCement, FractureSpec
from anatomy.tissue import Tissue, hu_from_densities
from anatomy.volume import sample
from simulator.imaging.prior_ct import NOISE_HU, NORMAL, PIXEL_MM, SECTIONS, UP, PriorCt, prior_ct
from tests.conftest import FRACTURED, coarse_patient_of


@pytest.fixture(scope="module")
def ct(patient: Patient) -> PriorCt:
    """The CT of the coarse fractured patient."""
    return prior_ct(patient)


def at_tissue(ct: PriorCt, patient: Patient, tissue: Tissue) -> float:
    """Median HU of a tissue in the axial section that shows most of it, well inside it."""
    label = patient.tissue.array == tissue
    k = int(label.sum(axis=(0, 1)).argmax())
    x, y, z = patient.tissue.grid.axes_mm()
    points = [(x[i, 0, 0], y[0, j, 0], z[0, 0, k]) for i, j in np.argwhere(label[:, :, k])]
    hu = ct.section("axial", float(z[0, 0, k]))
    places = [ct.pixel_of("axial", np.array(point)) for point in points]
    return float(np.median([hu[round(row), round(column)] for row, column in places]))


@pytest.mark.parametrize(
    ("tissue", "least", "most"),
    [(Tissue.FAT, -120, -90), (Tissue.MUSCLE, 0, 60), (Tissue.LIVER, 40, 70), (Tissue.BLOOD, 30, 60),
     (Tissue.LUNG, -950, -700)],
)  # fmt: skip
def test_tissues_have_their_hounsfield_units(
    ct: PriorCt, patient: Patient, tissue: Tissue, least: float, most: float
) -> None:
    """CT numbers of anatomy 4.3, through two interpolations and noise."""
    assert least <= at_tissue(ct, patient, tissue) <= most


def test_air_is_black_and_noise_has_its_spread(ct: PriorCt, patient: Patient) -> None:
    z = float(ct.target_mm[2])
    assert ct.section("axial", z)[0, 0] <= -1000 + 4 * NOISE_HU
    a, b = (ct.section("axial", at).astype(float) for at in (z, z + 0.1))  # another noise, nearly the same place
    row, column = (round(p) for p in ct.pixel_of("axial", ct.target_mm + (0.0, 60.0, 0.0)))
    box = np.s_[row - 20 : row + 20, column - 60 : column + 60]
    assert (a - b)[box].std() / np.sqrt(2.0) == pytest.approx(NOISE_HU, rel=0.15)
    assert np.array_equal(a, ct.section("axial", z))


def test_the_right_is_at_the_left_and_the_front_on_top(ct: PriorCt, patient: Patient) -> None:
    """The liver lies at the patient's right, the spinous process behind, and the head is up."""
    liver = np.argwhere(patient.tissue.array == Tissue.LIVER).mean(axis=0)
    place = patient.tissue.grid.patient_from_voxel[:3, :3] @ liver + patient.tissue.grid.patient_from_voxel[:3, 3]
    assert ct.pixel_of("axial", place)[1] < ct.pixel_of("axial", np.array(ct.target_mm))[1]
    assert ct.pixel_of("coronal", place)[1] < ct.pixel_of("coronal", np.array(ct.target_mm))[1]
    behind = patient.landmarks["L1 spinous process tip"]
    assert ct.pixel_of("axial", behind)[0] > ct.pixel_of("axial", np.array(ct.target_mm))[0]
    assert ct.pixel_of("sagittal", behind)[1] > ct.pixel_of("sagittal", np.array(ct.target_mm))[1]
    assert ct.pixel_of("sagittal", ct.levels["T10"])[0] < ct.pixel_of("sagittal", ct.levels["L1"])[0]


def test_a_place_is_found_again(ct: PriorCt) -> None:
    point = ct.target_mm + (3.0, -4.0, 5.0)
    for kind in SECTIONS:
        row, column = ct.pixel_of(kind, point)
        assert ct.point_of(kind, row, column, point[NORMAL[kind]]) == pytest.approx(point)
        hu = ct.section(kind, float(point[NORMAL[kind]]))
        low, high = ct.range_mm(UP[kind])
        assert hu.shape[0] == int((high - low) / PIXEL_MM + 1e-6) + 1


def test_the_fracture_is_seen_as_found(ct: PriorCt, patient: Patient) -> None:
    """Sampled point by point from the patient's densities: to the noise as found, far from it when raised."""
    target = ct.target_mm
    middle = [round(place) for place in ct.pixel_of("sagittal", target)]
    rows, columns = np.arange(middle[0] - 28, middle[0] + 28), np.arange(middle[1] - 24, middle[1] + 24)
    points = np.array([[ct.point_of("sagittal", r, c, float(target[0])) for c in columns] for r in rows])
    seen = ct.section("sagittal", float(target[0]))[np.ix_(rows, columns)].astype(float)

    def off(amplitude: float) -> float:
        mineral = sample(patient.mineral_fine(amplitude), points) + sample(patient.mineral_far(amplitude), points)
        hu = hu_from_densities(sample(patient.soft, points), sample(patient.adipose, points), mineral)
        return float(np.sqrt(np.mean((seen - hu) ** 2)))

    assert off(1.0) == pytest.approx(NOISE_HU, rel=0.15)
    assert off(0.0) > 6.0 * NOISE_HU


@pytest.mark.slow
def test_gas_in_a_cleft_is_black_old_cement_and_metal_white() -> None:
    """One more patient is built for it, hence slow."""
    spec = replace(
        FRACTURED,
        fracture=FractureSpec(height_ratio=0.6, cleft="gas", cleft_ml=1.2),
        earlier_cement=(EarlierCement("T11", 4.0),),
        pedicle_screws=("L3", "L4"),
    )
    patient = coarse_patient_of(spec)
    ct = prior_ct(patient)

    def darkest(level: str) -> int:
        hu = ct.section("sagittal", float(ct.levels[level][0]))
        row, column = (round(p) for p in ct.pixel_of("sagittal", ct.levels[level]))
        return int(hu[row - 24 : row + 24, column - 20 : column + 20].min())

    assert darkest("L1") < darkest("L2") - 80  # as found the cleft is nearly shut, and these voxels are of 1 mm
    row, column = (round(p) for p in ct.pixel_of("coronal", ct.levels["T11"]))
    cement = ct.section("coronal", float(ct.levels["T11"][1]))
    assert cement[row - 20 : row + 20, column - 40 : column + 40].max() > 2000
    section = ct.section("axial", float(patient.landmarks["L3 pedicle left"][2]))
    assert (section == 3071).sum() * PIXEL_MM**2 > 50.0
