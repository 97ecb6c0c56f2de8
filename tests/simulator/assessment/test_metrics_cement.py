"""Cement metrics, from rows written by hand: amounts, places, leaks, and what was done about them."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.devices.ground import DESTINATIONS
from simulator.engine.recording import Row
from tests.simulator.assessment.by_hand import VERTEBROPLASTY, event, exposed, lateral, measured, trace, value_of

AMOUNTS = {
    "cement_in_body_ml": "in_body_ml",
    "fill_percent": "fill_percent",
    "endplates_reached": "endplates_reached",
}
PLACES = {
    "anterior_two_thirds_percent": "anterior_two_thirds_percent",
    "smaller_side_percent": "smaller_side_percent",
    "posterior_stop_percent": "posterior_front_percent",
    "cavity_filled_percent": "cavity_filled_percent",
}
LEAKS = ("leak_canal_ml", "leak_foramen_ml", "leak_disc_ml", "leak_venous_ml", "leak_soft_tissue_ml")


@pytest.mark.parametrize(("metric", "field"), AMOUNTS.items())
def test_amounts_are_zero_without_cement(metric: str, field: str) -> None:
    """How much is known also where nothing was injected."""
    assert value_of(metric, cement={field: 2.0}) == 2.0
    assert value_of(metric) == 0.0


@pytest.mark.parametrize(("metric", "field"), PLACES.items())
def test_places_are_unknown_without_cement(metric: str, field: str) -> None:
    """Where cement lies cannot be said of none: a step left out."""
    assert value_of(metric, cement={field: 35.0}) == 35.0
    for known in ({}, {"cement": {"in_body_ml": 0.0}}, {"cement": {field: None}}):
        found = measured(metric, **known)
        assert (found.missing, found.because) == ("not done", "no cement was injected")


def test_a_procedure_without_balloon_makes_no_cavity() -> None:
    """In a vertebroplasty there is no cavity to fill, even with cement."""
    found = measured("cavity_filled_percent", scenario=VERTEBROPLASTY, cement={"in_body_ml": 3.0})
    assert (found.missing, found.because) == ("no occasion", "this procedure makes no cavity")


def test_every_destination_has_one_metric_and_all_add_up() -> None:
    """A leak anywhere appears under exactly one destination's metric, and in the sum."""
    for place in DESTINATIONS:
        known = {"cement": {"leaked_ml": {place: 0.3}}}
        assert sorted(value_of(metric, **known) for metric in LEAKS) == [0.0] * 4 + [0.3], place
        assert value_of("leak_ml", **known) == 0.3
    everywhere = {"cement": {"leaked_ml": dict.fromkeys(DESTINATIONS, 0.1)}}
    assert value_of("leak_ml", **everywhere) == pytest.approx(0.1 * len(DESTINATIONS))


@pytest.mark.parametrize("metric", ["leak_ml", *LEAKS])
def test_no_leak_is_zero(metric: str) -> None:
    """Nothing leaked, or nothing injected: 0 ml."""
    assert value_of(metric) == 0.0
    assert value_of(metric, cement={"leaked_ml": {}}) == 0.0


def started(tick: int, minutes: float = 4.0, viscosity: float = 300.0) -> Row:
    """An injection begins."""
    return event(tick, "injection_started", side="left", minutes_since_mixing=minutes, viscosity_pa_s=viscosity)


def stopped(tick: int) -> Row:
    """It is stopped by hand."""
    return event(tick, "injection_stopped", side="left", by="hand", in_body_ml=0.0)


def test_the_first_injection_tells_age_and_viscosity() -> None:
    """Later injections of the same batch are older by themselves."""
    rows = [started(600, 4.5, 310.0), stopped(660), started(1200, 6.0, 420.0)]
    for metric, wanted in (("injection_start_min", 4.5), ("injection_viscosity_pa_s", 310.0)):
        found = measured(metric, *rows)
        assert (found.value, found.at_s) == (wanted, 10.0)
        assert measured(metric).missing == "not done"


def flow(*amounts: tuple[int, float]) -> list[Row]:
    """Trace rows: (tick, ml in the patient)."""
    return [trace(t, cement={"in_patient_ml": ml}) for t, ml in amounts]


FLOW = flow((60, 0.0), (120, 0.2), (180, 0.5), (240, 0.9), (300, 1.0))


@pytest.mark.parametrize(
    ("pictures", "blind_ml"),
    [
        ([], 1.0),
        ([60], 1.0),
        ([180], 0.5),
        ([120, 180, 240], 0.4),
        ([240], 0.9),
        ([300], 1.0),
        ([120, 180, 300], 0.5),
    ],
)
def test_blind_cement(pictures: list[int], blind_ml: float) -> None:
    """The most that went in between two pictures, before the first and after the last included."""
    assert value_of("blind_cement_ml", *FLOW, *[lateral(t) for t in pictures]) == pytest.approx(blind_ml)


