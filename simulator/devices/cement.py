"""Bone cement in hands: from the bowl into an injector, through a cannula, into bone.

Cure and viscosity, the pressure in the cannula and the filling of bone are kernels of ``simulator.physics``;
this file connects them: flow is what the hand wants within what the injector can push, the cannula's bore fills
before bone does (as cement meets it: ``bone_medium``), and cement ages by where it is (``cement_stream``).

Accounts, at every tick: mixed = in the bowl + in the injector + injected + wasted, and injected = in the bores of
the cannulae + in the filling (bone and leaks) + came back along or inside a cannula.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.changing import changed
from anatomy.spec import Side
from simulator.devices import cement_stream
from simulator.devices.bone_medium import Injector
from simulator.devices.cement_products import CEMENTS, Product
from simulator.devices.cement_stream import BODY_C, Stream
from simulator.devices.ground import GroundNow
from simulator.devices.injectors import INJECTORS, MOST_ML_S
from simulator.devices.needle import Needle
from simulator.physics import cure
from simulator.physics.cannula import Bore, PowerLaw, flow_ml_s, pressure_drop_pa
from simulator.physics.filling import Filling, inject
from simulator.physics.opening import Opening
from simulator.physics.porous_medium import PorousMedium

PRODUCTS: dict[Product, cure.Cement] = {name: product.flow for name, product in CEMENTS.items()}
PRESSURE_LIMIT_KPA: dict[Injector, float] = {name: model.limit_kpa for name, model in INJECTORS.items()}

STYLET_N, STYLET_ML_S = 60.0, 0.05
"""A stylet that pushes the bore's cement out: a palm's force, and how fast (unconfirmed)."""

TRACK_GAP_MM = 0.05
"""Gap between a cannula and the bone that it was driven into: a fit that hardly lets cement past (unconfirmed)."""

FILLER_SHORT_MM = 4.0
"""A filler's mouth stays this far from the end of the channel (unconfirmed)."""

_LEAST_ML = 1e-9


@dataclass(frozen=True, eq=False)
class Batch:
    """The cement of a case. Volumes in ml; the tick of mixing is None before it.

    cure         of what is in bowl and injector
    wanted_ml_s  by the hand; wanted_kpa instead where a force is held
    by_stylet    the bore is being emptied by the stylet
    injected_ml  all that left the injector
    backflow_ml  found no room in the bone, came back along the cannula or out with it
    ready_tick   when hands are done with mixing or loading, None while they are free
    """

    filling: Filling
    mixed_tick: int | None = None
    cure: float = cure.START_OF_CURE
    side: Side | None = None  # being injected now
    wanted_ml_s: float = 0.0
    flow_ml_s: float = 0.0
    pressure_kpa: float = 0.0
    resistance_pa_s_m3: float = 0.0
    injected_ml: float = 0.0
    bore_ml: tuple[float, float] = (0.0, 0.0)  # in the left and right cannula
    backflow_ml: float = 0.0
    wanted_kpa: float | None = None
    by_stylet: bool = False
    mixed_ml: float = 0.0
    bowl_ml: float = 0.0
    loaded_ml: float = 0.0
    wasted_ml: float = 0.0
    ready_tick: int | None = None
    batches: int = 0
    loads: int = 0
    streams: tuple[Stream, Stream] = (Stream(), Stream())

    @property
    def is_mixed(self) -> bool:
        return self.mixed_tick is not None


def mixed(batch: Batch, volume_ml: float, tick: int, ready_tick: int) -> Batch:
    """A fresh batch in the bowl; what is left of the last one is thrown away."""
    return changed(
        batch,
        mixed_tick=tick,
        cure=cure.START_OF_CURE,
        mixed_ml=batch.mixed_ml + volume_ml,
        bowl_ml=volume_ml,
        loaded_ml=0.0,
        wasted_ml=batch.wasted_ml + batch.bowl_ml + batch.loaded_ml,
        ready_tick=ready_tick,
        batches=batch.batches + 1,
    )


