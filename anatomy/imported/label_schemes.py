"""Which number of a label map means which vertebra or organ (anatomy section 7.1).

Schemes: "verse" (also the vertebrae of TPTBox, and TotalSegmentator's ``vertebrae_pp``), "totalsegmentator v1"
and "totalsegmentator v2" (task ``total``), and the sub-regions of TPTBox (SPINEPS numbering), which come in a
file of their own. TotalSegmentator's numbers rise towards the head, VerSe's towards the feet, and those of v1
and v2 differ by nine: the scheme is told by the order of the centroids and by how far apart they lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from scipy import ndimage

from anatomy import frames
from anatomy.ct import UnusableScanError
from anatomy.frames import FloatArray
from anatomy.morphometry import nominal
from anatomy.spec import LEVELS, Level
from anatomy.volume import Volume

SchemeName = Literal["verse", "totalsegmentator v1", "totalsegmentator v2"]
SCHEME_NAMES: tuple[SchemeName, ...] = get_args(SchemeName)

ARCH_PARTS, BODY_PARTS = tuple(range(41, 49)), (49, 50)
"""TPTBox sub-regions: arch, spinous, costal, superior and inferior articular processes; border, core of bodies."""

_ENOUGH_VOXELS = 30  # fewer are a speck, not a vertebra
_CLEARLY_WORSE = 0.12  # difference of mean log spacing between the best scheme and the next


@dataclass(frozen=True)
class Scheme:
    """Numbers of vertebrae and, where the scheme has them, of organs by the name of their hazard."""

    name: SchemeName
    levels: Mapping[int, Level]
    organs: Mapping[str, tuple[int, ...]]


def _numbered(first: int, step: int) -> Mapping[int, Level]:
    """first is the number of T1."""
    return MappingProxyType({first + step * index: level for index, level in enumerate(LEVELS)})


SCHEMES: Mapping[SchemeName, Scheme] = MappingProxyType({
    "verse": Scheme("verse", _numbered(8, 1), {}),
    "totalsegmentator v1": Scheme("totalsegmentator v1", _numbered(34, -1), {
        "kidney right": (2,), "kidney left": (3,), "aorta": (7,), "inferior vena cava": (8,),
        "lung left": (13, 14), "lung right": (15, 16, 17),
    }),
    "totalsegmentator v2": Scheme("totalsegmentator v2", _numbered(43, -1), {
        "kidney right": (2,), "kidney left": (3,), "aorta": (52,), "inferior vena cava": (63,),
        "lung left": (10, 11), "lung right": (12, 13, 14), "cord": (79,),
    }),
})  # fmt: skip


def scheme_of(labels: Volume, wanted: str | None = None) -> Scheme:
    """The scheme of a label map, or the one that is wanted. Raises UnusableScanError where none fits."""
    centres = _centres(labels)
    if wanted is not None:
        if wanted not in SCHEMES:
            raise UnusableScanError(f"--scheme {wanted} is not known; choose one of {', '.join(SCHEME_NAMES)}")
        scheme = SCHEMES[wanted]  # type: ignore[index]
        if not any(value in scheme.levels for value in centres):
            raise UnusableScanError(
                f"{_values_in_words(centres)} hold no vertebra T1 to L5 in the scheme {wanted}"
            )
        return scheme
    misfits = {name: _misfit(scheme, centres) for name, scheme in SCHEMES.items()}
    best, second, *_ = sorted(SCHEME_NAMES, key=lambda name: misfits[name])
    if not np.isfinite(misfits[best]):
        raise UnusableScanError(
            f"{_values_in_words(centres)} fit none of the schemes {', '.join(SCHEME_NAMES)}: give the file with "
            "the vertebrae's numbers (sub-regions go into --subregions), or name its scheme with --scheme"
        )
    if misfits[second] - misfits[best] < _CLEARLY_WORSE:
        raise UnusableScanError(
            f"{_values_in_words(centres)} could be {best} or {second}; say which with --scheme"
        )
    return SCHEMES[best]


def _centres(labels: Volume) -> dict[int, FloatArray]:
    """Centroid (3,), patient frame, of every label with enough voxels."""
    counts = np.bincount(labels.array.ravel())
    values = [int(v) for v in np.flatnonzero(counts >= _ENOUGH_VOXELS) if v > 0]
    found = ndimage.center_of_mass(labels.array > 0, labels.array, values) if values else []
    return {v: frames.apply(labels.patient_from_voxel, c) for v, c in zip(values, found, strict=True)}


def _misfit(scheme: Scheme, centres: Mapping[int, FloatArray]) -> float:
    """How badly the centroids lie for a scheme: mean |log| of spacing over the nominal one; inf for not at all."""
    level_of = {scheme.levels[v]: c for v, c in centres.items() if v in scheme.levels}
    present = [level for level in LEVELS if level in level_of]
    if not present:
        return np.inf
    if len(present) == 1:
        # One vertebra has no order. VerSe numbers nothing else; a whole TotalSegmentator map holds organs too.
        alone = len(centres) == 1
        return 0.5 if (scheme.name == "verse") == alone else 1.0
    errors = []
    for upper, lower in pairwise(present):
        step = level_of[upper] - level_of[lower]
        apart = float(np.linalg.norm(step))
        if step[2] < 0.5 * apart:
            return np.inf
        errors.append(abs(np.log(apart / _nominal_spacing_mm(upper, lower))))
    return float(np.mean(errors))


def _nominal_spacing_mm(upper: Level, lower: Level) -> float:
    steps = pairwise(LEVELS[LEVELS.index(upper) : LEVELS.index(lower) + 1])
    return sum(
        0.5 * (nominal(a).rim_height_mm + nominal(b).rim_height_mm) + nominal(a).disc_below_height_mid_mm
        for a, b in steps
    )


def _values_in_words(centres: Mapping[int, FloatArray]) -> str:
    if not centres:
        return "the labels"
    values = sorted(centres)
    shown = ", ".join(map(str, values[:12])) + (", ..." if len(values) > 12 else "")
    return f"the labels {shown}"
