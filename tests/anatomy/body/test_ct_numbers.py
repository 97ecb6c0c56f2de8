"""CT numbers (120 kV) measured in the voxels of a patient lie in each tissue's published range (anatomy 4.3)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from anatomy import frames
from anatomy.patient import Patient
from anatomy.tissue import Tissue, hu_from_densities
from anatomy.volume import sample


def hu_of(patient: Patient, where: np.ndarray) -> np.ndarray:
    """CT numbers (n,) of the coarse body's voxels in a mask, bone left out."""
    return hu_from_densities(patient.soft.array[where], patient.adipose.array[where], 0.0)


def deep(patient: Patient, tissue: Tissue, voxels: int) -> np.ndarray:
    """Voxels so far inside a tissue."""
    return ndimage.binary_erosion(patient.tissue.array == tissue, iterations=voxels)


@pytest.mark.parametrize(
    ("tissue", "voxels", "low", "high"),
    [(Tissue.MUSCLE, 3, 0, 60), (Tissue.FAT, 2, -133, -77), (Tissue.LIVER, 3, 55, 60), (Tissue.SPLEEN, 3, 45, 50),
     (Tissue.KIDNEY, 3, 30, 35), (Tissue.BLOOD, 3, 40, 45), (Tissue.BOWEL_GAS, 2, -950, -850),
     (Tissue.VISCERA, 3, -100, 80), (Tissue.CSF, 1, 5, 30), (Tissue.AIRWAY, 1, -1000, -980)],
)  # fmt: skip
def test_tissue_has_its_ct_number(patient: Patient, tissue: Tissue, voxels: int, low: float, high: float) -> None:
    """Median of the voxels well inside."""
    where = deep(patient, tissue, voxels)
    assert where.sum() > 20
    assert low <= np.median(hu_of(patient, where)) <= high


def test_nucleus_is_softer_than_annulus(patient: Patient) -> None:
    """In the lumbar discs the middle has 70 to 90 HU, the outer third 90 to 120."""
    x, y, z = (np.broadcast_to(a, patient.soft.grid.shape) for a in patient.soft.grid.axes_mm())
    disc = patient.tissue.array == Tissue.DISC
    inner, outer = [], []
    for level in ("L2", "L3", "L4"):
        v = patient.column.vertebrae[level]
        d = v.size
        local = frames.apply(
            frames.inverse(v.patient_from_vertebra), np.stack([x[disc], y[disc], z[disc]], axis=1)
        )
        near = np.abs(local[:, 2] + 0.5 * (d.rim_height_mm + d.disc_below_height_mid_mm)) < 0.8
        u = local[:, 0] / (0.5 * d.endplate_width_inf_mm)
        w = (local[:, 1] - v.posterior_wall_y_mm - 0.5 * d.endplate_depth_inf_mm) / (0.5 * d.endplate_depth_inf_mm)
        radius, hu = np.sqrt(u * u + w * w), hu_of(patient, disc)
        inner.append(hu[near & (radius < 0.4)])
        outer.append(hu[near & (radius > 0.72) & (radius < 0.85)])
    assert 70.0 <= np.median(np.concatenate(inner)) <= 90.0
    assert 90.0 <= np.median(np.concatenate(outer)) <= 120.0


def test_cord_fluid_and_epidural_fat(patient: Patient) -> None:
    """Along the cord 35 to 45 HU, in the sac beside it less, and fat -90 between sac and laminae."""
    cord, dura, canal = (patient.hazards[name].distance for name in ("cord", "dura", "canal"))
    points = canal.grid.centres_mm().reshape(-1, 3)
    of_cord, of_dura, of_canal = (sample(volume, points, outside=12.0) for volume in (cord, dura, canal))
    cauda = sample(patient.hazards["cauda equina"].distance, points, outside=12.0)
    hu = hu_from_densities(sample(patient.soft, points), sample(patient.adipose, points), 0.0)
    assert 35.0 <= np.median(hu[of_cord < -1.5]) <= 45.0
    fluid = hu[(of_dura < -1.0) & (of_cord > 1.2) & (cauda > 1.2)]
    assert 5.0 <= np.median(fluid) <= 20.0
    assert np.percentile(hu[(of_canal < -0.5) & (of_dura > 1.0)], 15.0) < -60.0


def test_lung_hangs_denser_in_front(patient: Patient) -> None:
    """Prone: -940 to -850 HU at the back, -700 to -500 in the lowest tenth in front, vessels left out."""
    where = deep(patient, Tissue.LUNG, 2)
    hu, y = hu_of(patient, where), np.broadcast_to(patient.soft.grid.axes_mm()[1], where.shape)[where]
    back, front = np.quantile(y, (0.1, 0.97))
    assert -940.0 < np.median(hu[y < back]) < -850.0
    assert -700.0 < np.median(hu[y > front]) < -500.0
    thirds = [np.median(hu[(y > low) & (y <= high)]) for low, high in
              zip(np.quantile(y, (0.0, 0.33, 0.67)), np.quantile(y, (0.33, 0.67, 1.0)), strict=True)]  # fmt: skip
    assert np.all(np.diff(thirds) > 20.0)


def test_the_pleura_reaches_deeper_than_the_lung(patient: Patient) -> None:
    """Behind, the recess ends 15 to 35 mm below the lung, on both sides."""
    for side in ("left", "right"):
        lung, pleura = (patient.hazards[f"{name} {side}"].distance for name in ("lung", "pleura"))
        lowest = [v.grid.centres_mm()[v.array < 0.0][:, 2].min() for v in (lung, pleura)]
        assert 12.0 < lowest[0] - lowest[1] < 35.0
