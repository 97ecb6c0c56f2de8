"""Bone cement in hands: the clock that starts with mixing, what flows through a cannula, and where it goes.

Cure and viscosity, the pressure in the cannula and the filling of bone are kernels of ``simulator.physics``;
this file connects them: the batch ages at room temperature, flow is what the hand wants within what the
injector can push, and the cannula's bore fills before bone does (as cement meets it: ``bone_medium``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.spec import Side
from simulator.devices.bone_medium import Injector
from simulator.devices.ground import GroundNow
from simulator.devices.needle import Needle
from simulator.physics import cure
from simulator.physics.cannula import Bore, PowerLaw, flow_ml_s, pressure_drop_pa
from simulator.physics.filling import Filling, inject
from simulator.physics.opening import Opening
from simulator.physics.porous_medium import PorousMedium

Product = Literal["low viscosity", "medium viscosity", "high viscosity"]
PRODUCTS: dict[Product, cure.Cement] = {
    "low viscosity": cure.LOW_VISCOSITY,
    "medium viscosity": cure.MEDIUM_VISCOSITY,
    "high viscosity": cure.HIGH_VISCOSITY,
}

# What each injector can push, kPa: a 2 to 3 ml syringe about 2 MPa, screw injectors 5 to 10 MPa; fillers are
# pushed by a rod through their own wide bore (physics A4, unconfirmed; maximum seen by Krebs 2005: 3.2 MPa).
PRESSURE_LIMIT_KPA: dict[Injector, float] = {"syringe": 2000.0, "screw": 6000.0, "fillers": 3200.0}

FILLER_SHORT_MM = 4.0
"""A filler's mouth stays this far from the end of the channel (unconfirmed)."""


@dataclass(frozen=True, eq=False)
class Batch:
    """The cement of a case. Volumes in ml; the tick of mixing is None before it.

    injected_ml is all that left the injector: it lies in the bores of cannulae, in ``filling`` (bone and
    leaks), or came back along or inside a cannula.
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
    backflow_ml: float = 0.0  # found no room in the bone, or was in the bore of a cannula that was taken out

    @property
    def is_mixed(self) -> bool:
        return self.mixed_tick is not None


def aged(batch: Batch, product: cure.Cement, temperature_c: float, duration_s: float) -> Batch:
    """The batch a moment older at room temperature."""
    if not batch.is_mixed:
        return batch
    return replace(batch, cure=float(cure.advance_cure(product.kinetics, batch.cure, temperature_c, duration_s)))


def without_cannula(batch: Batch, side: Side) -> Batch:
    """The batch after a side's cannula was taken out: what its bore held has come back with it."""
    left, right = batch.bore_ml
    held_ml, bore_ml = (left, (0.0, right)) if side == "left" else (right, (left, 0.0))
    return replace(batch, bore_ml=bore_ml, backflow_ml=batch.backflow_ml + held_ml) if held_ml > 0.0 else batch


def viscosity_pa_s(batch: Batch, product: cure.Cement) -> float:
    """Apparent viscosity at the shear of slow flow in bone."""
    return float(cure.viscosity_pa_s(product, batch.cure, cure.REFERENCE_RATE_PER_S))


def is_set(batch: Batch, product: cure.Cement) -> bool:
    """True once nothing flows any more."""
    return viscosity_pa_s(batch, product) >= 0.5 * cure.SET_VISCOSITY_PA_S


@dataclass(frozen=True)
class Delivery:
    """What an injection tick came to: blocked says why nothing flowed ("pressure", "full", "set") or None."""

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

    Flow is the wanted rate within the injector's pressure over cannula and bone; the bore fills first.
    """
    if is_set(batch, product):
        return replace(batch, flow_ml_s=0.0), Delivery("set")
    consistency, exponent = cure.power_law(product, batch.cure)
    fluid = PowerLaw(float(consistency), float(exponent))
    bores = [Bore(needle.length_mm, 2.0 * needle.inner_radius_mm)]
    limit_pa = PRESSURE_LIMIT_KPA[injector] * 1e3
    possible = flow_ml_s(bores, fluid, limit_pa, behind_pa_s_m3=batch.resistance_pa_s_m3)
    flow = min(batch.wanted_ml_s, possible)
    if flow < 0.02 * batch.wanted_ml_s or flow < 1e-4:
        return replace(batch, flow_ml_s=0.0, pressure_kpa=limit_pa / 1e3), Delivery("pressure")
    wanted = flow * duration_s
    index = 0 if needle.side == "left" else 1
    room = needle.bore_ml - batch.bore_ml[index] if injector != "fillers" else 0.0
    into_bore = min(wanted, max(room, 0.0))
    out = wanted - into_bore
    filling, resistance, taken = batch.filling, batch.resistance_pa_s_m3, 0.0
    if out > 0.0:
        filling, done = inject(
            bone, filling, opening(needle, now, injector), volume_ml=out, duration_s=duration_s,
            viscosity_pa_s=viscosity_pa_s(batch, product),
        )  # fmt: skip
        taken = done.injected_ml
        resistance = done.resistance_pa_s_m3 if np.isfinite(done.resistance_pa_s_m3) else resistance
    pressure = pressure_drop_pa(bores, fluid, flow) + resistance * flow * 1e-6
    bore = tuple(b + (into_bore if i == index else 0.0) for i, b in enumerate(batch.bore_ml))
    after = replace(
        batch,
        filling=filling,
        flow_ml_s=(into_bore + taken) / duration_s,
        pressure_kpa=pressure / 1e3,
        resistance_pa_s_m3=resistance,
        injected_ml=batch.injected_ml + into_bore + taken,
        bore_ml=(bore[0], bore[1]),
    )
    return after, Delivery("full" if out > 0.0 and taken < 0.5 * out else None)


def opening(needle: Needle, now: GroundNow, injector: Injector) -> Opening:
    """The voxel at the mouth that cement leaves, radius that of the bore.

    Syringe and screw deliver at the cannula's tip; a filler is passed through the cannula to just short of the
    end of the drilled channel, and brings its cement with it.
    """
    ahead = max(needle.drilled_mm - FILLER_SHORT_MM, 0.5) if injector == "fillers" else 0.5
    at = frames.apply(frames.inverse(now.grid.patient_from_voxel), needle.tip_mm + ahead * needle.axis)
    voxel = np.clip(np.rint(at).astype(int), 0, np.array(now.grid.shape) - 1)
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