def test_without_cement_nothing_is_blind() -> None:
    """Mixed but not injected is a step left out."""
    for rows in ([], flow((60, 0.0), (120, 0.0))):
        assert measured("blind_cement_ml", *rows, lateral(70)).because == "no cement was injected"


def shows(tick: int, **leaks: float) -> Row:
    """A picture that shows so many mm2 of leak by destination."""
    return lateral(tick, visible_leak_mm2=leaks)


def test_the_largest_leak_that_was_seen() -> None:
    """Areas of one picture add up; pictures are compared."""
    found = measured("visible_leak_area_mm2", shows(60, canal=3.0), shows(120, canal=5.0, disc=4.0), shows(180))
    assert (found.value, found.at_s) == (9.0, 2.0)
    nothing = measured("visible_leak_area_mm2", exposed(60))
    assert (nothing.value, nothing.at_s) == (0.0, None)
    assert value_of("visible_leak_area_mm2") == 0.0


POUR = flow((60, 0.0), *[(60 + 6 * i, 0.01 * i) for i in range(1, 160)])  # 0.1 ml/s from 1 s on

REACTIONS = [
    ("stopped 2 s later", [started(60), shows(180, canal=8.0), stopped(300)], 2.0, 0.2),
    ("pictures after the first change nothing", [started(60), shows(180, canal=8.0), shows(240, canal=99.0),
                                                 stopped(300)], 2.0, 0.2),
    ("from the picture that shows it", [started(60), shows(120, canal=7.9), shows(240, canal=8.0), stopped(300)],
     1.0, 0.1),
    ("one that creeps up is seen when it is large", [
        started(60), *[shows(60 + 30 * i, disc=2.0 * i) for i in range(1, 8)], stopped(300)], 2.0, 0.2),
    ("what grew before the stop is known after it", [started(60), shows(180, disc=8.0), shows(240, disc=15.0),
                                                     stopped(240), started(300), shows(360, disc=22.9),
                                                     stopped(900)], 1.0, 0.1),
    ("two small patches are one leak", [started(60), shows(180, canal=4.0, disc=4.0), stopped(300)], 2.0, 0.2),
    ("a growing leak is a new one", [started(60), shows(180, canal=8.0), stopped(180), started(300),
                                     shows(360, canal=16.0), stopped(420)], 1.0, 0.1),
    ("the slowest counts", [started(60), shows(180, canal=8.0), stopped(300), started(360), shows(420, canal=20.0),
                            stopped(480)], 2.0, 0.2),
    ("ended instead of stopped", [started(60), shows(180, canal=8.0), event(420, "ended")], 4.0, 0.4),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "seconds", "ml"), [r[1:] for r in REACTIONS], ids=[r[0] for r in REACTIONS])
def test_reaction_to_a_leak(rows: list[Row], seconds: float, ml: float) -> None:
    """Time and volume from the first picture that shows a leak while cement flows, to the stop."""
    assert value_of("leak_reaction_s", *POUR, *rows) == pytest.approx(seconds)
    assert value_of("leak_reaction_ml", *POUR, *rows) == pytest.approx(ml)


NO_REACTIONS = [
    ("too small to see", [started(60), shows(180, canal=7.9), stopped(300)]),
    ("seen only afterwards", [started(60), stopped(180), shows(240, canal=50.0)]),
    ("known before and not grown", [started(60), stopped(120), shows(180, canal=50.0), started(240),
                                    shows(300, canal=57.9), stopped(360)]),
    ("no picture", [started(60), stopped(300)]),
]  # fmt: skip


@pytest.mark.parametrize("rows", [r[1] for r in NO_REACTIONS], ids=[r[0] for r in NO_REACTIONS])
@pytest.mark.parametrize("metric", ["leak_reaction_s", "leak_reaction_ml"])
def test_nothing_to_react_to(metric: str, rows: list[Row]) -> None:
    """Where no picture taken while cement flowed shows a new leak, there was no occasion."""
    found = measured(metric, *POUR, *rows)
    assert (found.missing, found.because) == ("no occasion", "no leak became visible while cement was flowing")
    assert measured(metric, shows(180, canal=50.0)).missing == "not done"


def test_a_recording_that_breaks_off_does_not_hide_a_leak() -> None:
    """A leak that was watched until the recording ends counts up to there."""
    known: dict[str, Any] = {"duration_s": 20.0, "complete": False}
    assert value_of("leak_reaction_s", started(60), shows(180, canal=8.0), **known) == 17.0
