"""What tumours do to the bone of a vertebra: eaten or built, its walls broken.

Lytic tumour has no mineral and is soft tissue of 30 to 70 HU; metastases build bone of 400 to 1000 HU, rims of
mixed ones of 400 to 800; myeloma has no sclerotic rim (anatomy 4.3, 6.2, CT numbers unconfirmed). Haemangioma
takes most trabeculae and leaves a few thick upright ones between fat: corduroy from the side, polka dots from
above.

Shapes lie in the unfractured body (lesion_shapes.py); a fracture carries them along. How cement passes follows
from the mineral that is left. Soft tissue and ways out of the bone are lesion_surroundings.py.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from anatomy import shapes
from anatomy.findings.lesion_shapes import STREAM, Lesion, lesions_at, noise_at
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import Vertebra, canal_distance
from anatomy.spec import LEVELS, LesionKind, PatientSpec

MARGIN_MM: dict[LesionKind, float] = {
    "lytic metastasis": 2.5,
    "blastic metastasis": 3.0,
    "mixed metastasis": 2.5,
    "myeloma": 0.6,
    "haemangioma": 2.0,
}
"""Width of the border: metastases permeate bone, myeloma's foci are punched out (shape: ours)."""

# Mineral that puts marrow (-30 HU) at the published CT numbers: 550 to 950 HU and 550 to 750 HU.
_BLASTIC_G_CM3, _RIM_G_CM3 = (0.46, 0.78), (0.46, 0.62)
_RIM_MM = 2.5  # shape: ours
_THINNED = 0.5  # share that is left of an endplate, and of a posterior wall without a hole (shape: ours)
_WALL_MM, _PLATE_MM = 5.0, 2.0  # how far from canal and endplate bone counts as posterior wall and as plate

# Haemangioma (shape: ours): a quarter of the trabeculae left; pillars 1.4 mm thick every 4 mm.
_SPARED, _PILLAR_EVERY_MM, _PILLAR_SIGMA_MM, _PILLAR_G_CM3 = 0.3, 4.2, 0.6, 0.55
_RASTER_MM, _RASTER = 0.25, 320
EATS: tuple[LesionKind, ...] = ("lytic metastasis", "mixed metastasis", "myeloma")
"""Kinds that destroy cortex."""

_AROUND_MM = 8.0  # beyond which a lesion changes nothing


def changed_bone(
    spec: PatientSpec,
    v: Vertebra,
    points: tuple[Array, Array, Array],
    cortex_mm: Array,
    trabecular_g_cm3: Array,
    voxel_mm: float,
) -> tuple[Array, Array]:
    """Cortex (mm) and trabecular density (g/cm3), each (n,), of voxels of a vertebra with its tumours.

    points: x, y, z (n,) in the vertebral frame, unfractured in the body.
    """
    x, y, z = (np.asarray(a, dtype=np.float32) for a in points)
    for number, lesion in enumerate(lesions_at(spec, v)):
        distance = lesion.distance(x, y, z)
        near = np.flatnonzero(distance < _AROUND_MM)
        if near.size == 0:
            continue
        place = (x[near], y[near], z[near])
        d = distance[near]
        cortex, trabecular = cortex_mm[near], trabecular_g_cm3[near]
        share = share_inside(d, MARGIN_MM[lesion.kind], voxel_mm)
        if lesion.kind in EATS:
            cortex = cortex * (1.0 - share * destroyed(lesion, v, *place))
            trabecular = trabecular * (1.0 - share)
        if lesion.kind in ("blastic metastasis", "mixed metastasis"):
            trabecular = np.maximum(trabecular, _built(lesion, share, d, *place))
        if lesion.kind == "haemangioma":
            key = [spec.seed, STREAM, LEVELS.index(v.level), number, 2]
            pillars = _pillars(np.random.default_rng(key), x[near], y[near], voxel_mm)
            trabecular = trabecular * (1.0 - (1.0 - _SPARED) * share) + pillars * share
        cortex_mm, trabecular_g_cm3 = cortex_mm.copy(), trabecular_g_cm3.copy()
        cortex_mm[near], trabecular_g_cm3[near] = cortex, trabecular
    return cortex_mm, trabecular_g_cm3


