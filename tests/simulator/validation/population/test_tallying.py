"""The table: thresholds, intervals, bands, verdicts."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from simulator.devices.ground import DESTINATIONS
from simulator.validation.population import tallying
from simulator.validation.population.arms import ARMS
from simulator.validation.population.rates import risk_ratio, wilson
from simulator.validation.population.tallying import Line, table

HEIGHTS = {
    "anterior_height_found_mm": 20.0,
    "anterior_height_positioned_mm": 20.4,
    "anterior_height_best_mm": 23.0,
    "anterior_height_now_mm": 21.0,
    "middle_height_found_mm": 18.0,
    "middle_height_now_mm": 20.0,
    "kyphosis_corrected_deg": 5.0,
}


def arm(leaked_ml: dict[str, float], visible_mm2: float = 0.0) -> dict[str, Any]:
    return {
        "leaked_ml": leaked_ml,
        "visible_mm2": {"frontal": {}, "lateral": {"disc above": visible_mm2}},
        "peak_kpa": 1500.0,
        "peak_early_kpa": 1000.0,
        "peak_late_kpa": 1500.0,
        "delivered_ml": 4.0,
        "reduction": HEIGHTS,
        "bench": {"lost_percent": 9.0, "gained_percent": 7.0},
    }


def rows(leaky: int, n: int) -> list[dict[str, Any]]:
    """n patients: the first leaky leak 0.5 ml into the disc with thin cement, half of them in other arms too."""
    found = []
    for number in range(n):
        much, little = (arm({"disc above": 0.5 if number < k else 0.004}, 12.0) for k in (leaky, leaky // 2))
        found.append({"seed": number, "arms": {n: much if n == tallying.LOW else little for n in ARMS}})
    return found


def line(lines: list[Line], what: str) -> Line:
    (found,) = [one for one in lines if one.what == what]
    return found


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_interval(k: int, n: int, low: float, high: float) -> None:
    """Values of R. G. Newcombe, Stat Med 1998;17:857 (81 of 263 and its corner cases)."""
    assert wilson(k, n) == pytest.approx((low, high), abs=6e-5)


def test_risk_ratio_is_that_of_the_rates() -> None:
    ratio, low, high = risk_ratio(10, 100, 20, 100)
    assert ratio == pytest.approx(0.5)
    assert low * high == pytest.approx(ratio**2)
    assert math.isnan(risk_ratio(0, 100, 20, 100)[0])


def test_rates_and_verdicts() -> None:
    lines = table(rows(leaky=45, n=100))
    disc = line(lines, "low viscosity: disc")
    assert (disc.n, disc.value, disc.verdict) == (100, 45.0, "in the band")
    assert disc.low < 45.0 < disc.high
    assert line(lines, "low viscosity: epidural").verdict == "outside"
    assert line(lines, "low viscosity: any leak on CT").value == 45.0
    assert line(lines, "high over low viscosity: disc").value == pytest.approx(22 / 45)
    assert line(lines, "vertebroplasty, low viscosity: visible leak").value == 100.0
    on_bolsters, bench = "on bolsters: ", "fresh wedges, T11 to L5, on a bench: "
    assert line(lines, on_bolsters + "lost at deflation, of anterior height").value == pytest.approx(10.0)
    assert line(lines, on_bolsters + "net gain by balloons").value == pytest.approx(3.0)
    assert line(lines, bench + "lost at deflation, of anterior height before").value == 9.0
    assert line(lines, bench + "net gain, of anterior height before").value == 7.0
    assert line(lines, "medium viscosity: later less first minute").value == pytest.approx(500.0)


def test_few_patients_have_no_verdict() -> None:
    lines = table(rows(leaky=3, n=5))
    assert {one.verdict for one in lines if one.band is not None} == {"too few"}


def test_untreatable_patients_do_not_count() -> None:
    lines = table([*rows(leaky=45, n=100), {"seed": 100, "untreatable": "no way"}])
    assert line(lines, "low viscosity: disc").n == 100


def test_every_destination_belongs_to_one_path() -> None:
    named = [name for names in tallying.PATHS.values() for name in names] + list(tallying.BEYOND_BODY)
    assert sorted(named) == sorted(DESTINATIONS)
    assert set(DESTINATIONS) > tallying.VENOUS


def test_tables_can_be_read_by_people_and_programs() -> None:
    lines = table(rows(leaky=0, n=30))  # no leak with thick cement: a ratio that is no number
    parsed = json.loads(json.dumps(tallying.as_json(lines), allow_nan=False))
    assert [row["what"] for row in parsed] == [one.what for one in lines]
    assert "null" in json.dumps(parsed)
    assert len(tallying.as_markdown(lines).splitlines()) == len(lines) + 2
    assert len(tallying.as_text(lines).splitlines()) == len(lines) + 1
