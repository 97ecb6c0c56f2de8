"""Where cement lies, and what of it has leaked: by destination, and by the types of Yeom.

Leaks are typed by the way they took out of the body (J. S. Yeom et al., J Bone Joint Surg Br 2003;85:83): B
through the basivertebral vein, S through a segmental vein, C through a defect of the cortex; D, through an
endplate into the disc, is counted beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anatomy.keeping import kept_with_first
from anatomy.regions import Region
from simulator.devices.ground import LUNGS, GroundNow, leak_destination
from simulator.devices.venous import VenousCement
from simulator.engine.state import State
from simulator.physics.filling import Filling

YeomType = Literal["B", "S", "C", "D"]
YEOM: dict[YeomType, tuple[str, ...]] = {
    "B": ("epidural vein",),
    "S": ("segmental vein", "external vertebral vein", "foraminal vein", "ascending lumbar vein", "azygos vein",
          "vena cava", LUNGS),
    "C": ("canal", "foramen left", "foramen right", "prevertebral", "paravertebral left", "paravertebral right",
          "needle track", "neighbouring vertebra"),
    "D": ("disc above", "disc below"),
}  # fmt: skip
"""Destinations by type. Foraminal and ascending lumbar veins are reached from both; what is in the lungs as well:
we count them as S."""
TYPE_LEAST_ML = 0.01
"""Less than this in all destinations of a type is no leak of that type (a few CT voxels; preset)."""


def cement_by_region_ml(now: GroundNow, state: State) -> dict[Region, float]:
    """Cement by the region it lies in now; that in the lungs has none."""
    return _by_region(state.batch.filling, now, state.venous)


@kept_with_first(2)
def _by_region(filling: Filling, now: GroundNow, venous: VenousCement) -> dict[Region, float]:
    cement = filling.cement_ml.ravel()
    held = np.flatnonzero(cement > 0.0)  # few of the voxels: their sums are those of all
    labels = now.label[filling.window].ravel()
    sums = np.bincount(labels[held], cement[held], minlength=max(Region) + 1).astype(float)  # integers of nothing
    if now.veins is not None:
        for region, ml in now.veins.by_region_ml(venous).items():
            sums[region] += ml
    return {Region(int(number)): float(sums[number]) for number in np.flatnonzero(sums > 0.0)}


def leaked_ml(now: GroundNow, state: State) -> dict[str, float]:
    """Cement outside bone by destination."""
    out = {}
    for region, ml in cement_by_region_ml(now, state).items():
        destination = leak_destination(region)
        if destination is not None:
            out[destination] = ml
    if (lungs_ml := embolised_ml(state)) > 0.0:
        out[LUNGS] = lungs_ml
    return out


def embolised_ml(state: State) -> float:
    """Cement that flowing blood has carried to the lungs."""
    return state.emboli.total_ml


def venous_ml(state: State) -> float:
    """Cement in veins outside bone, without that in the lungs."""
    return state.venous.total_ml


def in_patient_ml(state: State) -> float:
    """All cement in the patient: bone, leaks, veins, lungs."""
    return state.batch.filling.total_ml + venous_ml(state) + embolised_ml(state)


def yeom_ml(leaks: Mapping[str, float]) -> dict[YeomType, float]:
    """Leaked cement by type, from destinations; types below TYPE_LEAST_ML are left out.

    >>> yeom_ml({"disc above": 0.2, "canal": 0.004})
    {'D': 0.2}
    """
    sums = {kind: sum(leaks.get(place, 0.0) for place in places) for kind, places in YEOM.items()}
    return {kind: ml for kind, ml in sums.items() if ml >= TYPE_LEAST_ML}


def to_be_seen(now: GroundNow, state: State) -> tuple[Filling, NDArray[np.uint8]]:
    """All cement on the region grid, that in veins included, as a filling to draw (not to flow), and the region
    (a, b, c) of each voxel of its box: a vein's where a vein holds it."""
    filling = state.batch.filling
    seen = _with_veins(filling, now, state.venous) if state.venous.plugs else None
    return (filling, now.label[filling.window]) if seen is None else seen


@kept_with_first(2)
def _with_veins(
    filling: Filling, now: GroundNow, venous: VenousCement
) -> tuple[Filling, NDArray[np.uint8]] | None:
    """Both with what lies in veins; None where none of that lies on the grid."""
    if now.veins is None:
        return None
    index, ml, region = now.veins.voxels(venous)
    if len(index) == 0:
        return None
    voxels = np.column_stack(np.unravel_index(index, filling.shape))
    low, high = voxels.min(axis=0), voxels.max(axis=0) + 1
    if filling.cement_ml.size:
        low = np.minimum(low, filling.start)
        high = np.maximum(high, np.add(filling.start, filling.cement_ml.shape))
    start = (int(low[0]), int(low[1]), int(low[2]))
    cement = np.zeros(high - low)
    inner = tuple(slice(s.start - a, s.stop - a) for s, a in zip(filling.window, low, strict=True))
    if filling.cement_ml.size:
        cement[inner] = filling.cement_ml
    at = tuple((voxels - low).T)
    np.add.at(cement, at, ml)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    label = now.label[box].copy()
    label[at] = region
    for array in (cement, label):
        array.setflags(write=False)
    return replace(filling, start=start, cement_ml=cement, head_per_m3=np.zeros_like(cement), flow=None), label
