"""How a spine is curved on the table: forward lean of each level, and a scoliosis's side tilt and turn.

The nominal curve is the table's (prone and standing segment tilts). People differ in it: recumbent lordosis from
T12 to S1 is 36.8 +- 13.2 degrees, thoracic kyphosis 20 to 50 degrees (anatomy 3.2), and who has more of one has
more of the other (lordosis about kyphosis + 20 degrees; how closely they go together is unconfirmed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.morphometry import nominal, table
from anatomy.spec import LEVELS, Level, PatientSpec

STREAM = 0x63757276  # "curv"
LEVEL_AT_REST: Level = "L3"  # its endplates are vertical on the table

LORDOSIS_DEG = (36.8, 13.2)  # T12 to S1, recumbent: mean and SD of 627 volunteers (anatomy 3.2)
LEAST_LORDOSIS_DEG = 14.0
KYPHOSIS_SD = 0.20  # of the table's kyphosis: 20 to 50 degrees are about two of them either way
TOGETHER = 0.5  # correlation of kyphosis and lordosis (unconfirmed)
_WITHIN_SD = 2.0

# On bolsters under chest and hips the back hangs through: lordosis as in standing, kyphosis less than flat on the
# table (both unconfirmed).
EXTENDED_KYPHOSIS = 0.80

SACRALISED_TILT = 0.5  # of the usual tilt of L5 on S1: a joined segment keeps little of its disc (unconfirmed)

CURVE_LEVELS = 4  # from a curve's apex to each end vertebra, where the spine has as many levels (shape: ours)
TURN_PER_TILT = 0.35  # axial turn of the apex per degree of Cobb angle (unconfirmed)


@dataclass(frozen=True)
class Pose:
    """How one level stands in the patient: forward lean, tilt to the right, and turn about the long axis.

    tilt_rad is the angle that its endplates show in a frontal picture; one to the left turns positive.
    """

    lean_rad: float
    tilt_rad: float = 0.0
    turn_rad: float = 0.0

    @property
    def rotation(self) -> FloatArray:
        """patient_from_vertebra (4, 4) without the place."""
        lean = frames.rotation((1.0, 0.0, 0.0), -self.lean_rad)
        if self.tilt_rad == 0.0 and self.turn_rad == 0.0:
            return lean
        tilt = np.arctan(np.tan(self.tilt_rad) * np.cos(self.turn_rad))
        turn = frames.rotation((0.0, 0.0, 1.0), self.turn_rad)
        return frames.compose(turn, frames.rotation((0.0, 1.0, 0.0), tilt), lean)

    def towards(self, other: Pose) -> Pose:
        """Half way between two levels."""
        return Pose(
            0.5 * (self.lean_rad + other.lean_rad),
            0.5 * (self.tilt_rad + other.tilt_rad),
            0.5 * (self.turn_rad + other.turn_rad),
        )


SACRUM = "S1"


def poses(spec: PatientSpec) -> Mapping[str, Pose]:
    """Pose of every level and of "S1", the sacrum; the target stands neither tilted nor turned."""
    lean = _lean_rad(segment_tilts_deg(spec))
    tilt, turn = _scoliosis_deg(spec)
    names = [*LEVELS, SACRUM]
    at = names.index(spec.target_level)
    return {
        name: Pose(lean[name], float(np.radians(tilt[i] - tilt[at])), float(np.radians(turn[i] - turn[at])))
        for i, name in enumerate(names)
    }


def segment_tilts_deg(spec: PatientSpec) -> Mapping[Level, float]:
    """Tilt of each level on the next below (L5 on the sacrum), kyphotic positive, of one person in his posture."""
    lordosis, kyphosis = _individual(spec)
    extended = spec.posture == "prone extended"
    out = {}
    for level in LEVELS:
        if level[0] == "T" and level != "T12":
            tilt = _prone_deg(level) * kyphosis * (EXTENDED_KYPHOSIS if extended else 1.0)
        else:
            tilt = (_standing_deg(level) if extended else _prone_deg(level)) * lordosis
        out[level] = tilt * (SACRALISED_TILT if (level, spec.transition) == ("L5", "sacralised L5") else 1.0)
    return out


def _individual(spec: PatientSpec) -> tuple[float, float]:
    """(lordosis, kyphosis) of one person as factors on the table's tilts."""
    rng = np.random.default_rng([spec.seed, STREAM])
    first, second = np.clip(rng.standard_normal(2), -_WITHIN_SD, _WITHIN_SD)
    wanted = max(LORDOSIS_DEG[0] + LORDOSIS_DEG[1] * first, LEAST_LORDOSIS_DEG)
    # Measured between the upper endplates of T12 and S1: half of T12's own wedge belongs to it.
    d = nominal("T12")
    half_wedge = 0.5 * np.degrees(np.arctan2(d.body_height_post_mm - d.body_height_ant_mm, d.depth_mm))
    tabled = -sum(_prone_deg(level) for level in LEVELS[LEVELS.index("T12") :])
    kyphotic = np.clip(TOGETHER * first + np.sqrt(1.0 - TOGETHER**2) * second, -_WITHIN_SD, _WITHIN_SD)
    return float((wanted + half_wedge) / tabled), float(1.0 + KYPHOSIS_SD * kyphotic)


def _prone_deg(level: Level) -> float:
    return nominal(level).segment_tilt_below_prone_deg


def _standing_deg(level: Level) -> float:
    return float(table()[level]["segment_tilt_below_standing_deg"])


def _lean_rad(tilts_deg: Mapping[Level, float]) -> dict[str, float]:
    """Forward lean of each level's axis."""
    names = [*LEVELS, SACRUM]
    tilts = np.radians([tilts_deg[level] for level in LEVELS])
    lean = np.concatenate([[0.0], -np.cumsum(tilts)])
    lean -= lean[names.index(LEVEL_AT_REST)]
    return {name: float(value) for name, value in zip(names, lean, strict=True)}


def _scoliosis_deg(spec: PatientSpec) -> tuple[FloatArray, FloatArray]:
    """(tilt to the right, turn) of each level and the sacrum, degrees, before they are referred to the target.

    One curve: none at its apex, most at two end vertebrae that differ by the Cobb angle, gone as far beyond them
    as they are from the apex; the sacrum is level. Fronts turn to the convex side, most at the apex.
    """
    names = [*LEVELS, SACRUM]
    apex, sacrum = LEVELS.index(spec.scoliosis_apex), len(LEVELS)
    up, down = min(CURVE_LEVELS, apex), min(CURVE_LEVELS, sacrum - 1 - apex)
    tilt, turn = np.zeros(len(names)), np.zeros(len(names))
    for i in range(len(names)):
        below = i - apex
        reach = down if below > 0 else up
        ends = min(2 * reach, sacrum - apex) if below > 0 else 2 * reach
        if abs(below) <= reach:
            share = np.sin(0.5 * np.pi * below / reach) if reach else 0.0
        else:
            left = (ends - abs(below)) / max(ends - reach, 1)
            share = np.sign(below) * 0.5 * (1.0 - np.cos(np.pi * np.clip(left, 0.0, 1.0)))
        tilt[i] = spec.scoliosis_deg * share * reach / (up + down)
        turn[i] = -TURN_PER_TILT * spec.scoliosis_deg * np.exp(-((below / CURVE_LEVELS) ** 2))
    turn[-1] = 0.0
    return tilt, turn
