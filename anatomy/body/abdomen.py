"""Organs of the abdomen, and gas in the bowel: stomach bubble, stretches of colon with haustra, small loops.

Patient frame, mm. Liver, spleen and kidneys by anatomy section 5. Where the colon runs is textbook, how much gas
it holds and where is drawn from the patient's seed ("shape:" without a published number). Gas lies on top of what
else is in a loop: in a prone patient towards the back.
"""

from __future__ import annotations

import itertools
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from anatomy import shapes
from anatomy.body.organ import Organ
from anatomy.body.trunk import Trunk
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import SIDES
from anatomy.tissue import Tissue

STREAM = 0x636F6C6F  # "colo"
WALL_MM = 2.5
_FOLD_MM = 27.0  # from one semilunar fold to the next
_STEP_MM = 4.0
_PERIRENAL_FAT_MM = 7.0  # ours


def abdominal_organs(t: Trunk) -> list[Organ]:
    """Organs in painting order: the gas of stomach and bowel late, the spleen over it."""
    t10, t12, l2 = (t.z_of[k] for k in ("T10", "T12", "L2"))
    y0, s = t.centre(t.z_of["L1"]), _scale(t)
    out = [
        _ellipsoid(name, Tissue.LIVER, *lobe)
        for name, lobe in zip(("liver", "left lobe of the liver"), liver_ellipsoids(t), strict=True)
    ]
    stomach = np.array([(-54 * s, y0 + 22, t10 - 34), (-52 * s, y0 + 48, t12 + 4), (-14 * s, y0 + 64, l2 + 14),
                        (22 * s, y0 + 52, l2 + 22)])  # fmt: skip
    out.append(_loop("stomach", Tissue.MUSCLE, shapes.spline(stomach), np.interp(np.linspace(0, 3, 19),
                     range(4), (32.0, 24.0, 17.0, 11.0))))  # fmt: skip
    for side in SIDES:
        centre, half = kidney_ellipsoid(t, side_sign(side))
        out.append(_ellipsoid(f"perirenal fat {side}", Tissue.FAT, centre, np.add(half, _PERIRENAL_FAT_MM)))
        out.append(_ellipsoid(f"kidney {side}", Tissue.KIDNEY, centre, half))
    centre, half = spleen_ellipsoid(t)
    spleen = Organ("spleen", Tissue.SPLEEN, partial(spleen_distance, t),
                   shapes.around(centre, margin_mm=np.add(half, 4.0)), in_cavity=True)  # fmt: skip
    return [*out, *_stomach_gas(t), *_colon(t), *_small_bowel(t), spleen]


def kidney_ellipsoid(t: Trunk, sign: float) -> tuple[FloatArray, FloatArray]:
    """(centre, half axes) of a kidney, right (+1) lower than left (anatomy 5)."""
    s = _scale(t)
    z = t.z_of["L2"] + 8.0 if sign > 0 else t.z_of["L1"] - 12.0
    y = t.centre(t.z_of["L1"]) - 6.0
    return np.array([sign * 66.0 * s, y, z]), np.array([25.0 * s, 23.0, 51.0])


def liver_ellipsoids(t: Trunk) -> list[tuple[FloatArray, FloatArray]]:
    """(centre, half axes) of the right and the left lobe."""
    s, y0, z = _scale(t), t.centre(t.z_of["L1"]), t.z_of["T11"]
    return [(np.array([66.0 * s, y0 + 50.0, z - 6.0]), np.array([82.0 * s, 78.0, 78.0])),
            (np.array([-8.0 * s, y0 + 62.0, z + 6.0]), np.array([60.0 * s, 34.0, 42.0]))]  # fmt: skip


def spleen_ellipsoid(t: Trunk) -> tuple[FloatArray, FloatArray]:
    """(centre, half axes) of the spleen, T10 to T12 on the left (anatomy 5)."""
    s, y0 = _scale(t), t.centre(t.z_of["L1"])
    return np.array([-86.0 * s, y0 + 10.0, t.z_of["T12"] + 6.0]), np.array([24.0 * s, 40.0, 46.0])


