"""Balloon and height metrics, from rows written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.engine.recording import Row
from tests.simulator.assessment.by_hand import VERTEBROPLASTY, event, measured, trace, value_of

BALLOON = ("peak_pressure_psi", "peak_balloon_ml", "over_inflation_ml")
HEIGHTS = ("anterior_height_gain_mm", "height_restored_percent", "kyphosis_correction_deg")


def manometer(side: str, *readings: tuple[int, float, float]) -> list[Row]:
    """Trace rows of a balloon: (tick, ml, psi)."""
    return [trace(t, **{f"balloon_{side}": [ml, psi]}) for t, ml, psi in readings]


def stop(tick: int, side: str, criterion: str, ml: float, psi: float) -> Row:
    """The event of a first reason to stop."""
    return event(tick, "stop_criterion_met", side=side, criterion=criterion, volume_ml=ml, pressure_psi=psi)


def burst(side: str, ml: float) -> Row:
    """The event of a rupture."""
    return event(250, "balloon_ruptured", side=side, volume_ml=ml)


LEFT = manometer("left", (60, 0.0, 0.0), (120, 1.0, 150.0), (180, 2.0, 280.0), (240, 2.5, 220.0))
RIGHT = manometer("right", (120, 0.5, 90.0), (240, 1.5, 300.0), (300, 0.0, 0.0))


def test_peaks_are_the_highest_of_both_sides() -> None:
    """Pressure and volume peak at different moments, each kept."""
    pressure, volume = (measured(m, *LEFT, *RIGHT) for m in BALLOON[:2])
    assert (pressure.value, pressure.at_s) == (300.0, 4.0)
    assert (volume.value, volume.at_s) == (2.5, 4.0)


def test_a_peak_between_two_samples_is_not_lost() -> None:
    """A reason to stop carries the pressure at which it was met, which no sample may show."""
    found = measured("peak_pressure_psi", *LEFT, stop(183, "left", "pressure", 2.1, 401.5))
    assert (found.value, found.at_s) == (401.5, 3.05)


@pytest.mark.parametrize(
    ("events", "over_ml"),
    [
        ([], 0.0),
        ([stop(120, "left", "cortex", 1.0, 150.0)], 1.5),
        ([stop(150, "left", "volume", 1.4, 200.0), stop(180, "left", "pressure", 2.0, 280.0)], 1.1),
        ([stop(120, "left", "endplate", 1.0, 150.0)], 0.0),
        ([stop(250, "left", "pressure", 2.5, 280.0)], 0.0),
        ([stop(120, "right", "height", 0.5, 90.0)], 1.0),
        ([stop(120, "left", "cortex", 1.0, 150.0), stop(120, "right", "cortex", 0.5, 90.0)], 1.5),
        ([stop(120, "left", "cortex", 1.0, 150.0), burst("left", 3.1)], 2.1),
        ([stop(120, "left", "cortex", 1.0, 150.0), burst("right", 3.1)], 1.5),
    ],
    ids=["no reason to stop", "cortex", "the first of two", "endplates are lifted by touching", "stopped at once",
         "the other side", "the worse side", "until it burst", "the other one burst"],
)  # fmt: skip
def test_over_inflation(events: list[Row], over_ml: float) -> None:
    """Contrast added after the first reason to stop on the same side, the worse side."""
    assert value_of("over_inflation_ml", *LEFT, *RIGHT, *events) == pytest.approx(over_ml)


def test_ruptures_are_counted() -> None:
    """Each burst balloon counts, with the moment of the first; none is zero."""
    both = [event(t, "balloon_ruptured", side=side, volume_ml=3.0) for t, side in ((600, "left"), (900, "right"))]
    found = measured("balloon_ruptures", *both)
    assert (found.value, found.at_s) == (2.0, 10.0)
    assert value_of("balloon_ruptures") == 0.0


@pytest.mark.parametrize("metric", BALLOON)
def test_a_balloon_left_in_its_box(metric: str) -> None:
    """A kyphoplasty without inflation left a step out; a vertebroplasty had no occasion for one."""
    for rows in ([], manometer("left", (60, 0.0, 0.0))):
        found = measured(metric, *rows)
        assert (found.missing, found.because) == ("not done", "no balloon was inflated")
    found = measured(metric, scenario=VERTEBROPLASTY)
    assert (found.missing, found.because) == ("no occasion", "this procedure has no balloon")


def heights(**now: Any) -> dict[str, Any]:
    """A vertebra of 25 mm, found at 17 mm, unless now says otherwise."""
    found = {"anterior_height_found_mm": 17.0, "anterior_height_now_mm": 17.0, "anterior_height_intact_mm": 25.0,
             "kyphosis_corrected_deg": 0.0}  # fmt: skip
    return {"reduction": {**found, **now}}


@pytest.mark.parametrize(
    ("now_mm", "gain_mm", "percent"),
    [(17.0, 0.0, 0.0), (21.0, 4.0, 50.0), (25.0, 8.0, 100.0), (16.0, -1.0, -12.5)],
)
def test_height_regained(now_mm: float, gain_mm: float, percent: float) -> None:
    """Half of 8 mm lost is 50 %; a vertebra that sinks further has lost, not gained nothing."""
    known = heights(anterior_height_now_mm=now_mm)
    assert value_of("anterior_height_gain_mm", **known) == gain_mm
    assert value_of("height_restored_percent", **known) == percent


def test_height_is_restored_where_it_was_lost() -> None:
    """A biconcave body keeps its front: 3 of 6 mm regained in the middle are 50 %, whatever the front gained."""
    middle = {"worst_height_found_mm": 18.0, "worst_height_now_mm": 21.0, "worst_height_intact_mm": 24.0}
    assert value_of("height_restored_percent", **heights(anterior_height_now_mm=17.1, **middle)) == 50.0


def test_kyphosis_regained() -> None:
    """The turn of the endplate as recorded, of either sign."""
    assert value_of("kyphosis_correction_deg", **heights(kyphosis_corrected_deg=4.25)) == 4.25
    assert value_of("kyphosis_correction_deg", **heights(kyphosis_corrected_deg=-0.5)) == -0.5


@pytest.mark.parametrize("metric", HEIGHTS)
@pytest.mark.parametrize("outcome", [{}, {"reduction": {}}])
def test_nothing_to_restore(metric: str, outcome: dict[str, Any]) -> None:
    """A target that is not fractured gives no occasion to lift it."""
    found = measured(metric, **outcome)
    assert (found.missing, found.because) == ("no occasion", "the target is not fractured")
