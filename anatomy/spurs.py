"""Osteophytes: spurs on the rims of the endplates, more and longer with age.

They grow on the front and the sides of a rim, seldom behind (anatomy 4.3 gives their density, 800 to 1300 HU).
How often and how long they are at an age is unconfirmed: some in most people over 60, 2 to 6 mm, most about the
lower thoracic and the lower lumbar spine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from anatomy.spec import LEVELS, Level, PatientSpec
from anatomy.vertebra import Spur, Vertebra

STREAM = 0x73707572  # "spur"

_AGE_YEARS, _MEAN_MM = (50.0, 60.0, 75.0, 90.0), (0.0, 0.6, 1.6, 2.4)
_LONGEST_MM, _SHORTEST_MM = 4.5, 0.4
# How much of the mean length a level gets (unconfirmed): little above T6.
_LEVELS, _WEIGHT = (0.0, 4.0, 8.0, 11.0, 13.0, 16.0), (0.3, 0.5, 1.1, 0.9, 1.1, 1.2)
_PLACES_RAD = (-1.35, -0.55, 0.55, 1.35)  # two in front, two at the sides, each moved by chance
_BACKMOST_RAD = 1.9  # no farther round, where heads of ribs and pedicles are


def grown(spec: PatientSpec, vertebrae: Mapping[Level, Vertebra]) -> dict[Level, Vertebra]:
    """Vertebrae with this person's osteophytes."""
    return {level: replace(v, spurs=_spurs(spec, level)) for level, v in vertebrae.items()}


def _spurs(spec: PatientSpec, level: Level) -> tuple[Spur, ...]:
    """Spurs of one level; neighbours share a person's inclination to them, not their places."""
    mean = float(np.interp(spec.age_years, _AGE_YEARS, _MEAN_MM))
    if mean == 0.0:
        return ()
    at = LEVELS.index(level)
    inclined = np.random.default_rng([spec.seed, STREAM]).gamma(3.0, 1.0 / 3.0)
    rng = np.random.default_rng([spec.seed, STREAM, at + 1])
    weight = float(np.interp(at, _LEVELS, _WEIGHT))
    out = []
    for plate in ("superior", "inferior"):
        for place in _PLACES_RAD:
            shift, width, length = 0.3 * rng.standard_normal(), rng.uniform(0.3, 0.65), rng.gamma(1.5, 1.0 / 1.5)
            mm = min(mean * inclined * weight * length, _LONGEST_MM)
            if mm > _SHORTEST_MM:
                within = _BACKMOST_RAD - width
                out.append(Spur(plate, float(np.clip(place + shift, -within, within)), float(width), float(mm)))
    return tuple(out)
