"""The shapes of tumours in a vertebra: where each grows, how large, and how uneven its border is.

A metastasis starts in the posterior body near the entry of its vessels and may grow on into a pedicle, never into
a pedicle without the body (Algra 1992, anatomy 6.2); myeloma is many punched-out foci with a published
distribution of sizes. Everything is drawn from the patient's seed, the level and the lesion's place among those of
its level. Frame: vertebral, of the unfractured body, mm. Proportions without a published number: "shape: ours".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import shapes
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import Vertebra, body_field, side_sign
from anatomy.spec import LEVELS, LesionKind, LesionSpec, PatientSpec

STREAM = 0x6C657369  # "lesi"

FOCUS_MM = {"T": (9.0, 5.4), "L": (12.0, 7.1)}
"""Mean and SD of the diameters of myeloma's foci (66 patients, 632 lesions; anatomy 6.2)."""
SMALLEST_FOCUS_MM = 3.0  # shape: ours
FOCI = (3, 8)
_NOISE_MM, _NOISES = 3.0, 42  # lattice of the border's noise: 126 mm about the body's centre
_TRIES = 24
_NECK_MM = 2.0  # a lesion is wider than the hole that it has eaten, so that the hole is open to its edge
_BEFORE_ISTHMUS_MM, _BEHIND_ISTHMUS_MM = 7.0, 4.0  # stretch of pedicle destroyed, and a rounded end more (ours)


@dataclass(frozen=True)
class Ellipsoid:
    """A ball of half axes half_mm about a centre, vertebral frame."""

    centre_mm: tuple[float, float, float]
    half_mm: tuple[float, float, float]

    def distance(self, x: Array, y: Array, z: Array) -> Array:
        """Signed distance to it."""
        return shapes.ellipsoid(x, y, z, self.centre_mm, self.half_mm)


@dataclass(frozen=True)
class Tongue:
    """A limb that grows from one place to another; halves are (across, upright) at either end."""

    start_mm: tuple[float, float, float]
    end_mm: tuple[float, float, float]
    half_start_mm: tuple[float, float]
    half_end_mm: tuple[float, float]

    def distance(self, x: Array, y: Array, z: Array) -> Array:
        """Signed distance to it."""
        return shapes.limb(x, y, z, self.start_mm, self.end_mm, self.half_start_mm, self.half_end_mm)


@dataclass(frozen=True, eq=False)
class Lesion:
    """One tumour: balls end at the posterior wall, tongues into pedicle and wall do not.

    bulge is what grows into the canal, hole_mm centre (x, z) and radius of the hole in the posterior wall; None
    without. uneven_mm: SD by which the border is shifted, by noise that lies in the vertebra;
    key: the lesion's own stream.
    """

    kind: LesionKind
    balls: tuple[Ellipsoid, ...]
    tongues: tuple[Tongue, ...]
    bulge: Ellipsoid | None
    hole_mm: tuple[float, float, float] | None
    uneven_mm: float
    key: tuple[int, ...]
    posterior_wall_y_mm: float

    @cached_property
    def noise(self) -> NDArray[np.float32]:
        """The lattice of noise of the lesion's own stream."""
        return noise_lattice(self.key)

    def distance(self, x: Array, y: Array, z: Array) -> Array:
        """Signed distance (n,) to the tumour in bone at points (n,), negative inside."""
        shift = self.uneven_mm * noise_at(self.noise, x, y, z)
        body = np.minimum.reduce([ball.distance(x, y, z) for ball in self.balls]) - shift
        whole = np.maximum(body, self.posterior_wall_y_mm - y)
        for tongue in self.tongues:
            whole = np.minimum(whole, tongue.distance(x, y, z) - 0.5 * shift)
        return np.asarray(whole, dtype=np.float32)


def lesions_at(spec: PatientSpec, v: Vertebra) -> list[Lesion]:
    """The tumours of one vertebra, in the order of the spec."""
    here = [one for one in spec.lesions if one.level == v.level]
    return [_lesion(one, v, (spec.seed, STREAM, LEVELS.index(v.level), n)) for n, one in enumerate(here)]


