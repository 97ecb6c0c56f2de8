"""The table of instruments: true sizes, and what goes through what."""

from __future__ import annotations

from typing import get_args

import pytest

from simulator.devices.instruments import CANNULAE, FINE_NEEDLES, TOOLS, Tool, why_not_through
from simulator.imaging.solids.instruments import DIAMETERS_MM


def test_tubes_have_the_diameters_of_the_gauge_chart() -> None:
    """Outer and inner, mm (physics C1), within the chart's tolerance of 0.025."""
    chart = {8: (4.191, 3.429), 10: (3.404, 2.692), 11: (3.048, 2.388), 13: (2.413, 1.803),
             22: (0.718, 0.413), 25: (0.514, 0.260)}  # fmt: skip
    for gauge, (outer, inner) in chart.items():
        one = {**CANNULAE, **FINE_NEEDLES}[gauge]  # type: ignore[dict-item]
        assert (one.outer_mm, one.inner_mm) == pytest.approx((outer, inner), abs=0.001)
        assert one.confirmed
    assert {11: (100.0, 125.0, 150.0)}[11] == CANNULAE[11].lengths_mm


def test_every_tool_is_in_the_table_and_says_where_its_size_is_from() -> None:
    """Names and table agree; nothing without a source, nothing unconfirmed that does not say so."""
    assert tuple(TOOLS) == get_args(Tool)
    for name, tool in TOOLS.items():
        assert name == f"{tool.kind} {tool.outer_mm:g}"
        assert "unconfirmed" in tool.source
        assert not tool.confirmed
        assert min(tool.lengths_mm) >= 150.0 + tool.reach_mm
        assert tool.inner_mm is None or 0.0 < tool.inner_mm < tool.outer_mm


@pytest.mark.parametrize("name", get_args(Tool))
@pytest.mark.parametrize("gauge", [8, 10, 11, 13])
def test_what_passes_is_thinner_than_the_bore(name: Tool, gauge: int) -> None:
    """With a tenth of play; what does not pass is refused with what does."""
    why = why_not_through(name, gauge)  # type: ignore[arg-type]
    assert (why is None) == (TOOLS[name].outer_mm <= DIAMETERS_MM[gauge][1] - 0.1 + 1e-9)  # type: ignore[index]
    assert why is None or f"{TOOLS[name].outer_mm:g} mm does not pass" in why


def test_the_refusal_names_what_would_pass() -> None:
    """A thick drill for a thin cannula; no curette at all for 13 G."""
    assert why_not_through("drill 3.2", 11) == (
        "a drill of 3.2 mm does not pass the bore of 2.4 mm of an 11 G cannula; take 'drill 2.2'"
    )
    assert "take a thicker cannula" in (why_not_through("curette 2.2", 13) or "")


@pytest.mark.parametrize("gauge", [8, 10, 11, 13])
def test_each_cannula_takes_a_drill_a_wire_a_trephine_and_a_filler(gauge: int) -> None:
    """Nothing on the table lacks its cannula."""
    kinds = {tool.kind for name, tool in TOOLS.items() if why_not_through(name, gauge) is None}  # type: ignore[arg-type]
    assert {"drill", "wire", "biopsy needle", "filler"} <= kinds
