"""Cements as products: what they are made of, how they look, and when they can be used.

Viscosity over time and the speed of cure are ``simulator.physics.cure``'s; here is the rest. Three kinds stand for
what is on the market, none of them is a measured product. Every field whose number has no confirmed source is
named in ``unconfirmed``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal

from anatomy.tissue import BARIUM_SULPHATE, ZIRCONIA, Material
from simulator.imaging.beam.attenuation import mass_attenuation_cm2_g, opacified_pmma
from simulator.physics import cure

Product = Literal["low viscosity", "medium viscosity", "high viscosity"]
Radiopacifier = Literal["barium sulphate", "zirconia"]
_FILLERS: dict[Radiopacifier, Material] = {"barium sulphate": BARIUM_SULPHATE, "zirconia": ZIRCONIA}

OPACITY_KEV = 60.0
"""Energy at which opacities are compared: about the mean behind a patient (physics D6)."""


@dataclass(frozen=True)
class CementProduct:
    """One cement.

    like                  products it stands for
    flow                  its cure and viscosity
    radiopacifier_percent mass share in the mixed cement
    colour                as it lies in the bowl, #rrggbb: what a room or a table draws it in
    batch_ml              what one mixing gives
    mixing_s              from pouring to smooth
    working_min           from, to: minutes after mixing at 22 C between which it is meant to be injected
    set_min               from, to: minutes at which makers and users say that it is set at 22 C
    unconfirmed           fields whose numbers are presets
    """

    name: Product
    like: str
    flow: cure.Cement
    radiopacifier: Radiopacifier
    radiopacifier_percent: float
    colour: str
    batch_ml: float
    mixing_s: float
    working_min: tuple[float, float]
    set_min: tuple[float, float]
    unconfirmed: tuple[str, ...]

    @property
    def material(self) -> Material:
        """Mixed cement as X-rays meet it."""
        return _material(self.radiopacifier, self.radiopacifier_percent)

    @property
    def density_g_cm3(self) -> float:
        """By the rule of mixtures, without pores."""
        return self.material.density_g_cm3

    @property
    def set_at_22_c_min(self) -> float:
        """When the model's cement is set at 22 C."""
        return cure.time_to_cure_s(self.flow.kinetics, cure.REFERENCE_TEMPERATURE_C) / 60.0


def material_of(product: CementProduct, barium_sulphate_percent: float | None) -> Material:
    """The product's material, or PMMA with so much barium sulphate where a scenario says so."""
    if barium_sulphate_percent is None:
        return product.material
    return _material("barium sulphate", barium_sulphate_percent)


@lru_cache(maxsize=32)
def _material(radiopacifier: Radiopacifier, percent: float) -> Material:
    return opacified_pmma(_FILLERS[radiopacifier], percent / 100.0)


@lru_cache(maxsize=32)
def opacity(material: Material) -> float:
    """How opaque a cement is beside that of 20.7 % barium sulphate: ratio of linear attenuation at OPACITY_KEV."""
    of_this, of_that = (
        float(mass_attenuation_cm2_g(m, [OPACITY_KEV])[0]) * m.density_g_cm3
        for m in (material, _material("barium sulphate", 20.7))
    )
    return of_this / of_that


CEMENTS: dict[Product, CementProduct] = {
    "low viscosity": CementProduct(
        "low viscosity",
        "Vertebroplastic",
        cure.LOW_VISCOSITY,
        "barium sulphate",
        20.7,
        "#f2efe6",
        batch_ml=16.0,
        mixing_s=45.0,
        working_min=(4.0, 9.0),
        set_min=(12.0, 15.0),
        unconfirmed=("radiopacifier_percent", "colour", "batch_ml", "mixing_s", "working_min", "set_min", "flow"),
    ),
    "medium viscosity": CementProduct(
        "medium viscosity",
        "Vertecem V+",
        cure.MEDIUM_VISCOSITY,
        "zirconia",
        30.0,
        "#ece8da",
        batch_ml=13.0,
        mixing_s=30.0,
        working_min=(2.0, 18.0),
        set_min=(20.0, 25.0),
        unconfirmed=("radiopacifier_percent", "colour", "batch_ml", "mixing_s", "working_min", "set_min", "flow"),
    ),
    "high viscosity": CementProduct(
        "high viscosity",
        "Kyphon HV-R, Confidence",
        cure.HIGH_VISCOSITY,
        "barium sulphate",
        20.7,
        "#f7f6f2",
        batch_ml=11.0,
        mixing_s=30.0,
        working_min=(1.0, 9.0),
        set_min=(13.0, 18.0),
        unconfirmed=("colour", "batch_ml", "mixing_s", "working_min", "set_min", "flow"),
    ),
}
"""Barium share of the last: 6.0 g in 29.0 g of HV-R as mixed (its instructions for use); the others
*unconfirmed*."""


def table() -> str:
    """The products as a Markdown table; what is a preset carries an asterisk."""
    head = ("", *CEMENTS)
    opaque = "radiopacifier_percent"
    rows: list[tuple[str, ...]] = [
        _row("stands for", "like", lambda p: p.like),
        _row("radiopacifier", opaque, lambda p: f"{p.radiopacifier_percent:g} % {p.radiopacifier}"),
        _row("density, g/cm3", opaque, lambda p: f"{p.density_g_cm3:.2f}"),
        _row("opacity, 20.7 % barium sulphate = 1", opaque, lambda p: f"{opacity(p.material):.2f}"),
        _row("colour", "colour", lambda p: p.colour),
        _row("one batch, ml", "batch_ml", lambda p: f"{p.batch_ml:g}"),
        _row("mixing, s", "mixing_s", lambda p: f"{p.mixing_s:g}"),
        *(_row(f"Pa.s after {m:g} min at 22 C", "flow", partial(_viscosity, m)) for m in (3.0, 5.0, 7.0, 10.0)),
        _row("to be injected, min", "working_min", lambda p: f"{p.working_min[0]:g} to {p.working_min[1]:g}"),
        _row("said to be set, min", "set_min", lambda p: f"{p.set_min[0]:g} to {p.set_min[1]:g}"),
        _row("set in the model, min", "flow", lambda p: f"{p.set_at_22_c_min:.1f}"),
    ]
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _row(what: str, field: str, text: Callable[[CementProduct], str]) -> tuple[str, ...]:
    return (what, *(text(p) + ("*" if field in p.unconfirmed else "") for p in CEMENTS.values()))


def _viscosity(minutes: float, product: CementProduct) -> str:
    kinetics = product.flow.kinetics
    alpha = cure.advance_cure(kinetics, cure.START_OF_CURE, cure.REFERENCE_TEMPERATURE_C, 60.0 * minutes)
    return f"{float(cure.viscosity_pa_s(product.flow, alpha, cure.REFERENCE_RATE_PER_S)):.0f}"