def loaded(batch: Batch, injector: Injector) -> Batch:
    """The batch after the injector was filled from the bowl. A filler that is not empty is laid aside."""
    aside = batch.loaded_ml if injector == "fillers" else 0.0
    kept = batch.loaded_ml - aside
    drawn = min(INJECTORS[injector].volume_ml - kept, batch.bowl_ml)
    return changed(
        batch,
        bowl_ml=batch.bowl_ml - drawn,
        loaded_ml=kept + drawn,
        wasted_ml=batch.wasted_ml + aside,
        ready_tick=None,
        loads=batch.loads + 1,
    )


def at_rest(batch: Batch) -> Batch:
    """The batch when nothing is injected any more."""
    return changed(batch, side=None, flow_ml_s=0.0, wanted_kpa=None, by_stylet=False)


def wasted(batch: Batch, volume_ml: float) -> Batch:
    """The batch less a drop, from the bowl or, where that is empty, from the injector."""
    from_bowl = min(volume_ml, batch.bowl_ml)
    from_injector = min(volume_ml - from_bowl, batch.loaded_ml)
    return changed(
        batch,
        bowl_ml=batch.bowl_ml - from_bowl,
        loaded_ml=batch.loaded_ml - from_injector,
        wasted_ml=batch.wasted_ml + from_bowl + from_injector,
    )


def aged(
    batch: Batch, product: cure.Cement, temperature_c: float, duration_s: float, *, bone_c: float = BODY_C
) -> Batch:
    """The batch a moment older: bowl and injector at room temperature, the rest by where it is.

    bone_c is that of the bone around (``cement_stream``). The cement of a side where nothing went is untouched.
    """
    if not batch.is_mixed:
        return batch
    here = cure.advance_one_cure(product.kinetics, batch.cure, temperature_c, duration_s)
    left, right = (
        cement_stream.aged(s, product.kinetics, temperature_c, bone_c, duration_s) for s in batch.streams
    )
    return changed(batch, cure=here, streams=(left, right))


def without_cannula(batch: Batch, side: Side) -> Batch:
    """The batch after a side's cannula was taken out: what its bore held has come back with it."""
    held_ml = batch.bore_ml[_index(side)]
    if held_ml == 0.0 and batch.streams[_index(side)] == Stream():
        return batch
    (left, right), (one, other) = batch.bore_ml, batch.streams
    return changed(
        batch,
        bore_ml=(0.0, right) if side == "left" else (left, 0.0),
        streams=(Stream(), other) if side == "left" else (one, Stream()),
        backflow_ml=batch.backflow_ml + held_ml,
    )


def viscosity_pa_s(batch: Batch, product: cure.Cement) -> float:
    """Apparent viscosity of what is in bowl and injector, at the shear of slow flow in bone."""
    return _viscosity(product, batch.cure)


def bone_viscosity_pa_s(batch: Batch, product: cure.Cement, side: Side) -> float:
    """The same of the cement about a side's mouth, which decides how hard bone is to fill."""
    alpha = batch.streams[_index(side)].bone_cure
    return _viscosity(product, batch.cure if alpha is None else alpha)


def is_set(batch: Batch, product: cure.Cement) -> bool:
    """True once nothing flows out of bowl or injector any more."""
    return _is_set(product, batch.cure)


def set_where(batch: Batch, product: cure.Cement, side: Side, injector: Injector) -> str | None:
    """Where on the way through a side's cannula cement has set ("injector", "cannula", "bone"), None if it
    flows."""
    stream, index = batch.streams[_index(side)], _index(side)
    if not batch.by_stylet and is_set(batch, product):
        return "injector"
    in_bore = injector != "fillers" and batch.bore_ml[index] > 0.0
    if in_bore and stream.bore_cure is not None and _is_set(product, stream.bore_cure):
        return "cannula"
    if stream.front_cure is not None and _is_set(product, stream.front_cure):
        return "bone"
    return None


@dataclass(frozen=True)
class Delivery:
    """What an injection tick came to: blocked says why nothing flows any more, or None.

    "pressure", "full", "set", "empty" (the injector), "stylet" (the bore is empty and the stylet in place).
    """

    blocked: str | None


