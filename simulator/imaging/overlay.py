"""What instruments, contrast and cement add to a view: only the pixels they touch.

Solids are exact paths (``shadows``), fillers are projections of their own small volumes. Each is kept as long as
it stays where it is, so that a moving needle costs a moving needle and nothing else.

Solids displace nothing: the tissue that an 11 G needle pushes aside would let a twentieth more through, but of the
tenth that its steel leaves, and hubs and hands are outside the body. Fillers displace marrow wherever they went.
Where that is a vein, the canal or a disc, all water instead of half fat, a centimetre of leak takes 0.07 g/cm2 too
little away: 2 % of the signal, where its barium takes more than half.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Material, Tissue
from anatomy.volume import Volume
from simulator.imaging.projection.projector import line_integrals
from simulator.imaging.recent import Recent
from simulator.imaging.scene import Scene
from simulator.imaging.solids.shadows import Shadow, shadow
from simulator.imaging.solids.solids import Assembly, Solid
from simulator.imaging.view import View

Pixels = NDArray[np.intp]
Image = NDArray[np.float32]
Lines = tuple[Pixels, Image]
"""Pixels (n,) that a small volume touches and its line integrals there (n,), value times mm."""

MARROW_G_CM3 = SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE]
"""Soft and adipose of the marrow that a filler displaces."""
_KEPT_SHADOWS = 96
_KEPT_PROJECTIONS = 16
_KEPT_WHOLE = 4
_NEXT_TO_NOTHING = 1e-3


@dataclass(frozen=True, eq=False)
class Overlay:
    """What a scene adds in one view: touched pixels (n,), flat; materials and their paths (materials, n), g/cm2;
    taken (3, n), g/cm2, from the patient's own soft, adipose and mineral."""

    pixels: Pixels
    materials: tuple[Material, ...]
    paths_g_cm2: Image
    taken_g_cm2: Image


class Overlays:
    """Makes overlays of one patient's scenes and keeps the parts that did not change."""

    def __init__(self) -> None:
        self._shadows: Recent[tuple[Shadow, ...]] = Recent(_KEPT_SHADOWS)
        self._projections: Recent[tuple[Volume, Lines]] = Recent(_KEPT_PROJECTIONS)
        self._whole: Recent[tuple[Parts, Overlay]] = Recent(_KEPT_WHOLE)
        self._scenes: Recent[tuple[Scene, Overlay]] = Recent(_KEPT_WHOLE)

    def of(self, view: View, scene: Scene) -> Overlay:
        """The overlay of a scene in a view."""
        # The scene is kept with what is made of it, so that its id stays its own.
        return self._scenes.get((view.key, id(scene)), lambda: (scene, self._of_its_parts(view, scene)))[1]

    def _of_its_parts(self, view: View, scene: Scene) -> Overlay:
        """The same where the scene is a new one: some of its parts may be known."""
        parts = Parts(
            tuple(chain.from_iterable(self._shadows_of(view, thing) for thing in scene.solids)),
            tuple((filler.material, self._lines(view, filler.share)) for filler in scene.fillers),
            None if scene.mineral_removed is None else self._lines(view, scene.mineral_removed),
        )
        # The parts are kept with what is made of them, so that their ids stay theirs.
        return self._whole.get((view.key, parts.identity), lambda: (parts, _joined(view, parts)))[1]

    def _shadows_of(self, view: View, thing: Solid | Assembly) -> tuple[Shadow, ...]:
        make = partial(_shadows, thing.solids if isinstance(thing, Assembly) else (thing,), view)
        return self._shadows.get((view.key, thing), make)

    def _lines(self, view: View, volume: Volume) -> Lines:
        """The volume's line integrals where there are any."""

        def project() -> tuple[Volume, Lines]:
            image = line_integrals(volume, view).ravel()
            pixels = np.flatnonzero(np.abs(image) > _NEXT_TO_NOTHING)
            return volume, (pixels, image[pixels])

        return self._projections.get((view.key, id(volume)), project)[1]


@dataclass(frozen=True, eq=False)
class Parts:
    """What an overlay is made of: shadows of solids, fillers' materials and lines, lines of mineral removed."""

    shadows: tuple[Shadow, ...]
    fills: tuple[tuple[Material, Lines], ...]
    removed: Lines | None

    @property
    def identity(self) -> tuple[int, ...]:
        """Equal only for the very same parts."""
        return (*map(id, self.shadows), *(id(lines) for _, lines in self.fills), id(self.removed))


def _shadows(solids: tuple[Solid, ...], view: View) -> tuple[Shadow, ...]:
    """The shadow of one solid, or those of several summed by material."""
    if len(solids) == 1:
        return (shadow(solids[0], view),)
    sums: dict[Material, Image] = {}
    for solid in solids:
        found = shadow(solid, view)
        if solid.material not in sums:
            sums[solid.material] = np.zeros(view.shape[0] * view.shape[1], dtype=np.float32)
        sums[solid.material][found.pixels] += found.path_mm
    met = {material: np.flatnonzero(path) for material, path in sums.items()}
    return tuple(Shadow(material, pixels, sums[material][pixels]) for material, pixels in met.items())


def _joined(view: View, parts: Parts) -> Overlay:
    lines = [lines for _, lines in parts.fills] + ([parts.removed] if parts.removed is not None else [])
    met = np.zeros(view.shape[0] * view.shape[1], dtype=bool)
    for pixels in (*(one.pixels for one in parts.shadows), *(pixels for pixels, _ in lines)):
        met[pixels] = True
    touched = np.flatnonzero(met)
    place = np.empty(len(met), dtype=np.int32)
    place[touched] = np.arange(len(touched), dtype=np.int32)
    materials = tuple(dict.fromkeys([*(s.material for s in parts.shadows), *(m for m, _ in parts.fills)]))
    paths = np.zeros((len(materials), len(touched)), dtype=np.float32)
    taken = np.zeros((3, len(touched)), dtype=np.float32)
    for one in parts.shadows:
        paths[materials.index(one.material)][place[one.pixels]] += _cm(one.material.density_g_cm3) * one.path_mm
    for material, (pixels, share_mm) in parts.fills:
        paths[materials.index(material)][place[pixels]] += _cm(material.density_g_cm3) * share_mm
        for tissue, density in enumerate(MARROW_G_CM3):
            taken[tissue][place[pixels]] += _cm(density) * share_mm
    if parts.removed is not None:
        pixels, mineral_mm = parts.removed
        taken[2][place[pixels]] += _cm(1.0) * mineral_mm
    return Overlay(touched, materials, np.maximum(paths, 0.0), taken)


def _cm(density_g_cm3: float) -> np.float32:
    """What turns mm of a density into g/cm2."""
    return np.float32(0.1 * density_g_cm3)
