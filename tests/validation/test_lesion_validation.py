"""Lesions and earlier cement as an X-ray sees them, against anatomy 6.2 and live cement.

Radiographs show a lytic lesion only after half to seventy percent of the bone in the beam is gone and above a
centimetre (anatomy 6.2): taken here as a contrast of at least twice the pattern of the bone round it, at the
lesion's own scale. One vertebra in 180 mm of tissue, parallel rays, without scatter and noise: both would take
from lesion and pattern alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.findings.earlier_cement import AS_MINERAL_G_CM3
from anatomy.findings.lesion_shapes import lesions_at
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import pedicle_distance
from anatomy.spec import LesionSpec, Level, PatientSpec
from anatomy.tissue import ADIPOSE, MINERAL, SOFT, SOFT_AND_ADIPOSE_G_CM3, Tissue
from simulator.imaging.beam.attenuation import cement_material
from simulator.imaging.beam.beam_energies import bins_at
from simulator.imaging.beam.transmission import primary_signal
from simulator.imaging.panel.detector import panel_at
from tests.anatomy.findings.bone_pieces import box, column, local_points, mineral, with_lesion

PATIENT = (SOFT, ADIPOSE, MINERAL)
TISSUE_G_CM2 = 18.9
FRONTAL, LATERAL = 1, 0  # the axis that is summed along
SEEN = 2.0  # contrast over pattern from which a lesion counts as visible (ours)


def signal(paths_g_cm2: Array, kv: float = 75.0) -> Array:
    """Primary signal behind soft, adipose and mineral paths (3, ...), any further material behind them cement."""
    materials = (*PATIENT, *([cement_material()] if len(paths_g_cm2) == 4 else []))
    return primary_signal(np.asarray(paths_g_cm2, dtype=np.float32), materials, bins_at(kv), panel_at(0.4))


def picture(bone: Array, axis: int) -> Array:
    """Logarithm of the signal behind 180 mm of tissue and a vertebra in voxels of 1 mm."""
    path = 0.1 * bone.sum(axis=axis)
    return np.log(signal(np.stack([np.full(path.shape, TISSUE_G_CM2), np.zeros(path.shape), path])))


@dataclass(frozen=True)
class Seen:
    """A lesion in one view: mean contrast and share of mineral lost along its rays, and the pattern round it."""

    contrast: float
    pattern: float
    lost: float


def seen(level: Level, size_mm: float, seed: int) -> Seen:
    """A lytic metastasis in the lateral view."""
    plain = PatientSpec(seed=seed, t_score=-1.0, target_level="L4")
    ill = with_lesion(plain, LesionSpec("lytic metastasis", level, size_mm=size_mm))
    v = column(plain).vertebrae[level]
    points = local_points(v, box(v, 1.0))
    x, y, z = np.moveaxis(points, -1, 0)
    distance = lesions_at(ill, v)[0].distance(*points.reshape(-1, 3).T).reshape(x.shape)
    d = v.size
    body = (y > v.posterior_wall_y_mm + 3.0) & (np.abs(z) < 0.38 * d.rim_height_mm)
    body = (body & (np.abs(x) < 0.4 * d.endplate_width_sup_mm)).any(axis=LATERAL)
    before, after = mineral(plain, level), mineral(ill, level)
    clean = picture(before, LATERAL)
    core = ndimage.binary_erosion((distance < 0.0).any(axis=LATERAL), iterations=max(int(size_mm / 8.0), 1)) & body
    pattern = _smooth(clean, body, 0.25 * size_mm) - _smooth(clean, body, 0.75 * size_mm)
    lost = 1.0 - after.sum(axis=LATERAL)[core].sum() / before.sum(axis=LATERAL)[core].sum()
    return Seen(float((picture(after, LATERAL) - clean)[core].mean()), float(pattern[body].std()), float(lost))


def _smooth(image: Array, inside: NDArray[np.bool_], sigma: float) -> Array:
    """An image blurred within a region."""
    weight = ndimage.gaussian_filter(inside.astype(float), sigma)
    return ndimage.gaussian_filter(np.where(inside, image, 0.0), sigma) / np.maximum(weight, 1e-3)


def mean_of_two(level: Level, size_mm: float) -> tuple[float, float]:
    """(contrast over pattern, share of mineral lost), means of two patients."""
    both = [seen(level, size_mm, seed) for seed in (1, 2)]
    return float(np.mean([one.contrast / one.pattern for one in both])), float(np.mean([one.lost for one in both]))


@pytest.mark.parametrize("level", ["T8", "L2"])
def test_a_lytic_lesion_below_a_centimetre_is_not_seen(level: Level) -> None:
    """At 8 mm less than a fifth of the bone in the beam is gone, and it does not reach twice the pattern."""
    times, lost = mean_of_two(level, 8.0)
    assert lost < 0.2
    assert times < SEEN


@pytest.mark.xfail(strict=True, reason="1.6 times the pattern at T8, 1.4 at L2")
@pytest.mark.parametrize("level", ["T8", "L2"])
def test_a_lytic_lesion_below_a_centimetre_drowns_in_the_pattern(level: Level) -> None:
    """At 8 mm its contrast is less than the pattern itself: nobody would look twice."""
    assert mean_of_two(level, 8.0)[0] < 1.0


def _early(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


@pytest.mark.parametrize(("level", "size_mm"), [
    ("T8", 12.0), ("L2", 12.0), ("L2", 16.0), ("L2", 20.0),
    pytest.param("T8", 16.0, marks=_early("2.1 times the pattern with 36 % of the bone gone")),
    pytest.param("T8", 20.0, marks=_early("2.2 times the pattern with 46 % of the bone gone")),
])  # fmt: skip
def test_a_lytic_lesion_hides_until_half_the_bone_is_gone(level: Level, size_mm: float) -> None:
    """With less than half of the bone in the beam gone its contrast is below twice the pattern."""
    times, lost = mean_of_two(level, size_mm)
    assert lost < 0.5
    assert times < SEEN


@pytest.mark.parametrize("level", ["T8", "L2"])
def test_a_lytic_lesion_is_seen_when_half_to_seventy_percent_is_gone(level: Level) -> None:
    """That much is gone at 30 mm, and its contrast is above twice the pattern."""
    times, lost = mean_of_two(level, 30.0)
    assert 0.5 <= lost <= 0.7
    assert times > SEEN


@pytest.mark.parametrize("level", ["T8", "L2"])
def test_a_destroyed_pedicle_has_lost_its_oval(level: Level) -> None:
    """From the front three quarters of its ring are brighter by a tenth and more; the other side is as before."""
    plain = PatientSpec(seed=3, t_score=-1.0, target_level="L4")
    ill = with_lesion(plain, LesionSpec("lytic metastasis", level, size_mm=20.0, into_pedicle=True))
    v = column(plain).vertebrae[level]
    x, _, z = np.moveaxis(local_points(v, box(v, 1.0)), -1, 0)
    y = np.full(x.shape, v.posterior_wall_y_mm - 6.0)  # the isthmus
    change = picture(mineral(ill, level), FRONTAL) - picture(mineral(plain, level), FRONTAL)
    rings = {
        side: np.abs(pedicle_distance(v, side, x, y, z) + 0.6).min(axis=FRONTAL) < 0.6
        for side in ("left", "right")
    }
    assert np.percentile(change[rings["left"]], 25) > 0.1
    assert change[rings["left"]].mean() > 0.2
    assert np.abs(change[rings["right"]]).max() < 0.01


@pytest.mark.parametrize("kv", [60.0, 70.0, 80.0])
@pytest.mark.parametrize("cement_mm", [5.0, 10.0, 20.0])
def test_earlier_cement_is_as_dense_as_live_cement(kv: float, cement_mm: float) -> None:
    """Behind 180 mm of tissue both let through the same within 8 % of it and 0.012 of what fell on them."""
    marrow = np.array([*SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE], 0.0])
    without = np.array([TISSUE_G_CM2, 0.0, 0.3])
    displaced = without - 0.1 * cement_mm * marrow
    live = signal(np.append(displaced, 0.1 * cement_mm * cement_material().density_g_cm3)[:, None], kv)
    earlier = signal((displaced + [0.0, 0.0, 0.1 * cement_mm * AS_MINERAL_G_CM3])[:, None], kv)
    open_signal = signal(without[:, None], kv)
    assert float(earlier[0] / live[0]) == pytest.approx(1.0, abs=0.085)
    assert abs(float((earlier - live)[0] / open_signal[0])) < 0.012
