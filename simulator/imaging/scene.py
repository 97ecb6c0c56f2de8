"""Scene: what is in the beam beside the patient as found."""

from __future__ import annotations

from dataclasses import dataclass

from anatomy.tissue import Material
from anatomy.volume import Volume
from simulator.imaging.solids.solids import Assembly, Solid


@dataclass(frozen=True, eq=False)
class Filler:
    """A material that fills a share (0 to 1) of each voxel in place of marrow: cement, contrast."""

    material: Material
    share: Volume


@dataclass(frozen=True, eq=False)
class Scene:
    """What a state adds to the patient, and how far the fracture's collapse (1 as found) is still there.

    Arrays are compared by identity: hand over the same array as before where nothing changed, and the
    picture reuses its projection. mineral_removed is g/cm3 pushed out of a balloon's cavity; support is the
    table, which lies still with the patient.
    """

    amplitude: float = 1.0
    solids: tuple[Solid | Assembly, ...] = ()
    fillers: tuple[Filler, ...] = ()
    mineral_removed: Volume | None = None
    support: tuple[Solid, ...] = ()