def spleen_distance(t: Trunk, x: Array, y: Array, z: Array) -> Array:
    """Distance to the spleen, hollowed where the left kidney and its fat lie."""
    kidney = shapes.ellipsoid(x, y, z, *kidney_ellipsoid(t, -1.0))
    return np.asarray(np.maximum(shapes.ellipsoid(x, y, z, *spleen_ellipsoid(t)), _PERIRENAL_FAT_MM - kidney))


def bowel_tubes(t: Trunk) -> list[tuple[FloatArray, FloatArray]]:
    """(line (n, 3), radii (n,)) of the colon and of every gas-filled loop of small bowel."""
    return [colon_mm(t), *((line, radii + WALL_MM) for line, radii, _ in _small_loops(t))]


def _scale(t: Trunk) -> float:
    return t.half_breadth_mm / 148.0


def _ellipsoid(name: str, tissue: Tissue, centre: ArrayLike, half: ArrayLike) -> Organ:
    shape = partial(shapes.ellipsoid, centre=centre, half=half)
    return Organ(name, tissue, shape, shapes.around(centre, margin_mm=np.add(half, 4.0)), in_cavity=True)


def _loop(
    name: str, tissue: Tissue, line: FloatArray, radii: FloatArray, *, gas_above_y: float | None = None
) -> Organ:
    """A stretch of gut about a line (n, 3) with radii (n,); only what lies behind gas_above_y, where given."""

    def distance(x: Array, y: Array, z: Array) -> Array:
        found = shapes.gut(x, y, z, line, radii, 4.0)
        return found if gas_above_y is None else shapes.smooth_max(found, y - gas_above_y, 14.0)

    return Organ(name, tissue, distance, shapes.around(*line, margin_mm=radii.max() + 4.0), in_cavity=True)


def _gas(name: str, line: FloatArray, radii: FloatArray, level_y: float) -> list[Organ]:
    """A loop's wall and the gas in it down to its fluid level."""
    return [
        _loop(f"wall of {name}", Tissue.MUSCLE, line, radii + WALL_MM),
        _loop(f"gas in {name}", Tissue.BOWEL_GAS, line, radii, gas_above_y=level_y),
    ]


def _stomach_gas(t: Trunk) -> list[Organ]:
    """The bubble in the fundus, under the left dome."""
    rng = np.random.default_rng([t.spec.seed, STREAM, 0])
    z, s = t.z_of["T10"] - 6.0, _scale(t)
    y, size = t.centre(z), rng.uniform(0.7, 1.1)
    line = np.array(
        [(-62.0 * s, y + 18.0, z - 34.0), (-50.0 * s, y + 26.0, z - 32.0), (-38.0 * s, y + 30.0, z - 38.0)]
    )
    return _gas("stomach", line, size * np.array([17.0, 20.0, 13.0]), y + rng.uniform(26.0, 44.0))


def colon_mm(t: Trunk) -> tuple[FloatArray, FloatArray]:
    """(centre line (n, 3) from caecum to rectum in steps of about 4 mm, radius (n,))."""
    s, y0 = _scale(t), t.centre(t.z_of["L1"])
    t12, l1, l2, l3, l4, l5 = (t.z_of[k] for k in ("T12", "L1", "L2", "L3", "L4", "L5"))
    rng = np.random.default_rng([t.spec.seed, STREAM, 1])
    sag = rng.uniform(-8.0, 30.0)
    rows = np.array([
        (76, 46, l5 - 12, 26), (86, 36, l4, 25), (90, 36, l3 + 8, 23), (80, 42, l1 - 24, 22),
        (52, 54, l1 - 26, 20),
        (20, 66, l2 - 0.6 * sag, 20), (-22, 68, l2 + 4 - 0.6 * sag, 19), (-62, 60, l1 + 2, 19),
        (-84, 62, t12 - 26, 17), (-100, 34, l2 + 14, 14), (-102, 10, l3 - 12, 14), (-90, 18, l5 + 10, 14),
        (-62, 42, l5 - 34, 15), (-22, 46, l5 - 30, 16), (8, 24, l5 - 44, 16), (2, -6, l5 - 62, 18),
        (0, -14, l5 - 96, 19),
    ])  # fmt: skip
    rows[:, 0] *= s
    rows[:, :3] += rng.normal(0.0, 4.0, (len(rows), 3))
    fine = shapes.spline(rows[:, :3], per_span=24)
    radius = np.interp(np.linspace(0, len(rows) - 1, len(fine)), range(len(rows)), rows[:, 3])
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))])
    even = np.arange(0.0, way[-1], _STEP_MM)
    line = np.stack([np.interp(even, way, fine[:, a]) for a in range(3)], axis=1) + (0.0, y0, 0.0)
    return line, np.interp(even, way, radius)