def share_inside(distance: Array, margin_mm: float, voxel_mm: float) -> Array:
    """1 inside to 0 outside, over the border's width or a voxel's."""
    return shapes.coverage(distance, max(margin_mm, voxel_mm))


def destroyed(lesion: Lesion, v: Vertebra, x: Array, y: Array, z: Array) -> Array:
    """Share of the cortex that is gone where tumour meets it: discs stop it, the posterior wall holds longest."""
    gone: Array = np.ones_like(x)
    plate = 0.5 * v.rim_height_mm(y) - np.abs(z)
    in_body = y > v.posterior_wall_y_mm
    most = max(v.size.endplate_concavity_sup_mm, v.size.endplate_concavity_inf_mm)
    gone[in_body & (plate < _PLATE_MM + most)] = 1.0 - _THINNED
    wall = (y > v.posterior_wall_y_mm - 1.0) & (canal_distance(v, x, y) < _WALL_MM)
    gone[wall] = 1.0 - _THINNED
    if lesion.hole_mm is not None:
        hx, hz, radius = lesion.hole_mm
        gone[wall & (np.hypot(x - hx, z - hz) < radius)] = 1.0
    return gone


def _built(lesion: Lesion, share: Array, distance: Array, x: Array, y: Array, z: Array) -> Array:
    """Density (n,) of bone that metastases build: clumps like cotton wool, in a mixed one a rim and few clumps."""
    clump = 0.5 + 0.5 * np.tanh(1.2 * noise_at(lesion.noise, 1.6 * x + 20.0, 1.6 * y, 1.6 * z))
    if lesion.kind == "blastic metastasis":
        low, high = _BLASTIC_G_CM3
        return share * (low + (high - low) * clump)
    low, high = _RIM_G_CM3
    rim = np.clip(1.5 - np.abs(distance + 0.2) / (0.5 * _RIM_MM), 0.0, 1.0) * np.clip(2.2 * clump, 0.0, 1.0)
    inner = np.clip((clump - 0.8) / 0.1, 0.0, 1.0) * share
    return np.maximum(rim, inner) * (low + (high - low) * clump)


def _pillars(rng: np.random.Generator, x: Array, y: Array, voxel_mm: float) -> Array:
    """Density (n,) of upright trabeculae: a jittered lattice seen from above, as a voxel's width blurs it."""
    half = 0.5 * _RASTER * _RASTER_MM
    count = int(2.0 * half / _PILLAR_EVERY_MM)
    middle = (np.indices((count, count)).reshape(2, -1).T - 0.5 * (count - 1)) * _PILLAR_EVERY_MM
    middle[:, 0] += 0.5 * _PILLAR_EVERY_MM * (np.arange(len(middle)) % 2)  # rows stand in each other's gaps
    middle += rng.uniform(-0.25, 0.25, middle.shape) * _PILLAR_EVERY_MM
    weight = rng.uniform(0.5, 1.0, len(middle))
    at = np.rint((middle + half) / _RASTER_MM).astype(int)
    inside = np.all((at >= 0) & (at < _RASTER), axis=1)
    raster = np.zeros((_RASTER, _RASTER), dtype=np.float32)
    np.add.at(raster, tuple(at[inside].T), weight[inside])
    sigma = np.hypot(_PILLAR_SIGMA_MM, voxel_mm / np.sqrt(12.0)) / _RASTER_MM
    raster = ndimage.gaussian_filter(raster, sigma) * np.float32(
        2.0 * np.pi * (_PILLAR_SIGMA_MM / _RASTER_MM) ** 2
    )
    places = [(a + half) / _RASTER_MM for a in (x, y)]
    return np.float32(_PILLAR_G_CM3) * ndimage.map_coordinates(raster, places, order=1, mode="nearest")
