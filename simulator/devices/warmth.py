"""The heat of curing cement in the body: temperature and cure around it, and what the neighbours get of it.

Temperature and degree of cure live on the voxels of the region grid, in a box around the cement (``warm_box``).
What enters a voxel mixes with what is there by volume: fresh cement brings the cure and the temperature it has in
the cannula, marrow leaves with the temperature it had. In truth cement that was injected early is pushed outward
by what follows; what comes later is only a little cooler and less cured, so the difference is small, and heat is
accounted for to rounding either way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from anatomy.changing import changed
from simulator.devices.ground import GroundNow
from simulator.devices.warm_box import CEMENT_J_M3_K, Array, Box, box_around, box_of, on_box, span_of
from simulator.devices.warm_places import BODY_C, NERVES, WarmPlaces, structures
from simulator.physics import diffusion, thermal_dose
from simulator.physics.cure import START_OF_CURE, Kinetics, reachable_cure
from simulator.physics.exotherm import cured_in_place
from simulator.physics.filling import Filling

_TURN_S = 1.0  # reaction and spreading take turns at least so often
HOT_C = 50.0


@dataclass(frozen=True, eq=False)
class Dose:
    """What a structure has got: its hottest voxel now, the hottest ever, and (n,) of each of its voxels."""

    name: str
    now_c: float
    peak_c: float
    hot_s: Array  # above HOT_C
    cem43_min: Array
    damage: Array

    @property
    def above_50_s(self) -> float:
        """Seconds above 50 C where it was longest."""
        return float(self.hot_s.max(initial=0.0))

    @property
    def most_cem43_min(self) -> float:
        """Equivalent minutes at 43 C where they are most."""
        return float(self.cem43_min.max(initial=0.0))

    @property
    def most_damage(self) -> float:
        """Damage integral where it is greatest."""
        return float(self.damage.max(initial=0.0))


@dataclass(frozen=True, eq=False)
class Thermal:
    """Heat around cement: temperature_c, cure and cement_ml (a, b, c) in the box that begins at voxel start.

    now: the ground at the collapse that was found when cement first came; it is kept.
    """

    start: tuple[int, int, int]
    temperature_c: Array
    cure: Array
    cement_ml: Array
    doses: tuple[Dose, ...]
    box: Box = field(repr=False)

    @property
    def window(self) -> tuple[slice, slice, slice]:
        """Where the box lies in the region grid."""
        a, b, c = (slice(s, s + n) for s, n in zip(self.start, self.temperature_c.shape, strict=True))
        return a, b, c

    @cached_property
    def cement_c(self) -> float:
        """Mean temperature of the cement in the body."""
        return self._mean(self.temperature_c, BODY_C)

    @property
    def cement_cure(self) -> float:
        """Mean degree of cure of the cement in the body."""
        return self._mean(self.cure, START_OF_CURE)

    def _mean(self, values: Array, otherwise: float) -> float:
        total = float(self.cement_ml.sum())
        return float((values * self.cement_ml).sum()) / total if total > 0.0 else otherwise

    def dose(self, name: str) -> Dose:
        """The dose of a structure."""
        return next(d for d in self.doses if d.name == name)


def warmed(
    thermal: Thermal | None,
    places: WarmPlaces,
    now: GroundNow,
    filling: Filling,
    *,
    entering_c: float,
    entering_cure: float,
    kinetics: Kinetics,
    duration_s: float,
) -> Thermal | None:
    """The heat duration_s later. New cement in the filling comes in first, with a temperature and a cure.

    None until there is cement. Materials stay those of the ground at which the first cement came.
    """
    if thermal is None:
        thermal = _cold(places, now, filling)
        if thermal is None:
            return None
    if thermal.box.cement_of is not filling.cement_ml:
        thermal = _mixed(thermal, places, filling, entering_c, entering_cure)
    return _later(thermal, kinetics, duration_s)


def still(thermal: Thermal, kinetics: Kinetics, duration_s: float) -> Thermal:
    """The heat duration_s later where no cement comes any more."""
    return _later(thermal, kinetics, duration_s)


def is_over(before: Thermal, after: Thermal) -> bool:
    """True once the cement has cured and every structure cools, none above HOT_C and no nerve above 43 C.

    No peak can follow, and doses hardly grow.
    """
    curing = after.box.curing
    end = reachable_cure(after.temperature_c.ravel()[curing])
    weight = after.cement_ml.ravel()[curing]
    cured = float((weight * (after.cure.ravel()[curing] / end)).sum()) >= 0.95 * float(weight.sum())
    falling = all(b.now_c >= a.now_c for b, a in zip(before.doses, after.doses, strict=True))
    cool = all(d.now_c < (thermal_dose.REFERENCE_C if d.name in NERVES else HOT_C) for d in after.doses)
    return cured and falling and cool


def _cold(places: WarmPlaces, now: GroundNow, filling: Filling) -> Thermal | None:
    span = span_of(filling, now)
    if span is None:
        return None
    start, shape = box_around(span, filling.shape, None)
    level = np.full(shape, BODY_C, dtype=np.float32)
    nothing = np.zeros(shape)
    doses = tuple(
        Dose(name, BODY_C, BODY_C, *(np.zeros(len(voxels)) for _ in range(3)))
        for name, voxels in structures(places, now).items()
    )
    cure = np.full(shape, START_OF_CURE)
    box = box_of(places, now, object(), start, nothing)
    return Thermal(start, _frozen(level), _frozen(cure), _frozen(nothing), doses, box)


def _mixed(
    thermal: Thermal, places: WarmPlaces, filling: Filling, entering_c: float, entering_cure: float
) -> Thermal:
    """With the cement that has come since, in a box large enough for it."""
    now = thermal.box.now
    span = span_of(filling, now)
    old = (np.array(thermal.start), np.array(thermal.temperature_c.shape))
    start, shape = thermal.start, thermal.temperature_c.shape
    if span is not None:
        start, shape = box_around(span, filling.shape, old)
    inside = tuple(slice(o - s, o - s + n) for o, s, n in zip(old[0], start, old[1], strict=True))

    def placed(values: Array, otherwise: float) -> Array:
        if shape == values.shape:
            return values
        wider = np.full(shape, otherwise, dtype=values.dtype)
        wider[inside] = values
        return wider

    temperature, cure = placed(thermal.temperature_c, BODY_C), placed(thermal.cure, START_OF_CURE)
    before = placed(thermal.cement_ml, 0.0)
    after = on_box(filling, start, shape)
    box = box_of(places, now, filling.cement_ml, start, after)
    came = np.maximum(after - before, 0.0)
    part = came / np.maximum(after, 1e-300)
    cure = np.where(came > 0.0, cure + part * (entering_cure - cure), cure)
    came_j_k = came * 1e-6 * CEMENT_J_M3_K
    temperature = temperature + came_j_k * (entering_c - temperature) * box.body.per_capacity_k_j.reshape(shape)
    return changed(
        thermal,
        start=start,
        temperature_c=_frozen(temperature.astype(np.float32)),
        cure=_frozen(cure),
        cement_ml=_frozen(after),
        box=box,
    )


def _later(thermal: Thermal, kinetics: Kinetics, duration_s: float) -> Thermal:
    """Reaction and spreading by turns, then doses."""
    box, shape = thermal.box, thermal.temperature_c.shape
    turns = max(1, math.ceil(duration_s / _TURN_S - 1e-9))
    turn_s = duration_s / turns
    temperature, cure = thermal.temperature_c.ravel().copy(), thermal.cure.ravel().copy()
    at, rise = _still_curing(box, cure, temperature)

    def react(for_s: float) -> None:
        cure[at], temperature[at] = cured_in_place(kinetics, cure[at], temperature[at], rise, for_s)

    for turn in range(turns):
        react(0.5 * turn_s if turn == 0 else turn_s)
        temperature = diffusion.spread(box.body, temperature.reshape(shape), turn_s).ravel()
    react(0.5 * turn_s)
    doses = _dosed(thermal, temperature, duration_s)
    return changed(
        thermal,
        temperature_c=_frozen(temperature.reshape(shape)),
        cure=_frozen(cure.reshape(shape)),
        doses=doses,
    )


def _still_curing(box: Box, cure: Array, temperature_c: Array) -> tuple[NDArray[np.intp], Array]:
    """Places whose cement still reacts, and their rise per unit of cure."""
    left = reachable_cure(temperature_c[box.curing]) - cure[box.curing] > 1e-4
    return box.curing[left], box.rise_k[left]


def _dosed(thermal: Thermal, temperature_c: Array, duration_s: float) -> tuple[Dose, ...]:
    old, doses = thermal.temperature_c.ravel(), []
    for dose, (own, at) in zip(thermal.doses, thermal.box.spots, strict=True):
        before, after = old[at], temperature_c[at]
        hottest = float(after.max(initial=BODY_C if len(at) < len(dose.hot_s) else -math.inf))
        hottest = hottest if math.isfinite(hottest) else BODY_C
        if max(hottest, float(before.max(initial=0.0))) < thermal_dose.COLDEST_C:
            doses.append(changed(dose, now_c=hottest, peak_c=max(dose.peak_c, hottest)))
            continue
        warm = np.maximum(before, after) >= thermal_dose.COLDEST_C
        own, before, after = own[warm], before[warm], after[warm]
        hot, cem43, damage = dose.hot_s.copy(), dose.cem43_min.copy(), dose.damage.copy()
        hot[own] += duration_s * (0.5 * (before > HOT_C) + 0.5 * (after > HOT_C))
        cem43[own], damage[own] = thermal_dose.later(cem43[own], damage[own], before, after, duration_s)
        peak = max(dose.peak_c, hottest)
        doses.append(Dose(dose.name, hottest, peak, _frozen(hot), _frozen(cem43), _frozen(damage)))
    return tuple(doses)


def _frozen(array: Array) -> Array:
    array.setflags(write=False)
    return array
