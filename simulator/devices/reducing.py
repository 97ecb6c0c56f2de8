"""A kyphoplasty's reduction without a session: balloons put in place, filled in steps, and taken out.

The same devices, tick by tick, as the engine plays them; for bench tests, populations and examples. No chance: a
spicule never pierces a balloon here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anatomy.frames import apply
from anatomy.keeping import kept_with_first
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import Side
from simulator.devices import expander, lifting
from simulator.devices.balloon import MODELS, Balloon, BalloonModel, Model
from simulator.devices.bed import Bed, bed_in
from simulator.devices.cavity import Point
from simulator.devices.ground import Ground, GroundNow

TICK_S = 0.1


@dataclass(frozen=True)
class Placement:
    """Where a balloon lies when empty: its two markers, patient frame, mm."""

    side: Side
    distal_mm: Point
    proximal_mm: Point


@dataclass(frozen=True, eq=False)
class Reduction:
    """What came of it. Pressures (psi) by balloon: the highest, and at rest after the last step; heights as the
    collapse's amplitude: raised, and after deflation; burst: balloons that did not hold."""

    ground: Ground
    volume_ml: tuple[float, ...]
    peak_psi: tuple[float, ...]
    resting_psi: tuple[float, ...]
    raised: float
    final: float
    burst: int
    contact_mm2: float
    psi_by_ml: tuple[tuple[float, float], ...]
    """Resting pressure of the first balloon after each step: (ml, psi)."""

    @property
    def anterior_gain_mm(self) -> float:
        """Anterior height after deflation less that found."""
        return self._anterior(self.final) - self._anterior(1.0)

    @property
    def anterior_gain_percent(self) -> float:
        """The same, of the height found."""
        return 100.0 * self.anterior_gain_mm / self._anterior(1.0)

    @property
    def deflation_loss_percent(self) -> float:
        """Anterior height lost at deflation, of the height found."""
        return 100.0 * (self._anterior(self.raised) - self._anterior(self.final)) / self._anterior(1.0)

    @property
    def middle_gain_mm(self) -> float:
        """Height in the middle of the body after deflation less that found."""
        collapse = self.ground.collapse
        return 0.0 if collapse is None else collapse.middle_height_mm(self.final) - collapse.middle_height_mm(1.0)

    @property
    def kyphosis_corrected_deg(self) -> float:
        """Turn of the superior endplate regained."""
        collapse = self.ground.collapse
        if collapse is None:
            return 0.0
        return float(np.degrees(collapse.endplate_plane(1.0)[1] - collapse.endplate_plane(self.final)[1]))

    def _anterior(self, amplitude: float) -> float:
        collapse = self.ground.collapse
        v = self.ground.vertebra.size
        return v.body_height_ant_mm if collapse is None else collapse.anterior_height_mm(amplitude)


def usual_placement(ground: Ground, side: Side, length_mm: float, *, aside: float = 0.22) -> Placement:
    """A balloon in the anterior two thirds of the body, parallel to its midline plane and half way between its
    endplates as found; aside: of the endplate's width from the midline, 0 for a single central one."""
    v, collapse = ground.vertebra, ground.collapse
    x = side_sign(side) * aside * v.size.endplate_width_sup_mm
    end = v.anterior_wall_y_mm - 0.18 * v.size.depth_mm
    middle = end - 0.5 * length_mm
    drop = rise = 0.0
    if collapse is not None:
        drop = float(collapse.top_drop_mm(x, np.array(middle)))
        rise = float(collapse.bottom_rise_mm(x, np.array(middle)))
    z = 0.5 * (rise - drop)
    near, far = (apply(v.patient_from_vertebra, np.array([x, y, z])) for y in (end - length_mm, end))
    return Placement(side, _point(far), _point(near))


def _point(p: NDArray) -> Point:
    return float(p[0]), float(p[1]), float(p[2])


def kyphoplasty_reduction(
    ground: Ground,
    placements: Sequence[Placement],
    *,
    model: BalloonModel | Model = "15/3",
    volume_ml: float = 3.0,
    step_ml: float = 0.5,
    pause_s: float = 20.0,
    most_psi: float = 400.0,
    load_n: float = lifting.PRONE_LOAD_N,
    rest: float = 1.0,
    tick_s: float = TICK_S,
) -> Reduction:
    """Fill all balloons together in steps of step_ml, each followed by a pause, and empty them.

    A balloon takes its next step while it holds less than volume_ml and rests below most_psi. load_n: along the
    spine; rest: the collapse amplitude at which posture holds the fracture.
    """
    product = model if isinstance(model, BalloonModel) else MODELS[model]
    balloons = [Balloon(p.side, product, p.distal_mm, p.proximal_mm) for p in placements]
    amplitude, peaks, curve = rest, [0.0] * len(balloons), []
    for _ in range(int(np.ceil(volume_ml / step_ml - 1e-9))):
        balloons = [
            replace(b, wanted_ml=min(b.volume_ml + step_ml, volume_ml))
            if not b.ruptured and b.pressure_psi < most_psi
            else b
            for b in balloons
        ]
        for _ in range(round((step_ml / 0.1 + pause_s) / tick_s)):
            for n, old in enumerate(balloons):
                if old.ruptured:
                    continue
                others = [b.share for b in balloons if b is not old and b.share is not None]
                taken = np.maximum.reduce(others) if others else None
                balloons[n] = old.advanced(_bed(ground.at(amplitude), ground), taken, tick_s, 1.0)
                peaks[n] = max(peaks[n], balloons[n].pressure_psi)
            if ground.collapse is not None:
                amplitude = lifting.raised_amplitude(
                    ground.collapse, amplitude, expander.lift_n(balloons), tick_s, rest=rest, load_n=load_n
                )
        curve.append((balloons[0].volume_ml, balloons[0].pressure_psi))
    final = amplitude
    if ground.collapse is not None:
        final = lifting.recoiled_amplitude(ground.collapse, amplitude, rest=rest, load_n=load_n)
    return Reduction(
        ground,
        tuple(b.volume_ml for b in balloons),
        tuple(peaks),
        tuple(b.pressure_psi for b in balloons),
        amplitude,
        final,
        sum(b.ruptured for b in balloons),
        sum(b.contact_mm2 for b in balloons),
        tuple(curve),
    )


@kept_with_first(1)
def _bed(now: GroundNow, ground: Ground) -> Bed:
    """The untouched body."""
    both = ground.collapse is not None and ground.collapse.spec.shape == "biconcave"
    return bed_in(ground.vertebra, now, now.mineral, both_ends=both)
