"""What has reached the mouths of veins goes into the veins, and from there to the lungs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatomy.changing import changed
from anatomy.keeping import kept_with_first
from anatomy.spec import SIDES, Side
from simulator.devices import cement
from simulator.devices.bone_medium import MOUTH_ML
from simulator.devices.cement import Batch
from simulator.devices.ground import GroundNow
from simulator.devices.venous import VenousCement
from simulator.engine import emboli
from simulator.engine.augmentation_events import CementEmbolised
from simulator.engine.emboli import Emboli
from simulator.physics import cure
from simulator.physics.cannula import PowerLaw
from simulator.physics.porous_medium import PorousMedium


def drained(
    now: GroundNow,
    bone: PorousMedium,
    batch: Batch,
    product: cure.Cement,
    side: Side,
    venous: VenousCement,
    lungs: Emboli,
    duration_s: float,
) -> tuple[Batch, VenousCement, Emboli, list[CementEmbolised]]:
    """Batch, veins and lungs after the cement in the mouths' voxels has moved on. What the veins cannot take
    stays in the mouths; mouths that bone keeps closed, because a balloon has crushed them, take none. side:
    through whose cannula the cement came."""
    if now.mouth is None or now.veins is None:
        return batch, venous, lungs, []
    filling = batch.filling
    index, mouth = _mouths_in(now, bone, filling.start, filling.cement_ml.shape)
    there = filling.cement_ml[index]
    into = np.bincount(mouth, there, minlength=len(now.veins.mouth_nodes) + 1)[1:]
    if not into.any():
        return batch, venous, lungs, []
    alpha = batch.streams[SIDES.index(side)].bone_cure
    consistency, exponent = cure.power_law(product, batch.cure if alpha is None else alpha)
    fluid = PowerLaw(float(consistency), float(exponent))
    viscosity = cement.bone_viscosity_pa_s(batch, product, side)
    venous, left_ml = now.veins.filled(venous, tuple(float(ml) for ml in into), fluid, viscosity, duration_s)
    kept = filling.cement_ml.copy()
    kept[index] = there * (left_ml / float(into.sum()))
    kept.setflags(write=False)
    venous, lungs, events = emboli.carried(now.veins, venous, lungs)
    return changed(batch, filling=changed(filling, cement_ml=kept)), venous, lungs, events


@kept_with_first(2)
def _mouths_in(
    now: GroundNow, bone: PorousMedium, start: tuple[int, int, int], shape: tuple[int, int, int]
) -> tuple[tuple[NDArray[np.intp], ...], NDArray[np.intp]]:
    """The open mouths' voxels in a filling's box: an index into it, and their numbers."""
    assert now.mouth is not None
    box = tuple(slice(s, s + n) for s, n in zip(start, shape, strict=True))
    index = np.nonzero((now.mouth[box] > 0) & (bone.pore_ml[box] >= MOUTH_ML))
    return index, now.mouth[box][index].astype(np.intp)
