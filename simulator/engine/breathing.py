"""Breathing: how far it moves spine and instruments in the beam.

The chest of a prone patient rises on the table: with each breath the lumbar spine goes a millimetre or two towards
the back and the feet. Displacement starts from end expiration, where the planning image was taken, and follows the
even power of a cosine that is usual for organ motion, with its dwell at the end of expiration (Lujan et al., Med
Phys 1999;26:715), here with an inspiration shorter than the expiration. Phase and depth are part of the state, so
that neither jumps when the rate changes. Amounts, directions and what pain and collapse do to them are unconfirmed
presets; the light sedation that every patient has is in the depth at rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anatomy.frames import FloatArray
from simulator.engine.patient.drive import Drive
from simulator.engine.patient.gas import ventilation_share
from simulator.engine.patient.vitals import Vitals

if TYPE_CHECKING:  # the state holds a Breathing
    from simulator.engine.case import Case
    from simulator.engine.state import Plane, State

STREAM = 0x62726561  # "brea"
TICKS_PER_S = 60.0
REST_MM = (0.1, -0.8, -1.2)
"""Way from end expiration to end inspiration at rest: right, anterior, cranial (1.4 mm in all; unconfirmed)."""
RATES_PER_MIN = (12.0, 18.0)
BREATHS_PER_MIN_OF_PAIN = 0.4  # for each of its ten degrees (unconfirmed)
BREATHS_PER_MIN_OF_LACK = 0.4  # for each per cent of saturation below 94 (unconfirmed)
DEPTH_OF_PAIN = 0.08  # depth gained for each degree of pain (unconfirmed)
FAINTING_MMHG = (40.0, 60.0)
"""Mean pressures at which breathing has stopped and at which it begins to fail (unconfirmed)."""
INSPIRATION_SHARE = 0.4
MOST_PER_MIN, MOST_DEPTH = 24.0, 1.8
FULL_DRIVE = Drive()
JERK_WAY = np.array(REST_MM) / np.linalg.norm(REST_MM)
JERK_S = 1.2
"""A jerk goes out and back in so long (unconfirmed); its way is that of a deep breath."""


@dataclass(frozen=True)
class Breathing:
    """Breathing since a tick: breaths done then (their fraction is the phase; 0 end expiration), rate, and the
    depth against rest then and a second later; how far the patient last jerked, and when."""

    own_rate_per_min: float
    since_tick: int
    breaths: float
    rate_per_min: float
    depth: float = 1.0
    depth_wanted: float = 1.0
    jerk_mm: float = 0.0
    jerk_tick: int = 0


def at_rest(seed: int) -> Breathing:
    """A patient at the beginning: own rate and phase come from the seed."""
    rng = np.random.default_rng([seed, STREAM])
    rate, phase = float(rng.uniform(12.0, 15.0)), float(rng.random())
    return Breathing(rate, 0, phase, rate)


def reacted(breathing: Breathing, vitals: Vitals, tick: int, drive: Drive = FULL_DRIVE) -> Breathing:
    """The breathing from a tick on, once a second: faster and deeper in pain, faster when short of oxygen, failing
    with the circulation, and as far as drugs and illness leave it."""
    rate = breathing.own_rate_per_min + BREATHS_PER_MIN_OF_PAIN * vitals.pain
    rate += BREATHS_PER_MIN_OF_LACK * max(94.0 - vitals.saturation_percent, 0.0)
    low, high = FAINTING_MMHG
    awake = float(np.clip((vitals.mean_pressure_mmhg - low) / (high - low), 0.0, 1.0))
    return Breathing(
        own_rate_per_min=breathing.own_rate_per_min,
        since_tick=tick,
        breaths=_breaths(breathing, tick) % 1.0,
        rate_per_min=float(min(drive.rate * np.clip(rate, *RATES_PER_MIN), MOST_PER_MIN)),
        depth=_depth(breathing, tick),
        depth_wanted=float(min(awake * drive.depth * (1.0 + DEPTH_OF_PAIN * vitals.pain), MOST_DEPTH)),
        jerk_mm=breathing.jerk_mm,
        jerk_tick=breathing.jerk_tick,
    )


def ventilation(breathing: Breathing) -> float:
    """Alveolar ventilation against rest, of the breathing since its tick."""
    return ventilation_share(breathing.rate_per_min, breathing.own_rate_per_min, breathing.depth_wanted)


def displacement_mm(breathing: Breathing, tick: int) -> FloatArray:
    """How far the patient lies from where end expiration has him (3,), patient frame, mm."""
    way = _depth(breathing, tick) * inspired(_breaths(breathing, tick) % 1.0) * np.array(REST_MM)
    if breathing.jerk_mm > 0.0 and 0.0 <= (since := (tick - breathing.jerk_tick) / TICKS_PER_S) < JERK_S:
        way = way + breathing.jerk_mm * np.sin(np.pi * since / JERK_S) ** 2 * JERK_WAY
    return way


def inspired(phase: float) -> float:
    """Share of a breath's way at a phase of 0 to 1: 0 at end expiration, 1 at INSPIRATION_SHARE.

    >>> [round(inspired(p), 2) for p in (0.0, 0.2, 0.4, 0.7, 1.0)]
    [0.0, 0.25, 1.0, 0.25, 0.0]
    """
    share = min(phase / INSPIRATION_SHARE, (1.0 - phase) / (1.0 - INSPIRATION_SHARE))
    return float(np.sin(0.5 * np.pi * share) ** 4)


def shift_px(case: Case, state: State, plane: Plane) -> tuple[float, float]:
    """How far breathing moves the patient in a plane's picture: rows and columns, at the isocentre's depth."""
    seen = case.view(state, plane)
    at_isocentre = seen.source_patient_mm + case.carm(plane.name).source_to_isocentre_mm * seen.direction_patient
    moved = seen.project(at_isocentre + displacement_mm(state.breathing, state.tick))
    rows, columns = moved - seen.project(at_isocentre)
    return float(rows), float(columns)


def _breaths(breathing: Breathing, tick: int) -> float:
    return breathing.breaths + breathing.rate_per_min / 60.0 * (tick - breathing.since_tick) / TICKS_PER_S


def _depth(breathing: Breathing, tick: int) -> float:
    share = min((tick - breathing.since_tick) / TICKS_PER_S, 1.0)
    return breathing.depth + share * (breathing.depth_wanted - breathing.depth)