def noise_lattice(key: tuple[int, ...]) -> NDArray[np.float32]:
    """Smooth noise (n, n, n) of SD about 1, nowhere beyond 2, with patches of about 6 mm; own stream [*key, 1]."""
    rng = np.random.default_rng([*key, 1])
    lattice = ndimage.gaussian_filter(rng.standard_normal((_NOISES,) * 3, dtype=np.float32), 0.9, mode="wrap")
    return np.asarray(np.clip(lattice / lattice.std(), -2.0, 2.0), dtype=np.float32)


def noise_at(lattice: NDArray[np.float32], x: Array, y: Array, z: Array) -> Array:
    """A noise lattice read at points (n,), vertebral frame."""
    places = [np.asarray(a / _NOISE_MM + 0.5 * (_NOISES - 1), dtype=np.float32) for a in (x, y, z)]
    return ndimage.map_coordinates(lattice, np.broadcast_arrays(*places), order=1, mode="grid-wrap")


def _lesion(one: LesionSpec, v: Vertebra, key: tuple[int, ...]) -> Lesion:
    rng = np.random.default_rng(key)
    if one.kind == "myeloma":
        balls, uneven = _foci(one, v, rng), 0.35
    elif one.kind == "haemangioma":
        balls, uneven = _haemangioma(one, v), 0.6
    else:
        uneven = float(np.clip(0.06 * one.size_mm, 0.7, 1.8))
        # Noise lets the border reach farther somewhere: without it the lesion is that much smaller.
        balls = _metastasis(one, v, 0.5 * one.size_mm - 0.9 * uneven, rng)
    main, hole, bulge = balls[0], None, None
    tongues: list[Tongue] = []
    if one.posterior_wall_defect_mm > 0.0:
        hole = _hole(one, v, main)
        tongues.append(_tongue_to(hole, v, main))
    if one.epidural_mass_mm > 0.0 and hole is not None:
        x, z, radius = hole
        half = (radius + 1.5, one.epidural_mass_mm, radius + 2.5)  # shape: ours, wider than its neck
        bulge = Ellipsoid((x, v.posterior_wall_y_mm, z), half)
    if one.into_pedicle:
        tongues += _into_pedicle(one, v, main)
    return Lesion(one.kind, balls, tuple(tongues), bulge, hole, uneven, key, v.posterior_wall_y_mm)


def _metastasis(one: LesionSpec, v: Vertebra, radius: float, rng: np.random.Generator) -> tuple[Ellipsoid, ...]:
    """One to three ellipsoids within a ball of a radius, the first its core."""
    d = v.size
    width = 0.5 * (d.endplate_width_sup_mm + d.endplate_width_inf_mm)
    half = radius * np.array([1.0, rng.uniform(0.8, 1.0), rng.uniform(0.75, 0.95)])
    # Near the entry of the vessels: y = -0.2 to -0.35 D, up to 0.2 W aside (anatomy 6.2).
    x = side_sign(one.side) * rng.uniform(0.08, 0.2) * width
    y, z = -rng.uniform(0.2, 0.35) * d.depth_mm, rng.uniform(-0.1, 0.12) * d.rim_height_mm
    if one.posterior_wall_defect_mm > 0.0:  # what has eaten through the wall lies close to it
        y = float(np.clip(v.posterior_wall_y_mm + 0.7 * half[1], -0.35 * d.depth_mm, -0.2 * d.depth_mm))
    balls = [Ellipsoid((x, y, z), _point(half))]
    for _ in range(rng.integers(0, 3)):
        lobe = rng.uniform(0.45, 0.62) * radius
        # Forward and aside rather than back: there the wall and the canal are.
        way = rng.standard_normal(3) * (1.0, 0.8, 0.7) + (0.3 * side_sign(one.side), 0.5, 0.0)
        centre = np.array([x, y, z]) + (radius - lobe) * way / np.linalg.norm(way)
        balls.append(Ellipsoid(_point(centre), (lobe, lobe, 0.9 * lobe)))
    return tuple(balls)


