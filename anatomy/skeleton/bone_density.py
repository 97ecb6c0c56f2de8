"""How much mineral trabecular bone holds, where in a vertebra, and with what grain.

Sources: anatomy section 4.2. State table (T-score to QCT density), decline with age (Jang 2019: -2.5 HU a
year), regional differences inside a body (recommended, unconfirmed), spread within a region (SD 36 to 50 HU
measured).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from anatomy.frames import FloatArray
from anatomy.shapes import Array, Indices
from anatomy.skeleton.vertebra import Vertebra
from anatomy.spec import LEVELS, Level, PatientSpec
from anatomy.tissue import CORTEX_MINERAL_G_CM3, HU_PER_BMD
from anatomy.volume import Grid

STREAM = 0x626F6E65  # "bone"

_T_SCORE = (-5.0, -3.5, -2.5, -1.0, 0.0, 2.0)
_BMD_MG_CM3 = (18.0, 45.0, 78.0, 122.0, 172.0, 215.0)
_AGE_WEIGHT = 0.25  # how far age moves trabecular density beside the T-score (shape, unconfirmed)
_PATCH_MM, _PATCHES = 3.0, 42  # lattice of the patches that coarse voxels show: 126 mm about a body's centre
_TRABECULAR_SD, _PILLAR_SD = (0.40, 0.22), 0.40  # of texture (firm, frail bone) and stripes
_TILE_MM = 48.0  # after which trabeculae repeat
_PILLAR_MM = (0.75, 0.75, 8.0)
_PEDICLE_FACTOR = 1.4  # 1.3 to 1.6 times the body's core (anatomy 4.2)


def body_bmd_g_cm3(spec: PatientSpec) -> float:
    """Mean trabecular mineral density of the L1 body, from T-score and age."""
    by_score = np.interp(spec.t_score, _T_SCORE, _BMD_MG_CM3)
    hu_of_age = np.interp(spec.age_years, (18.0, 30.0, 60.0, 90.0), (236.0, 226.0, 157.0, 89.0))
    by_age = hu_of_age / HU_PER_BMD
    return float(((1.0 - _AGE_WEIGHT) * by_score + _AGE_WEIGHT * by_age) / 1000.0)


def cortical_thinning(spec: PatientSpec) -> float:
    """Factor on true cortical thickness: 1 at T 0 and better, 0.75 at T -2.5 and worse (anatomy 4.1)."""
    return float(np.interp(spec.t_score, (-2.5, 0.0), (0.75, 1.0)))


def frailty(spec: PatientSpec) -> float:
    """0 for young normal bone to 1 for osteoporosis: sets how patchy trabecular bone is."""
    return float(np.interp(spec.t_score, (-3.0, 0.0), (1.0, 0.0)))


def grain(
    spec: PatientSpec, v: Vertebra, grid: Grid, at: Indices, in_body: NDArray[np.bool_] | bool = True
) -> Array:
    """Multiplicative texture of voxels (indices that broadcast), mean about 1: ``patches`` with trabeculae.

    Trabeculae of about 1 mm stand upright. In frail bodies (in_body) pillars join them that run on for
    centimetres: horizontal trabeculae are lost first, and what is left stripes a radiograph upright. In voxels of
    a CT (2.5 mm slices) all of it has the spread measured within a region (36 to 50 HU, anatomy 4.2); lengths and
    shares are ours. Trabeculae repeat every 48 mm.
    """
    rng = np.random.default_rng([spec.seed, STREAM, _number(v.level)])
    worn = frailty(spec)
    size = tuple(round(_TILE_MM / m) for m in grid.voxel_mm)
    upright = ((0.35, 0.35, 0.9 + 0.8 * worn), float(np.interp(worn, (0.0, 1.0), _TRABECULAR_SD)))
    tiles = []
    for sigma_mm, sd in (upright, (_PILLAR_MM, _PILLAR_SD * worn)):
        noise = _blurred(rng.standard_normal(size, dtype=np.float32), np.array(sigma_mm) / grid.voxel_mm)
        spread = np.sqrt(np.log1p(sd * sd))  # of the logarithm: few thick trabeculae among many thin ones
        tiles.append(np.exp(np.float32(spread / noise.std()) * noise - np.float32(0.5 * spread * spread)))
    place = (grid.patient_from_voxel[:3, 3] - v.patient_from_vertebra[:3, 3]) / grid.voxel_mm
    first = np.floor(place + 0.01).astype(int)  # the same for every part of a grid
    i, j, k = ((a + start) % n for a, start, n in zip(at, first, size, strict=True))
    pillars = np.where(in_body, tiles[1][i, j, k], np.float32(1.0))
    return np.asarray(patches(spec, v, grid, at) * tiles[0][i, j, k] * pillars, dtype=np.float32)


def _blurred(noise: Array, sigma: Array) -> Array:
    """Noise (i, j, k) on a tile that repeats, blurred by a Gaussian of sigma voxels (3,)."""
    spectrum = fft.rfftn(noise)
    for axis, n in enumerate(noise.shape):
        waves = fft.rfftfreq(n) if axis == 2 else fft.fftfreq(n)
        fade = np.exp(-2.0 * (np.pi * sigma[axis] * waves) ** 2).astype(np.float32)
        spectrum *= fade.reshape([-1 if a == axis else 1 for a in range(3)])
    return np.asarray(fft.irfftn(spectrum, noise.shape), dtype=np.float32)


def patches(spec: PatientSpec, v: Vertebra, grid: Grid, at: Indices) -> Array:
    """The patches of ``grain`` alone, of 6 mm, for voxels too coarse for trabeculae.

    They lie in the vertebra: the same in any voxels.
    """
    rng = np.random.default_rng([spec.seed, STREAM, _number(v.level), 1])
    lattice = ndimage.gaussian_filter(rng.standard_normal((_PATCHES,) * 3, dtype=np.float32), 1.0)
    corner = v.patient_from_vertebra[:3, 3] - 0.5 * _PATCH_MM * _PATCHES
    start = (grid.patient_from_voxel[:3, 3] - corner) / _PATCH_MM
    step = grid.voxel_mm / _PATCH_MM
    places = [(s + d * a).astype(np.float32) for a, s, d in zip(at, start, step, strict=True)]
    # Patches say where a body has more and where less; what its core holds, where a CT is read, is drawn with its
    # dimensions.
    size = np.array([v.size.endplate_width_sup_mm, v.size.depth_mm, v.size.rim_height_mm]) / _PATCH_MM
    core = _middle(-0.25 * size * (1.0, 0.2, 1.0), size * (0.25, 0.35, 0.25))
    mean, spread = lattice[core].mean(), lattice[_middle(-0.45 * size, 0.45 * size)].std()
    field = ndimage.map_coordinates(lattice, np.broadcast_arrays(*places), order=1, mode="nearest")
    return np.maximum(1.0 + (0.14 + 0.12 * frailty(spec)) / spread * (field - mean), 0.05)


def _middle(low: FloatArray, high: FloatArray) -> tuple[slice, ...]:
    """The lattice's points between two places (3,) counted from its middle."""
    return tuple(
        slice(round(0.5 * _PATCHES + a), round(0.5 * _PATCHES + b) + 1) for a, b in zip(low, high, strict=True)
    )


