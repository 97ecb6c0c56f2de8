"""Fluoroscopy and radiation metrics, the monitor and the clock, from rows written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.engine.recording import Row
from tests.simulator.assessment.by_hand import command, event, exposed, lateral, measured, trace, value_of

PUNCTURE = event(100, "skin_punctured", side="left")


def test_every_pulse_counts() -> None:
    """Three pulses on two planes are three; none is zero."""
    assert value_of("exposures", exposed(1), lateral(1), exposed(90)) == 3.0
    assert value_of("exposures") == 0.0


@pytest.mark.parametrize(
    ("metric", "field"),
    [("dose_area_product_gycm2", "dose_area_product_gycm2"), ("reference_air_kerma_mgy", "reference_kerma_mgy")],
)
def test_dose_is_the_sum_over_pulses(metric: str, field: str) -> None:
    """Doses of pulses add up; without pulses there is none."""
    assert value_of(metric, exposed(1, **{field: 0.25}), exposed(9, **{field: 1.5})) == 1.75
    assert value_of(metric) == 0.0


def rate(tick: int, pulses_per_s: float) -> Row:
    """The command that chooses a pulse rate."""
    return command(tick, "set_pulse_rate", pulses_per_s=pulses_per_s)


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ([], 3 / 7.5),
        ([rate(0, 15.0)], 3 / 15.0),
        ([rate(70, 1.0)], 1 / 7.5 + 2.0),
        ([rate(71, 1.0)], 2 / 7.5 + 1.0),
        ([rate(5, 1.0), rate(9, 30.0)], 3 / 30.0),
        ([rate(70, 1.0), rate(80, 3.75)], 1 / 7.5 + 1.0 + 1 / 3.75),
        ([rate(5, 5.0)], 3 / 7.5),
        ([rate(5, 1.0), rate(6, 5.0)], 3.0),
        ([rate(5, 15.0), rate(5, 0.1)], 3 / 15.0),
    ],
    ids=["rate of the scenario", "all fast", "from the second on", "after the second", "the last one holds",
         "changed twice", "refused rate", "refused after a change", "refused in the same tick"],
)  # fmt: skip
def test_fluoroscopy_time(changes: list[Row], seconds: float) -> None:
    """A pulse stands for the time to the next at the rate then chosen; a refused choice changes nothing."""
    pulses = [exposed(10), exposed(70), exposed(130)]
    assert value_of("fluoroscopy_time_s", *changes, *pulses) == pytest.approx(seconds, abs=1e-4)
    assert value_of("fluoroscopy_time_s", *changes) == 0.0


def test_view_error_is_the_median_at_work() -> None:
    """Errors 2, 4 and 9 degrees at work have the median 4; searching before the puncture costs nothing."""
    rows = [
        exposed(t, frontal_error_deg=e) for t, e in ((10, 25.0), (50, 14.0), (100, 2.0), (200, 9.0), (300, 4.0))
    ]
    assert value_of("frontal_view_error_deg", PUNCTURE, *rows) == 4.0


@pytest.mark.parametrize(("degrees", "counted"), [(30.0, True), (30.1, False)])
def test_a_far_oblique_is_no_frontal_view(degrees: float, counted: bool) -> None:
    """Pictures more than 30 degrees off are of another kind, not bad ones of this."""
    rows = [exposed(200, frontal_error_deg=1.0), exposed(300, frontal_error_deg=degrees)]
    assert value_of("frontal_view_error_deg", PUNCTURE, *rows) == ((1.0 + degrees) / 2 if counted else 1.0)


@pytest.mark.parametrize("kind", ["frontal", "lateral"])
def test_no_view_of_a_kind_is_a_step_left_out(kind: str) -> None:
    """Without puncture, and without a picture of the kind after it, there is a reason instead of a value."""
    other, metric = (lateral if kind == "frontal" else exposed), f"{kind}_view_error_deg"
    found = measured(metric, exposed(50), lateral(50))
    assert (found.missing, found.because) == ("not done", "no cannula was placed, so no view was worked by")
    found = measured(metric, exposed(50), lateral(50), PUNCTURE, other(200))
    assert (found.missing, found.because) == ("not done", f"no {kind} picture was taken at work")


def depths(*steps: tuple[int, float], side: str = "left") -> list[Row]:
    """Trace rows of a cannula: (tick, depth in bone)."""
    return [trace(t, **{f"needle_{side}": {"bone_mm": bone}}) for t, bone in steps]


IN = depths((6, 0.0), (12, 0.0), (18, 3.0), (24, 5.0), (30, 9.0), (36, 12.0))


@pytest.mark.parametrize(
    ("pictures", "worst", "at_s"),
    [
        ([], 12.0, 0.6),
        ([12], 12.0, 0.6),
        ([24], 7.0, 0.6),
        ([18, 24, 30], 4.0, 0.5),
        ([24, 24], 7.0, 0.6),
        ([36], 12.0, 0.6),
        ([18, 24, 30, 36, 60], 4.0, 0.5),
    ],
    ids=["none", "before bone", "once", "each step", "both planes at once", "only at the end", "and on"],
)
def test_advance_per_exposure(pictures: list[int], worst: float, at_s: float) -> None:
    """The largest way in bone between two pictures, the one before the first and after the last included."""
    found = measured("advance_per_exposure_mm", *IN, *[exposed(t) for t in pictures])
    assert (found.value, found.at_s) == (worst, at_s)


def test_advance_per_exposure_is_the_worse_side() -> None:
    """A picture serves both cannulae; the one with the longer blind way counts."""
    other = depths((30, 0.0), (42, 5.0), side="right")
    assert value_of("advance_per_exposure_mm", *IN, *other, exposed(18), exposed(24), exposed(30)) == 5.0


def test_withdrawing_is_no_advance_and_a_new_puncture_begins_unseen() -> None:
    """Going back and forth over a way that was seen is no blind advance; a second way into bone is."""
    back = depths((42, 6.0), (48, 12.0))
    pictures = [exposed(t) for t in (18, 24, 30, 36)]
    assert value_of("advance_per_exposure_mm", *IN, *pictures, *back) == 4.0
    anew = depths((42, 0.0), (48, 8.0))
    assert value_of("advance_per_exposure_mm", *IN, *pictures, *anew) == 8.0


def test_no_advance_without_bone() -> None:
    """A cannula that never entered bone is a step left out."""
    for rows in ([], depths((6, 0.0), (12, 0.0))):
        found = measured("advance_per_exposure_mm", *rows, exposed(6))
        assert (found.missing, found.because) == ("not done", "no cannula reached bone")


@pytest.mark.parametrize(
    ("fields", "percent"),
    [([(298, 298), (220, 190)], 50.0), ([(298, 208)], 100.0), ([(298, 209)], 0.0), ([(100, 100)] * 3, 100.0)],
)
def test_collimated_share(fields: list[tuple[float, float]], percent: float) -> None:
    """A field of at most 70 % of the full area counts as collimated."""
    assert value_of("collimated_percent", *[exposed(9, field_mm=list(f)) for f in fields]) == percent


def test_no_picture_is_no_collimation() -> None:
    """Without pictures nothing can be said."""
    found = measured("collimated_percent")
    assert (found.missing, found.because) == ("not done", "no picture was taken")


def vital(tick: int, **values: Any) -> Row:
    """A row of the patient monitor, holding what changed."""
    return {"row": "vitals", "tick": tick, **values}


@pytest.mark.parametrize(
    ("metric", "name", "values", "worst", "at_s"),
    [
        ("lowest_saturation_percent", "saturation_percent", (98.0, 91.5, 96.0), 91.5, 2.0),
        ("lowest_mean_pressure_mmhg", "mean_pressure_mmhg", (95.0, 88.0, 70.5), 70.5, 3.0),
        ("peak_pain", "pain", (2.0, 7.5, 7.5), 7.5, 2.0),
    ],
)
def test_vitals_at_their_worst(
    metric: str, name: str, values: tuple[float, ...], worst: float, at_s: float
) -> None:
    """The worst value and the first moment it was shown; the monitor's rows hold only what changed."""
    rows = [vital(60 * (i + 1), **{name: v}) for i, v in enumerate(values)]
    found = measured(metric, vital(0, heart_rate=70.0), *rows, vital(600, heart_rate=90.0))
    assert (found.value, found.at_s) == (worst, at_s)
    assert measured(metric).missing == "not done"


def test_duration_is_the_length_of_the_recording() -> None:
    """Half a minute is half a minute."""
    assert value_of("duration_min", duration_s=30.0) == 0.5
