"""State: everything that changes during a session. Frozen; ``step`` makes a new one.

Large arrays are shared between states until they change. Time is an integer tick at TICK_HZ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from anatomy.spec import SIDES, Side
from simulator.devices.balloon import Balloon
from simulator.devices.cement import Batch
from simulator.devices.fine_needle import FineNeedle
from simulator.devices.needle import Needle
from simulator.devices.tools import Wire
from simulator.devices.venous import NO_CEMENT_IN_VEINS, VenousCement
from simulator.devices.warmth import Thermal
from simulator.engine.breathing import Breathing
from simulator.engine.emboli import NO_EMBOLI, Emboli
from simulator.engine.patient.body import Body
from simulator.engine.patient.stimulus import Felt
from simulator.engine.patient.vitals import Vitals
from simulator.imaging.beam.brightness import FIRST_GUESS_MM
from simulator.imaging.beam.exposure import CurveName, DoseLevel, Mode, Technique
from simulator.imaging.carm import CArmPose, PlaneName, Table

T = TypeVar("T")

TICK_HZ = 60
DEVICE_EVERY = 6  # cement and balloon act at 10 Hz
VITALS_EVERY = 60  # physiology at 1 Hz
HEAT_EVERY = 60  # heat at 1 Hz: it spreads a millimetre in that time


@dataclass(frozen=True)
class Plane:
    """One imaging plane: its pose, the pedal, its brightness control, and what it has given so far.

    tissue_mm is the soft tissue that the control takes the beam's content for, measured_mm what the last pulse
    found, None before the first (``imaging.brightness``); technique is that of the last pulse, and of the next
    where it is locked.
    """

    name: PlaneName
    pose: CArmPose
    pedal: bool = False
    pedal_tick: int = 0
    exposures: int = 0
    last_pulse_tick: int | None = None
    tissue_mm: float = FIRST_GUESS_MM
    measured_mm: float | None = None
    technique: Technique | None = None
    locked: bool = False


MarkKind = Literal["ring", "cross", "wire"]


@dataclass(frozen=True)
class SkinMark:
    """A marker that lies on the back: its kind, the point (patient frame) and the skin's outward normal."""

    kind: MarkKind
    at_mm: tuple[float, float, float]
    normal: tuple[float, float, float]


@dataclass(frozen=True)
class Contact:
    """An instrument touching a structure since a tick, and how deep at most."""

    structure: str
    since_tick: int
    deepest_mm: float


@dataclass(frozen=True)
class Nearest:
    """How near an instrument's surface has come to a structure, negative inside it, and when that was."""

    structure: str
    distance_mm: float
    tick: int


@dataclass(frozen=True)
class Placed:
    """Where the open channel of a cannula ended at its deepest, against the plan and the body."""

    target_error_mm: float
    angle_error_deg: float
    depth_percent: float
    laterality_percent: float


@dataclass(frozen=True)
class Needlework:
    """What is known of one side's cannula beyond its pose: truth that is recorded and judged.

    breach_mm: how far its surface has come outside the pedicle at most, by direction; clearance_mm: least
    distance from its surface to the pedicle's cortex (negative = outside); reach_mm: how deep cannula and drill
    have been since bone took the cannula, and placed where that was; handled_tick: when a hand last moved it
    or its stylet; nearest: its nearest approach to each structure so far; walls: those of bone that it lies
    outside of now.
    """

    level: str | None = None
    entry_error_mm: float | None = None
    breach_mm: float = 0.0
    medial_breach_mm: float = 0.0
    breach_direction: str | None = None
    clearance_mm: float | None = None
    anterior_breach_mm: float = 0.0
    order_broken_mm: float = 0.0
    contacts: tuple[Contact, ...] = ()
    path_mm: float = 0.0
    bone_entries: int = 0
    reach_mm: float = 0.0
    placed: Placed | None = None
    handled_tick: int | None = None
    nearest: tuple[Nearest, ...] = ()
    walls: tuple[Contact, ...] = ()


@dataclass(frozen=True, eq=False)
class Opened:
    """Room made in bone, arrays (i, j, k) on the region grid or None: by balloons a share of each voxel
    (cavity) with the mineral they pushed aside (g/cm3 taken away, negative where it was packed), by drills
    whole voxels (channels). broken_out: voxels that opened when a device broke through a side wall of the body,
    walls_broken which walls those were. scraped: voxels whose bone a curette has taken out, which are cavity too;
    tracks: voxels, in bone and outside, that a cannula has left open behind it."""

    cavity: NDArray[np.float32] | None = None
    mineral_taken: NDArray[np.float32] | None = None
    channels: NDArray[np.bool_] | None = None
    broken_out: NDArray[np.bool_] | None = None
    walls_broken: tuple[str, ...] = ()
    scraped: NDArray[np.bool_] | None = None
    tracks: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class Spilled:
    """Contrast of burst balloons in the bone: share (i, j, k) of each voxel when it spilled, and when that was."""

    share: NDArray[np.float32]
    tick: int


@dataclass(frozen=True, eq=False)
class State:
    """One instant of a session."""

    tick: int
    planes: tuple[Plane, ...]
    table: Table
    pulses_per_s: float
    needles: tuple[Needle | None, Needle | None]  # left, right
    needlework: tuple[Needlework, Needlework]
    balloons: tuple[Balloon | None, Balloon | None]
    opened: Opened
    amplitude: float  # of the collapse; 1 as found
    lowest_amplitude: float
    batch: Batch
    leaked: tuple[str, ...]  # destinations reached so far
    vitals: Vitals
    felt: Felt  # since the vitals last reacted
    anaesthetic_ml: tuple[float, float]
    punctures: int
    redirections: int
    reference_kerma_mgy: float
    dose_area_product_gycm2: float
    alarms: tuple[str, ...]
    stop_criteria: tuple[tuple[str, ...], tuple[str, ...]]
    breathing: Breathing
    mode: Mode = "pulsed"
    dose_level: DoseLevel = "normal"
    curve: CurveName = "standard"
    ended: bool = False
    thermal: Thermal | None = None  # None until there is cement in the body
    cooled: Thermal | None = None  # at the end: what heat will have done once all has cooled
    body: Body = field(default_factory=Body)
    spilled: Spilled | None = None
    wires: tuple[Wire | None, Wire | None] = (None, None)  # that stand in the patient without a cannula
    skin_mark: SkinMark | None = None
    fine_needle: FineNeedle | None = None
    venous: VenousCement = NO_CEMENT_IN_VEINS
    emboli: Emboli = NO_EMBOLI

    @property
    def time_s(self) -> float:
        """Seconds since the case began."""
        return self.tick / TICK_HZ

    def a_tick_later(self) -> State:
        """The same state with the clock one tick further; without dataclasses.replace, which would take most of
        the time of an idle tick."""
        later = object.__new__(State)
        later.__dict__.update(self.__dict__, tick=self.tick + 1)
        return later

    def plane(self, name: str) -> Plane | None:
        """The plane of that name, None if this room does not have it."""
        return next((p for p in self.planes if p.name == name), None)

    def needle(self, side: Side) -> Needle | None:
        """The cannula of a side."""
        return self.needles[index_of(side)]

    def balloon(self, side: Side) -> Balloon | None:
        """The balloon of a side."""
        return self.balloons[index_of(side)]


def index_of(side: Side) -> int:
    """0 for left, 1 for right: the order of pairs in State."""
    return SIDES.index(side)


def with_side(pair: tuple[T, T], side: Side, value: T) -> tuple[T, T]:
    """The pair with one side replaced."""
    return (value, pair[1]) if side == "left" else (pair[0], value)