def _foci(one: LesionSpec, v: Vertebra, rng: np.random.Generator) -> tuple[Ellipsoid, ...]:
    """Myeloma's foci in the body, the largest first; the others lognormal, no larger than it, and apart."""
    mean, sd = FOCUS_MM[v.region]
    spread = np.sqrt(np.log1p((sd / mean) ** 2))
    count = int(rng.integers(FOCI[0], FOCI[1] + 1))
    drawn = np.exp(rng.normal(np.log(mean) - 0.5 * spread**2, spread, size=64))
    others = drawn[(drawn >= SMALLEST_FOCUS_MM) & (drawn <= one.size_mm)][: count - 1]
    radii = 0.5 * np.array([one.size_mm, *np.sort(others)[::-1]])
    first = _metastasis(one, v, 0.5 * one.size_mm, rng)[0].centre_mm
    centres = [np.array(first)]
    for radius in radii[1:]:
        centres.append(_place_apart(v, float(radius), np.array(centres), radii[: len(centres)], rng))
    return tuple(Ellipsoid(_point(c), _point(np.full(3, r))) for c, r in zip(centres, radii, strict=True))


def _place_apart(
    v: Vertebra, radius: float, centres: FloatArray, radii: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """A place in the body's marrow as far from the other foci as one of a few throws."""
    d = v.size
    half = 0.5 * np.array([d.endplate_width_inf_mm, d.depth_mm, d.rim_height_mm])
    throws = rng.uniform(-half, half, size=(_TRIES, 3))
    deep = body_field(v, *throws.T).distance_mm
    gap = np.linalg.norm(throws[:, None] - centres[None], axis=2) - radii[None] - radius
    return throws[int(np.argmax(np.minimum(gap.min(axis=1), 1.0) - 4.0 * np.maximum(deep + 0.4 * radius, 0.0)))]


def _haemangioma(one: LesionSpec, v: Vertebra) -> tuple[Ellipsoid, ...]:
    """From endplate to endplate, as wide as its size (shape: ours)."""
    radius, d = 0.5 * one.size_mm, v.size
    x = side_sign(one.side) * 0.06 * d.endplate_width_inf_mm
    return (Ellipsoid((x, -0.03 * d.depth_mm, 0.0), (radius, 0.9 * radius, max(radius, 0.8 * d.rim_height_mm))),)


def _hole(one: LesionSpec, v: Vertebra, main: Ellipsoid) -> tuple[float, float, float]:
    """Where the posterior wall is eaten through: behind the lesion, within the canal's width."""
    radius, d = 0.5 * one.posterior_wall_defect_mm, v.size
    most = max(0.42 * d.canal_width_mm - radius, 0.0)
    high = max(0.5 * d.body_height_post_mm - radius - 2.0, 0.0)
    return float(np.clip(main.centre_mm[0], -most, most)), float(np.clip(main.centre_mm[2], -high, high)), radius


def _tongue_to(hole: tuple[float, float, float], v: Vertebra, main: Ellipsoid) -> Tongue:
    """From the lesion's middle to the hole in the posterior wall."""
    x, z, radius = hole
    end = (x, v.posterior_wall_y_mm - 0.5, z)
    middle = min(max(radius, 0.45 * main.half_mm[0]), main.half_mm[2])
    neck = radius + _NECK_MM
    return Tongue(main.centre_mm, end, (middle, middle), (neck, neck))


def _into_pedicle(one: LesionSpec, v: Vertebra, main: Ellipsoid) -> list[Tongue]:
    """From the lesion through the pedicle of its side to the articular pillar, wider than the pedicle is."""
    isthmus, along = v.pedicle_axis(one.side)
    wide, high = 0.72 * v.size.pedicle_width_mm, 0.70 * v.size.pedicle_height_mm
    front, back = (_point(isthmus + s * along) for s in (_BEFORE_ISTHMUS_MM, -_BEHIND_ISTHMUS_MM))
    start = (min(max(wide, 0.5 * main.half_mm[0]), main.half_mm[0]), min(high, main.half_mm[2]))
    section = (wide, high)
    return [Tongue(main.centre_mm, front, start, section), Tongue(front, back, section, section)]


def _point(p: FloatArray) -> tuple[float, float, float]:
    return float(p[0]), float(p[1]), float(p[2])