def _colon(t: Trunk) -> list[Organ]:
    """Stretches of gas between folds, and stool with small bubbles in the right colon."""
    rng = np.random.default_rng([t.spec.seed, STREAM, 2])
    line, radius = colon_mm(t)
    fold = rng.uniform(0.0, _FOLD_MM)
    along = _STEP_MM * np.arange(len(line))
    waist = np.abs(np.cos(np.pi * (along + fold) / _FOLD_MM + 0.5 * np.sin(along / 31.0))) ** 6
    out = []
    end = rng.integers(2, 10)
    for number in itertools.count():
        start = end + rng.integers(5, 22)
        end = start + rng.integers(9, 26)
        if end >= len(line):
            break
        share = np.linspace(0.0, 1.0, end - start)
        ends = np.minimum(1.0, 3.2 * np.sin(np.pi * np.clip(share, 0.04, 0.96)))  # tapers at both ends
        radii = rng.uniform(0.45, 0.85) * radius[start:end] * (1.0 - 0.45 * waist[start:end]) * ends
        part = line[start:end] - (0.0, 0.25, 0.0) * radius[start:end, None]
        out += _gas(f"colon {number}", part, radii, float(np.median(part[:, 1])) + rng.uniform(2.0, 20.0))
    stool = line[: len(line) // 6]
    for number, place in enumerate(rng.integers(0, len(stool), 26)):
        centre = stool[place] + rng.normal(0.0, 7.0, 3)
        half = rng.uniform(1.6, 4.6) * rng.uniform(0.7, 1.3, 3)
        out.append(_ellipsoid(f"bubble {number}", Tissue.BOWEL_GAS, centre, half))
    return out


def _small_bowel(t: Trunk) -> list[Organ]:
    """A few short loops of gas in the middle of the abdomen."""
    out = []
    for number, (line, radii, level_y) in enumerate(_small_loops(t)):
        out += _gas(f"small bowel {number}", line, radii, level_y)
    return out


def _small_loops(t: Trunk) -> list[tuple[FloatArray, FloatArray, float]]:
    """(line (n, 3), radii (n,), y of the fluid level) of the loops that hold gas."""
    rng = np.random.default_rng([t.spec.seed, STREAM, 3])
    y0, s = t.centre(t.z_of["L1"]), _scale(t)
    out: list[tuple[FloatArray, FloatArray, float]] = []
    for _ in range(int(rng.integers(2, 6))):
        start = np.array([rng.uniform(-58, 58) * s, y0 + rng.uniform(38, 70),
                          rng.uniform(t.z_of["L5"] - 50.0, t.z_of["L2"] - 10.0)])  # fmt: skip
        turn = rng.uniform(0.0, 2.0 * np.pi) + np.cumsum(rng.normal(0.0, 0.9, 3))
        steps = rng.uniform(9.0, 17.0, 3)[:, None] * np.stack(
            [np.cos(turn), 0.3 * np.sin(turn), np.sin(turn)], axis=1
        )
        line = shapes.spline(start + np.vstack([np.zeros(3), np.cumsum(steps, axis=0)]), per_span=4)
        size = rng.uniform(5.5, 9.5)
        radii = size * (1.0 - 0.25 * np.abs(np.cos(np.linspace(0.0, 3.0, len(line)))) ** 4)
        out.append((line, radii, float(np.median(line[:, 1])) + rng.uniform(0.0, 8.0)))
    return out