def _number(level: Level) -> int:
    """Number of a level's own stream: T8 to L5 0 to 9, T1 to T7 behind them."""
    return (LEVELS.index(level) - LEVELS.index("T8")) % len(LEVELS)


def body_profile(v: Vertebra, x: Array, y: Array, z: Array) -> Array:
    """Regional factor of trabecular density inside an unfractured body (vertebral frame, broadcastable).

    Posterior third denser, anterior superior thinner, lower half denser than upper, pillars below the
    endplates, sparse around the basivertebral veins (anatomy 4.2).
    """
    d = v.size
    w = y / (0.5 * d.depth_mm)
    s = z / (0.5 * d.rim_height_mm)
    factor = 1.0 - 0.14 * np.clip(w, -1.0, 1.0) * (0.5 + 0.5 * np.clip(s, -1.0, 1.0)) - 0.06 * np.clip(s, -1, 1)
    factor = factor + 0.06 * np.clip(-w, 0.0, 1.0)
    factor = factor + 0.18 * np.clip(np.abs(s) - 0.7, 0.0, 0.3) / 0.3
    return factor * (1.0 - 0.75 * basivertebral_share(v, x, y, z))


def basivertebral_share(v: Vertebra, x: Array, y: Array, z: Array) -> Array:
    """1 inside the basivertebral foramen and its canal, falling to 0: cone from the posterior wall.

    Width 7.8, height 5.4, depth 12.4 mm in lumbar bodies (anatomy 5), scaled with depth.
    """
    d = v.size
    scale = d.depth_mm / 33.0
    depth = 12.4 * scale
    inward = (y - v.posterior_wall_y_mm) / depth
    narrow = np.clip(1.0 - inward, 0.0, 1.0)
    a, b = 3.9 * scale * (0.25 + 0.75 * narrow), 2.7 * scale * (0.3 + 0.7 * narrow)
    r2 = (x / a) ** 2 + ((z - 0.04 * d.rim_height_mm) / b) ** 2
    ends = np.clip(1.35 - inward, 0.0, 0.35) / 0.35
    return np.clip(1.5 - r2, 0.0, 1.0) * ends


def arch_bmd_g_cm3(spec: PatientSpec, v: Vertebra) -> float:
    """Trabecular density inside pedicles and arch."""
    return _PEDICLE_FACTOR * body_bmd_g_cm3(spec) * v.size.trab_hu_factor_rel_L1


def weighed(body: Array, marrow_share: Array, wanted: float) -> Array:
    """Mineral (n,) of voxels whose sum is wanted, that of the whole body: the per cent that is missing or too much
    is marrow bone's.

    Where osteophytes are pressed together their wall cannot thicken; a body pressed very low slides along its
    pedicles, and what of them counts as body changes. No voxel gets denser than the wall.
    """
    for _ in range(4):
        body = np.minimum(body, np.float32(CORTEX_MINERAL_G_CM3))
        free = body * marrow_share * (body < CORTEX_MINERAL_G_CM3)
        body = body + free * ((wanted - float(body.sum())) / max(float(free.sum()), 1e-6))
    return np.asarray(body, dtype=np.float32)
