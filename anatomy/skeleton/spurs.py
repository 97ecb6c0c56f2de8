"""Osteophytes: spurs on the rims of the endplates, more and longer with age.

They stand out of the front and the sides of a rim, seldom behind (800 to 1300 HU dense: anatomy 4.3):
claws that bend towards the disc, and level traction spurs. How often and how long they are at an age is
unconfirmed: some in most people over 60, 2 to 6 mm, most about the lower thoracic and the lower lumbar spine; the
side of the thoracic aorta has little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from anatomy.skeleton.vertebra import Spur, Vertebra
from anatomy.spec import LEVELS, Level, PatientSpec

STREAM = 0x73707572  # "spur"

_AGE_YEARS, _MEAN_MM = (50.0, 60.0, 75.0, 90.0), (0.0, 0.6, 1.8, 2.6)
_LONGEST_MM, _SHORTEST_MM = 6.0, 1.2
# How much of the mean length a level gets (unconfirmed): little above T6.
_LEVELS, _WEIGHT = (0.0, 4.0, 8.0, 11.0, 13.0, 16.0), (0.3, 0.5, 1.1, 0.9, 1.1, 1.2)
_PLACES_RAD = (-1.35, -0.55, 0.55, 1.35)  # two in front, two at the sides, each moved by chance
_BACKMOST_RAD = 1.9  # no farther round, where heads of ribs and pedicles are
_BESIDE_AORTA = 0.4  # of the length, on the left of thoracic bodies (unconfirmed: that it is less is known)
# At the sides: endplate widths of 802 CTs of older people, osteophytes included, leave room for little more than
# the nominal width (38.2 mm at L1 in women, anatomy 0); ours.
_AT_SIDES = 0.6
_CLAWS = 0.7  # share of claws (unconfirmed)
_RISE, _RISE_MM = (0.25, 0.5), 2.0  # how far a claw bends, of its length, and at most; shape: ours
_PLATES: tuple[Literal["superior", "inferior"], ...] = ("superior", "inferior")


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
    for plate in _PLATES:
        for place in _PLACES_RAD:
            shift, width, length = 0.3 * rng.standard_normal(), rng.uniform(0.3, 0.65), rng.gamma(1.5, 1.0 / 1.5)
            bend = rng.uniform(*_RISE) * (rng.random() < _CLAWS)
            beside_aorta = _BESIDE_AORTA if level[0] == "T" and place < 0.0 else 1.0
            at_side = _AT_SIDES if abs(place) > 1.0 else 1.0
            mm = min(mean * inclined * weight * length * beside_aorta * at_side, _LONGEST_MM)
            if mm > _SHORTEST_MM:
                within = _BACKMOST_RAD - width
                where = float(np.clip(place + shift, -within, within))
                out.append(Spur(plate, where, float(width), float(mm), float(min(bend * mm, _RISE_MM))))
    return tuple(out)
