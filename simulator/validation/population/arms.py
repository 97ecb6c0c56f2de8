"""The treatments that every patient of the population gets, each on a fresh copy of the body.

Volumes and times are those of physics A2 and A7: cement is injected when it is in its working window, some
16 to 30 % of the body's volume in vertebroplasty (2 to 4 ml thoracic, 3 to 6 ml lumbar, *unconfirmed*), 4.1 to
4.9 ml in kyphoplasty. Low-viscosity cement is used as in the years that the reviews of leaks cover: a minute into
its working window, which is short. Medium cement is given when pressures were measured in patients, 5 to 10
minutes after mixing (A4), high-viscosity cement at once, which is what it is for. Kyphoplasty gets what the series
up to 2005, which its published rate comes from, waited for: ordinary cement, turned doughy (*unconfirmed*).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.devices.balloon import Model
from simulator.devices.bone_medium import Injector
from simulator.devices.cement_products import Product

Gauge = Literal[10, 11, 13]


@dataclass(frozen=True)
class Arm:
    """One way of treating.

    begin_min       minutes after mixing at which the injection begins
    rate_ml_min     how fast a hand turns or presses
    fill_share      of the body's volume that is aimed at: mean and SD between operators and days
    least_ml, most_ml   of cement that is aimed at, in a thoracic and a lumbar body
    beyond_cavity_ml    with a balloon: what is aimed at beyond the cavities, in place of fill_share
    """

    name: str
    cement: Product
    injector: Injector
    gauge: Gauge = 11
    balloon: bool = False
    begin_min: float = 5.0
    rate_ml_min: float = 1.8
    fill_share: tuple[float, float] = (0.19, 0.04)
    thoracic_ml: tuple[float, float] = (2.0, 4.0)
    lumbar_ml: tuple[float, float] = (3.0, 6.0)
    beyond_cavity_ml: float = 0.0


_ALL = (
    Arm("vertebroplasty, low viscosity", "low viscosity", "syringe", begin_min=5.0),
    Arm("vertebroplasty, medium viscosity", "medium viscosity", "syringe", begin_min=6.0),
    Arm("vertebroplasty, high viscosity", "high viscosity", "screw", begin_min=3.0),
    Arm("kyphoplasty", "medium viscosity", "fillers", gauge=10, balloon=True, begin_min=5.0, beyond_cavity_ml=1.6),
)
ARMS: dict[str, Arm] = {arm.name: arm for arm in _ALL}


def balloon_for(lumbar: bool) -> Model:
    """The balloon that is taken: 15 mm in a lumbar body, 10 mm in a thoracic one."""
    return "15/3" if lumbar else "10/3"