def injected(
    batch: Batch,
    product: cure.Cement,
    needle: Needle,
    bone: PorousMedium,
    now: GroundNow,
    injector: Injector,
    duration_s: float,
) -> tuple[Batch, Delivery]:
    """The batch after injecting for a moment through a cannula.

    Flow is the wanted rate, or what a held force gives, within the injector's pressure over cannula, bone and
    the gap along the cannula; the bore fills first.
    """
    index = _index(needle.side)
    stopped = changed(batch, flow_ml_s=0.0)
    if set_where(batch, product, needle.side, injector) is not None:
        return stopped, Delivery("set")
    source_ml = batch.bore_ml[index] if batch.by_stylet else batch.loaded_ml
    if source_ml <= _LEAST_ML:
        return stopped, Delivery("stylet" if batch.by_stylet else "empty")

    own_bore = injector == "fillers" and not batch.by_stylet  # a filler brings its cement past the cannula's bore
    fluid = _fluid(product, batch, index, own_bore)
    bores = _bores(batch, needle, injector, own_bore)
    mouth_pa_s = bone_viscosity_pa_s(batch, product, needle.side)
    track = track_resistance_pa_s_m3(needle, mouth_pa_s)
    behind = _parallel(batch.resistance_pa_s_m3, track)
    limit_kpa, wanted_ml_s = _asked(batch, needle, injector)
    possible = flow_ml_s(bores, fluid, limit_kpa * 1e3, behind_pa_s_m3=behind)
    flow = min(wanted_ml_s, possible)
    if batch.wanted_kpa is None and (flow < 0.02 * wanted_ml_s or flow < 1e-4):
        return changed(stopped, pressure_kpa=limit_kpa), Delivery("pressure")
    amount = min(flow * duration_s, source_ml)
    room = 0.0 if own_bore or batch.by_stylet else max(needle.bore_ml - batch.bore_ml[index], 0.0)
    into_bore = min(amount, room)
    out = amount - into_bore
    along = out * batch.resistance_pa_s_m3 / (batch.resistance_pa_s_m3 + track)
    filling, resistance, taken = batch.filling, batch.resistance_pa_s_m3, 0.0
    if out - along > 0.0:
        filling, done = inject(
            bone, filling, opening(needle, now, injector), volume_ml=out - along, duration_s=duration_s,
            viscosity_pa_s=mouth_pa_s,
        )  # fmt: skip
        taken = done.injected_ml
        resistance = done.resistance_pa_s_m3 if np.isfinite(done.resistance_pa_s_m3) else resistance
    pressure = pressure_drop_pa(bores, fluid, flow) + behind * flow * 1e-6
    gone = taken + along
    change = -gone if batch.by_stylet else into_bore
    from_injector = 0.0 if batch.by_stylet else into_bore + gone
    bore = [b + (change if i == index else 0.0) for i, b in enumerate(batch.bore_ml)]
    bore[index] = bore[index] if bore[index] > _LEAST_ML else max(bore[index], 0.0)
    stream = cement_stream.passed(
        batch.streams[index], batch.cure, 0.0 if own_bore else batch.bore_ml[index],
        0.0 if batch.by_stylet else (gone if own_bore else into_bore + gone), gone,
    )  # fmt: skip
    after = changed(
        batch,
        filling=filling,
        flow_ml_s=(into_bore + gone) / duration_s,
        pressure_kpa=pressure / 1e3,
        resistance_pa_s_m3=resistance,
        injected_ml=batch.injected_ml + from_injector,
        loaded_ml=max(batch.loaded_ml - from_injector, 0.0),
        backflow_ml=batch.backflow_ml + along,
        bore_ml=(bore[0], bore[1]),
        streams=(stream, batch.streams[1]) if index == 0 else (batch.streams[0], stream),
    )
    return after, Delivery("full" if out > 0.0 and gone < 0.5 * out else None)


def track_resistance_pa_s_m3(needle: Needle, viscosity_pa_s: float) -> float:
    """Pressure over flow of cement that comes back along a cannula: a slit around it over its length in bone.

    12 mu L / (pi D gap^3) (plane Poiseuille flow). Levering widens the slit: by its angle times the length in
    bone, on the average a quarter of that at the two ends. Infinite where no bone holds the cannula.
    """
    if needle.bone_mm <= 0.0:
        return math.inf
    gap_mm = TRACK_GAP_MM + 0.25 * math.radians(needle.levered_deg) * needle.bone_mm
    geometry = 12.0 * needle.bone_mm / (math.pi * 2.0 * needle.outer_radius_mm * gap_mm**3) * 1e9
    return viscosity_pa_s * geometry


