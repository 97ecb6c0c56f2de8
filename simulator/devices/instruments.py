"""The table of instruments: true sizes of everything that is pushed into a back, and what goes through what.

Tube diameters are the gauge chart's (physics C1, tolerance 0.025 mm). The chart gives no lengths, nor what goes
through a cannula: those are usual sizes and *unconfirmed* (``source`` says which is which). Whatever slides in a
bore has PLAY_MM less than it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from simulator.imaging.solids.instruments import DIAMETERS_MM

CannulaGauge = Literal[8, 10, 11, 13]
FineGauge = Literal[22, 25]
NeedleTip = Literal["diamond", "bevel"]
Kind = Literal["cannula", "fine needle", "drill", "wire", "curette", "biopsy needle", "filler"]
Tip = Literal["diamond", "bevel", "short bevel", "trocar", "fluted", "scoop", "trephine", "plain"]
Tool = Literal[
    "drill 1.6", "drill 2.2", "drill 2.5", "drill 3.2",
    "wire 1.2", "wire 1.5",
    "curette 2.2", "curette 3.2",
    "biopsy needle 1.6", "biopsy needle 2.2", "biopsy needle 3.2",
    "filler 1.6", "filler 2.2", "filler 2.5", "filler 3.2",
]  # fmt: skip
"""What goes through a cannula, with its outer diameter in mm. Written into recordings: append, never rename."""

PLAY_MM = 0.1
"""Least difference between a bore's diameter and what slides in it; *unconfirmed*."""
CANNULA_LENGTHS_MM = (100.0, 125.0, 150.0)
"""From hub to tip; common ones (physics C1, unconfirmed)."""
FINE_LENGTH_MM = 90.0
"""Of fine needles: 3.5 inches, as spinal needles are sold; *unconfirmed*."""

_CHART = "gauge chart, as physics C1 (lengths unconfirmed)"
_USUAL = "usual size, unconfirmed"


@dataclass(frozen=True)
class Instrument:
    """One instrument. Diameters and lengths in mm; inner_mm None for what is solid; reach_mm: how far it can come
    out of a cannula of the longest kind that it is made for."""

    kind: Kind
    outer_mm: float
    inner_mm: float | None
    lengths_mm: tuple[float, ...]
    tips: tuple[Tip, ...]
    source: str
    reach_mm: float = 0.0

    @property
    def confirmed(self) -> bool:
        """Whether its diameters have a source that was read."""
        return "physics C1" in self.source


def _cannula(gauge: CannulaGauge) -> Instrument:
    outer, inner = DIAMETERS_MM[gauge]
    return Instrument("cannula", outer, inner, CANNULA_LENGTHS_MM, ("diamond", "bevel"), _CHART)


def _fine(gauge: FineGauge) -> Instrument:
    outer, inner = DIAMETERS_MM[gauge]
    return Instrument("fine needle", outer, inner, (FINE_LENGTH_MM,), ("short bevel",), _CHART)


CANNULAE: dict[CannulaGauge, Instrument] = {g: _cannula(g) for g in (8, 10, 11, 13)}
FINE_NEEDLES: dict[FineGauge, Instrument] = {g: _fine(g) for g in (22, 25)}

_THROUGH_MM, _WIRE_MM = 220.0, 280.0  # through a cannula of 150 mm and 60 mm beyond; with room for an exchange
REACH_MM = 60.0
"""Tools come so far out of a cannula's tip; *unconfirmed*."""
_CORE_MM = 25.0  # a trephine holds a core of so much
_TREPHINE_WALL_MM, _FILLER_WALL_MM = 0.25, 0.17


def _tool(name: Tool) -> Instrument:
    kind, _, size = name.rpartition(" ")
    outer = float(size)
    if kind == "drill":
        return Instrument("drill", outer, None, (_THROUGH_MM,), ("fluted",), _USUAL, REACH_MM)
    if kind == "wire":
        return Instrument("wire", outer, None, (_WIRE_MM,), ("trocar",), _USUAL, REACH_MM)
    if kind == "curette":
        return Instrument("curette", outer, None, (_THROUGH_MM,), ("scoop",), _USUAL, REACH_MM)
    if kind == "biopsy needle":
        return Instrument(
            "biopsy needle",
            outer,
            outer - 2.0 * _TREPHINE_WALL_MM,
            (_THROUGH_MM,),
            ("trephine",),
            _USUAL,
            _CORE_MM,
        )
    return Instrument("filler", outer, outer - 2.0 * _FILLER_WALL_MM, (_THROUGH_MM,), ("plain",), _USUAL, REACH_MM)


TOOLS: dict[Tool, Instrument] = {name: _tool(name) for name in get_args(Tool)}


def why_not_through(tool: Tool, gauge: CannulaGauge) -> str | None:
    """The sentence why a tool does not pass a cannula, naming what does; None where it passes."""
    bore = DIAMETERS_MM[gauge][1]
    wanted = TOOLS[tool]
    if wanted.outer_mm <= bore - PLAY_MM + 1e-9:
        return None
    fits = [
        name for name, one in TOOLS.items() if one.kind == wanted.kind and one.outer_mm <= bore - PLAY_MM + 1e-9
    ]
    return (
        f"a {wanted.kind} of {wanted.outer_mm:g} mm does not pass the bore of {bore:.1f} mm of {_named(gauge)} "
        f"cannula; " + (f"take {fits[-1]!r}" if fits else f"no {wanted.kind} does; take a thicker cannula")
    )


def _named(gauge: int) -> str:
    return f"an {gauge} G" if gauge in (8, 11) else f"a {gauge} G"
