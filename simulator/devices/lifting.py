"""Height: how far a force lifts a broken endplate, and how far it sinks back when the force is gone.

Everything moves along the fracture's own displacement field, by one number, the amplitude of the collapse.
"""

from __future__ import annotations

import numpy as np

from anatomy.fractures.fracture import Collapse

PRONE_LOAD_N = 200.0  # on a lumbar body (physics B2)
BENCH_LOAD_N = 100.0  # preload of the bench tests that recoil is known from (physics B2)
FRACTURE_STIFFNESS_N_MM = 22.0  # unconfirmed: gains of 2 to 5 mm at 250 to 310 N of lift
LIFT_TIME_S = 2.5  # unconfirmed
RECOIL_SHARE = 0.117  # of the anterior height before treatment, lost at deflation (Rotter 2010: 11.7 +/- 6.2 %)
RECOIL_OF_GAIN = 11.7 / 19.7  # ... but not more than this share of what was gained (19.7 %, of which 8.0 % stayed)
RECOIL_OF_GAIN_CLEFT = 0.75
"""Around a cleft nothing has grown together and nothing was packed that would hold the endplate (unconfirmed)."""
SETTLING_N = 30.0
"""Load at which recoil is two thirds of what it can be: none without load (isolated bodies kept 97 % of what was
lost, Belkoff 2001), Rotter's at BENCH_LOAD_N, little more under a prone patient's (unconfirmed)."""


def raised_amplitude(
    collapse: Collapse,
    amplitude: float,
    force_n: float,
    duration_s: float,
    *,
    rest: float = 1.0,
    load_n: float = PRONE_LOAD_N,
) -> float:
    """Collapse amplitude after lifting with force_n for a moment.

    In equilibrium the gain over what posture has regained (rest: the amplitude it holds) is (force - load)
    / fracture stiffness, up to the mobile share; it is approached with LIFT_TIME_S and never lost while the
    device is up. Heights are those where the fracture's shape loses most.
    """
    wanted_mm = max(force_n - load_n, 0.0) / FRACTURE_STIFFNESS_N_MM
    wanted = max(rest - wanted_mm / collapse.lost_mm, 1.0 - collapse.mobile_share, 0.0)
    if wanted >= amplitude:
        return amplitude
    return amplitude + (wanted - amplitude) * (1.0 - float(np.exp(-duration_s / LIFT_TIME_S)))


def recoiled_amplitude(
    collapse: Collapse,
    amplitude: float,
    *,
    rest: float = 1.0,
    load_n: float = PRONE_LOAD_N,
    holds_up: float = 0.0,
) -> float:
    """Collapse amplitude after the last device is emptied: part of the height sinks back, never more than was
    gained over posture (rest). holds_up: share of that which what stays behind prevents."""
    gained_mm = max(rest - amplitude, 0.0) * collapse.lost_mm
    loaded = (1.0 - np.exp(-load_n / SETTLING_N)) / (1.0 - np.exp(-BENCH_LOAD_N / SETTLING_N))
    if collapse.cleft is None:
        lost_mm = min(RECOIL_SHARE * collapse.worst_height_mm(1.0), RECOIL_OF_GAIN * gained_mm)
    else:
        lost_mm = RECOIL_OF_GAIN_CLEFT * gained_mm
    lost_mm = min(float(loaded) * lost_mm, gained_mm) * (1.0 - holds_up)
    return amplitude + lost_mm / collapse.lost_mm