def _asked(batch: Batch, needle: Needle, injector: Injector) -> tuple[float, float]:
    """Pressure in kPa that is not exceeded, and flow that is wanted."""
    if batch.by_stylet:
        return STYLET_N / (math.pi * needle.inner_radius_mm**2) * 1e3, STYLET_ML_S
    limit = INJECTORS[injector].limit_kpa
    if batch.wanted_kpa is not None:
        return min(batch.wanted_kpa, limit), MOST_ML_S
    return limit, batch.wanted_ml_s


def _fluid(product: cure.Cement, batch: Batch, index: int, own_bore: bool) -> PowerLaw:
    in_bore = batch.streams[index].bore_cure
    alpha = batch.cure if own_bore or in_bore is None or batch.bore_ml[index] <= 0.0 else in_bore
    consistency, exponent = cure.power_law(product, alpha)
    return PowerLaw(float(consistency), float(exponent))


def _bores(batch: Batch, needle: Needle, injector: Injector, own_bore: bool) -> list[Bore]:
    """What cement passes on its way: the injector's line and the cannula, or a filler's own tube."""
    if own_bore:
        return [INJECTORS[injector].tube(batch.loaded_ml)]
    cannula = Bore(needle.length_mm * _filled(batch, needle), 2.0 * needle.inner_radius_mm)
    return [cannula] if batch.by_stylet else [*INJECTORS[injector].line, cannula]


def _filled(batch: Batch, needle: Needle) -> float:
    """Share of the way through the cannula that cement lies in: a bore that is still filling resists less."""
    return min(max(batch.bore_ml[_index(needle.side)] / needle.bore_ml, 0.05), 1.0)


def _parallel(one: float, other: float) -> float:
    if math.isinf(other) or one == 0.0:
        return one
    return one * other / (one + other)


@lru_cache(maxsize=32)
def _viscosity(product: cure.Cement, alpha: float) -> float:
    return float(cure.viscosity_pa_s(product, alpha, cure.REFERENCE_RATE_PER_S))


def _is_set(product: cure.Cement, alpha: float) -> bool:
    return _viscosity(product, alpha) >= 0.5 * cure.SET_VISCOSITY_PA_S


def _index(side: Side) -> int:
    return 0 if side == "left" else 1


def opening(needle: Needle, now: GroundNow, injector: Injector) -> Opening:
    """The voxel at the mouth that cement leaves, radius that of the bore.

    Syringe and screw deliver at the cannula's tip; a filler is passed through the cannula to just short of the
    end of the drilled channel, and brings its cement with it.
    """
    ahead = max(needle.drilled_mm - FILLER_SHORT_MM, 0.5) if injector == "fillers" else 0.5
    at = frames.apply(frames.inverse(now.grid.patient_from_voxel), needle.tip_mm + ahead * needle.axis)
    voxel = np.clip(np.rint(at).astype(int), 0, np.array(now.grid.shape) - 1)
    if now.mouth is not None and now.mouth[tuple(voxel)] > 0:  # a cannula crushes the little vein at its mouth
        voxel = np.clip(voxel - np.sign(np.rint(2.0 * needle.axis)).astype(int), 0, np.array(now.grid.shape) - 1)
    return Opening(voxel[None, :], needle.inner_radius_mm)


def channel_voxels(now: GroundNow, needle: Needle) -> NDArray[np.bool_]:
    """Voxels opened by the drill beyond the cannula: those whose centres its channel holds."""
    channel = np.zeros(now.grid.shape, dtype=bool)
    if needle.drilled_mm <= 0.0:
        return channel
    voxel = float(now.grid.voxel_mm[0])
    steps = np.arange(0.0, needle.drilled_mm, 0.25 * voxel)
    points = needle.tip_mm + steps[:, None] * needle.axis
    index = np.rint(frames.apply(frames.inverse(now.grid.patient_from_voxel), points)).astype(int)
    inside = np.all((index >= 0) & (index < now.grid.shape), axis=1)
    channel[tuple(index[inside].T)] = True
    return channel
