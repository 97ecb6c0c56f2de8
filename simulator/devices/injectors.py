"""What pushes cement: its volume, its plunger, the hand behind it, how long it takes to be filled.

Force is pressure times the plunger's area, friction left out. All numbers are *unconfirmed* presets: a syringe of
2 to 3 ml gives about 2 MPa by hand, screw injectors 5 to 10 MPa (physics A4, from memory); the most that was seen
in patients is 3.2 MPa (Krebs et al., Spine 2005), taken as the end for fillers. Before the cannula cement passes
the injector's own line: a syringe's nozzle (1.8 mm, as that of the usual syringes of Krebs et al.), a screw's
tube. A filler has no cannula to pass, but its own tube, as much of it as is still full.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.devices.bone_medium import Injector
from simulator.physics.cannula import Bore

MOST_ML_S = 10.0 / 60.0
"""No hand delivers faster, whatever resists (unconfirmed)."""


@dataclass(frozen=True)
class InjectorModel:
    """One kind of injector.

    volume_ml    one filling
    plunger_mm   diameter of what pushes: plunger, piston or rod
    hand_n       axial force that a hand brings about, through the thread where there is one
    load_s       to fill it, or to take out an empty filler and pass the next one
    turned       a screw: flow comes by turns and not by force
    thread_mm    way of the piston per turn, for a screw
    line         bores between the injector and the cannula's hub
    """

    name: Injector
    volume_ml: float
    plunger_mm: float
    hand_n: float
    load_s: float
    turned: bool = False
    thread_mm: float = 0.0
    line: tuple[Bore, ...] = ()

    @property
    def area_mm2(self) -> float:
        """Area that turns force into pressure."""
        return 0.25 * math.pi * self.plunger_mm**2

    @property
    def limit_kpa(self) -> float:
        """Most pressure by hand."""
        return self.pressure_kpa(self.hand_n)

    @property
    def ml_per_turn(self) -> float:
        """Cement by one turn of a screw; 0 for others."""
        return self.area_mm2 * self.thread_mm / 1000.0

    def force_n(self, pressure_kpa: float) -> float:
        """Force on the plunger at a pressure.

        >>> round(INJECTORS["fillers"].force_n(2000.0), 1)
        12.0
        """
        return pressure_kpa * 1e-3 * self.area_mm2

    def tube(self, loaded_ml: float) -> Bore:
        """What a filler's rod still has before it: its tube as far as it is full.

        >>> round(INJECTORS["fillers"].tube(1.5).length_mm)
        251
        """
        return Bore(1000.0 * min(loaded_ml, self.volume_ml) / self.area_mm2, self.plunger_mm)

    def pressure_kpa(self, force_n: float) -> float:
        """Pressure by a force on the plunger."""
        return force_n / self.area_mm2 * 1e3


INJECTORS: dict[Injector, InjectorModel] = {
    "syringe": InjectorModel("syringe", 3.0, 8.66, 117.8, 15.0, line=(Bore(12.0, 1.8),)),
    "screw": InjectorModel("screw", 10.0, 14.5, 990.8, 25.0, turned=True, thread_mm=1.5, line=(Bore(100.0, 4.0),)),
    "fillers": InjectorModel("fillers", 1.5, 2.76, 19.15, 8.0),
}
"""A 3 ml luer syringe (8.66 mm); a screw injector of 10 ml (0.25 ml a turn); bone fillers of 1.5 ml, 25 cm long,
pushed by a rod between finger and thumb. Unconfirmed."""


def table() -> str:
    """The injectors as a Markdown table."""
    head = ("", *INJECTORS)
    rows: list[tuple[str, ...]] = [
        ("one filling, ml", *(f"{m.volume_ml:g}" for m in INJECTORS.values())),
        ("plunger, piston or rod, mm", *(f"{m.plunger_mm:g}" for m in INJECTORS.values())),
        ("axial force by hand, N", *(f"{m.hand_n:.0f}" for m in INJECTORS.values())),
        ("pressure that it gives, MPa", *(f"{m.limit_kpa / 1e3:.1f}" for m in INJECTORS.values())),
        ("one turn, ml", *(f"{m.ml_per_turn:.2f}" if m.turned else "" for m in INJECTORS.values())),
        ("to fill it or take the next, s", *(f"{m.load_s:g}" for m in INJECTORS.values())),
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ("---",) * len(head), *rows])
