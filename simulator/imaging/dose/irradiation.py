"""Irradiation events: what a dose report lists. One run of a pedal, or one single shot, of one plane.

The terms are those of IEC 60601-2-43 and DICOM PS3.16, TID 10001 to 10003.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.imaging.carm import PlaneName
from simulator.imaging.collimation import Collimation

Angles = tuple[float, float]
Place = tuple[float, float, float]


@dataclass(frozen=True)
class Pulse:
    """One pulse as it was recorded. Angles in degrees, as scales and DICOM give them.

    share_s: the time it stands for in fluoroscopy time; ma and pulse_ms: None where they were not recorded.
    """

    tick: int
    number: int
    plane: PlaneName
    single: bool
    orbital_angulation_deg: Angles
    positioner_deg: Angles
    table_mm: Place
    collimation: Collimation
    magnification: float
    kv: float
    mas: float
    pulse_ms: float | None
    share_s: float
    mode: str
    dose_level: str
    reference_kerma_mgy: float
    area_product_gycm2: float

    @property
    def time_s(self) -> float:
        """Seconds since the case began; a tick is 1/60 s."""
        return self.tick / 60.0


@dataclass(frozen=True)
class IrradiationEvent:
    """Pulses of one plane that belong together, in order: a run, or a single shot."""

    pulses: tuple[Pulse, ...]

    @property
    def is_run(self) -> bool:
        """True for a run of a pedal."""
        return not self.pulses[0].single

    @property
    def plane(self) -> PlaneName:
        """A or B."""
        return self.pulses[0].plane

    @property
    def number(self) -> int:
        """Number of its first pulse."""
        return self.pulses[0].number

    @property
    def start_s(self) -> float:
        """When its first pulse was given."""
        return self.pulses[0].time_s

    @property
    def duration_s(self) -> float:
        """Of a run from its first pulse to the end of the last one's time; of a shot the pulse's own length."""
        last = self.pulses[-1]
        if not self.is_run and last.pulse_ms is not None:
            return last.pulse_ms / 1000.0
        return last.time_s - self.start_s + last.share_s

    @property
    def pulses_per_s(self) -> float:
        """Mean pulse rate."""
        return len(self.pulses) / self.beam_on_s

    @property
    def beam_on_s(self) -> float:
        """What it adds to fluoroscopy time."""
        return sum(p.share_s for p in self.pulses)

    @property
    def kv(self) -> float:
        """Mean tube potential, weighted by charge."""
        return float(np.average([p.kv for p in self.pulses], weights=[p.mas for p in self.pulses]))

    @property
    def kv_range(self) -> tuple[float, float]:
        """Lowest and highest tube potential."""
        return min(p.kv for p in self.pulses), max(p.kv for p in self.pulses)

    @property
    def mas(self) -> float:
        """Charge of all pulses."""
        return sum(p.mas for p in self.pulses)

    @property
    def pulse_ms(self) -> float | None:
        """Mean length of a pulse; None where it was not recorded."""
        known = [p.pulse_ms for p in self.pulses if p.pulse_ms is not None]
        return sum(known) / len(known) if len(known) == len(self.pulses) else None

    @property
    def ma(self) -> float | None:
        """Mean tube current while pulses last; None where their length was not recorded."""
        return None if self.pulse_ms is None else 1000.0 * self.mas / (self.pulse_ms * len(self.pulses))

    @property
    def reference_kerma_mgy(self) -> float:
        """Air kerma at the reference point."""
        return sum(p.reference_kerma_mgy for p in self.pulses)

    @property
    def area_product_gycm2(self) -> float:
        """Dose-area product."""
        return sum(p.area_product_gycm2 for p in self.pulses)

    @property
    def mode(self) -> str:
        """Pulsed or continuous, and the dose level where it is not the normal one."""
        first = self.pulses[0]
        return first.mode if first.dose_level == "normal" else f"{first.mode}, {first.dose_level} dose"


def irradiation_events(pulses: Sequence[Pulse], released: Sequence[tuple[str, int]]) -> list[IrradiationEvent]:
    """Pulses in order of time, sorted into events in order of their start.

    released: (plane, tick) of every release of a pedal. A run ends there, where more than a second passes
    without a pulse at any rate, and where the mode or the dose level changes.
    """
    events: list[list[Pulse]] = []
    running: dict[PlaneName, list[Pulse]] = {}
    for pulse in pulses:
        run = running.get(pulse.plane)
        if pulse.single or run is None or _ends(run[-1], pulse, released):
            run = [pulse]
            events.append(run)
            if not pulse.single:
                running[pulse.plane] = run
        else:
            run.append(pulse)
    return [IrradiationEvent(tuple(found)) for found in events]


def _ends(last: Pulse, new: Pulse, released: Sequence[tuple[str, int]]) -> bool:
    if (last.mode, last.dose_level) != (new.mode, new.dose_level):
        return True
    if new.time_s - last.time_s > 1.5 * max(last.share_s, new.share_s):
        return True
    return any(plane == new.plane and last.tick < tick <= new.tick for plane, tick in released)


@dataclass(frozen=True)
class DoseReport:
    """What a session gave: its irradiation events and how they were made. Distances in mm."""

    events: tuple[IrradiationEvent, ...]
    source_to_detector_mm: float
    source_to_isocentre_mm: float
    reference_mm: float
    aluminium_mm: float
    copper_mm: float
    complete: bool

    @property
    def planes(self) -> tuple[PlaneName, ...]:
        """Planes that gave a pulse, in order."""
        return tuple(sorted({event.plane for event in self.events}))

    def of_plane(self, plane: str) -> DoseReport:
        """The part of one plane."""
        return replace(self, events=tuple(e for e in self.events if e.plane == plane))

    def part(self, *, runs: bool) -> DoseReport:
        """Runs only, or single shots only."""
        return replace(self, events=tuple(e for e in self.events if e.is_run == runs))

    @property
    def area_product_gycm2(self) -> float:
        """Dose-area product."""
        return sum(e.area_product_gycm2 for e in self.events)

    @property
    def reference_kerma_mgy(self) -> float:
        """Air kerma at the reference point."""
        return sum(e.reference_kerma_mgy for e in self.events)

    @property
    def beam_on_s(self) -> float:
        """Fluoroscopy time: each pulse counts for the time to the next at the rate chosen then."""
        return sum(e.beam_on_s for e in self.events)

    @property
    def pulses(self) -> int:
        """How many pulses."""
        return sum(len(e.pulses) for e in self.events)
