"""Gates, bands, points and totals, on recordings written by hand."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.schema import Criterion, Gate
from simulator.assessment.score import ScoreReport, band_of, credit, score
from simulator.engine.recording import read
from tests.simulator.assessment.by_hand import exposed, judged_by, needle, recorded, recording


def criterion(metric: str = "exposures", points: float = 10.0, **band: float) -> Criterion:
    """A criterion; by default for the number of pulses."""
    return Criterion(group="imaging", metric=metric, points=points, **band)


BAND = criterion("fill_percent", none_below=6, full_from=14, full_to=26, none_above=34)


@pytest.mark.parametrize(
    ("value", "share"),
    [(0, 0), (6, 0), (8, 0.25), (10, 0.5), (14, 1), (20, 1), (26, 1), (30, 0.5), (32, 0.25), (34, 0), (99, 0)],
)
def test_a_band_falls_linearly_on_both_sides(value: float, share: float) -> None:
    """All inside, none beyond the marks, in proportion between."""
    assert credit(value, BAND) == pytest.approx(share)


@pytest.mark.parametrize(
    ("band", "value", "share"),
    [
        ({"full_to": 4}, 4.0, 1.0), ({"full_to": 4}, 4.0001, 0.0), ({"full_from": 4}, 4.0, 1.0),
        ({"full_from": 4}, 3.9999, 0.0), ({"full_to": 4, "none_above": 4}, 4.1, 0.0),
        ({"full_from": 0, "none_below": -2}, -1.0, 0.5), ({"full_from": 3, "full_to": 3}, 3.0, 1.0),
    ],
)  # fmt: skip
def test_a_band_without_slope_is_a_step(band: dict[str, float], value: float, share: float) -> None:
    """Without a none mark there is nothing beyond the full one."""
    assert credit(value, criterion(**band)) == share


def test_no_credit_is_not_minus_zero() -> None:
    """At a none mark the credit is 0, which a report does not print as -0.0."""
    for value in (6.0, 34.0, 1000.0):
        assert str(credit(value, BAND)) == "0.0"


def test_bands_in_words() -> None:
    """The report says what was wanted."""
    assert band_of(BAND) == "all from 14 to 26, none below 6, none above 34"
    assert band_of(criterion(full_from=60)) == "all from 60"
    assert band_of(criterion(full_to=0.2, none_above=0.6)) == "all up to 0.2, none above 0.6"


# In steps of 1/64, so that distances are exact and the nearer of two values is known.
marks = st.lists(st.integers(-(2**25), 2**25).map(lambda n: n / 64.0), min_size=4, max_size=4).map(sorted)
values = st.integers(-(2**28), 2**28).map(lambda n: n / 64.0)


@given(marks, values, values)
def test_credit_is_monotone_and_between_none_and_all(four: list[float], a: float, b: float) -> None:
    """Nearer to the band never earns less, on either side of it."""
    band = criterion(none_below=four[0], full_from=four[1], full_to=four[2], none_above=four[3])
    near, far = sorted((a, b), key=lambda v: max(four[1] - v, v - four[2], 0.0))
    assert 0.0 <= credit(far, band) <= 1.0
    if (near >= four[1]) == (far >= four[1]):
        assert credit(far, band) <= credit(near, band)


def judged(
    *criteria: Criterion, rows: Any = (), gates: tuple[Gate, ...] = (), pass_mark: float = 70.0, **known: Any
) -> ScoreReport:
    """The score of a recording of rows by a rubric of these lines."""
    return score(recording(*rows, scenario=judged_by(*criteria, gates=gates, pass_mark=pass_mark), **known))


PULSES = [exposed(60 * i) for i in range(1, 6)]


def test_a_total_is_the_share_of_what_could_be_earned() -> None:
    """Half of 30 points and all of 10 are 62.5 of 100."""
    report = judged(
        criterion("exposures", 30, full_to=4, none_above=6), criterion("duration_min", 10, full_to=1), rows=PULSES
    )
    assert [c.earned for c in report.criteria] == [15.0, 10.0]
    assert report.total == 62.5


def test_a_step_left_out_earns_nothing_and_no_occasion_is_left_out() -> None:
    """Not done: 0 of its points. No occasion: as if the line were not there. Both say why."""
    here = criterion("exposures", 10, full_to=9)
    report = judged(here, criterion("entry_error_mm", 30, full_to=3), rows=PULSES)
    assert (report.criteria[1].earned, report.total) == (0.0, 25.0)
    assert report.criteria[1].not_assessed_because == "no cannula reached bone"
    report = judged(here, criterion("height_restored_percent", 30, full_from=25), rows=PULSES)
    assert (report.criteria[1].earned, report.total) == (None, 100.0)
    assert report.criteria[1].not_assessed_because == "the target is not fractured"


def test_no_line_that_could_be_assessed_gives_no_total() -> None:
    """No total instead of 0, and no pass."""
    report = judged(criterion("height_restored_percent", full_from=25), pass_mark=0.0)
    assert (report.total, report.passed) == (None, False)
    assert report.total_withheld_because == "no criterion could be assessed"


@pytest.mark.parametrize(("pass_mark", "passed"), [(62.5, True), (62.51, False), (0.0, True), (100.0, False)])
def test_the_pass_mark_itself_passes(pass_mark: float, passed: bool) -> None:
    """A total of 62.5 passes a mark of 62.5."""
    lines = criterion("exposures", 30, full_to=4, none_above=6), criterion("duration_min", 10, full_to=1)
    assert judged(*lines, rows=PULSES, pass_mark=pass_mark).passed is passed


def gate(**limit: float) -> Gate:
    """A gate on the medial breach."""
    return Gate(metric="medial_breach_mm", why="It broke through.", **limit)


@pytest.mark.parametrize(
    ("limit", "breach_mm", "tripped"),
    [({"fail_above": 2}, 2.0, False), ({"fail_above": 2}, 2.01, True), ({"fail_above": 0}, 0.0, False),
     ({"fail_below": 1}, 1.0, False), ({"fail_below": 1}, 0.99, True)],
)  # fmt: skip
def test_gates_come_before_points(limit: dict[str, float], breach_mm: float, tripped: bool) -> None:
    """A tripped gate fails an attempt with all points; its limit itself is allowed. The points stay."""
    report = judged(
        criterion(full_to=9), rows=PULSES, gates=(gate(**limit),), needle_left=needle(medial_breach_mm=breach_mm)
    )
    assert (report.total, report.gates[0].tripped, report.passed) == (100.0, tripped, not tripped)
    assert report.gates[0].value == breach_mm
    ((name, mark),) = limit.items()
    assert report.gates[0].limit == f"not {name.removeprefix('fail_')} {mark}"


def test_a_gate_without_value_is_not_tripped() -> None:
    """Where nothing could be measured, nothing was broken: points say what was not done."""
    report = judged(criterion(full_to=9), gates=(gate(fail_above=2),))
    assert (report.gates[0].value, report.gates[0].tripped, report.passed) == (None, False, True)


@pytest.mark.parametrize(("breach_mm", "near"), [(1.19, 0), (1.2, 1), (2.0, 1), (2.01, 0), (0.0, 0)])
def test_near_misses_are_told(breach_mm: float, near: int) -> None:
    """A value of at least 60 % of a limit that held is a near miss; a tripped gate is no near one."""
    report = judged(
        criterion(full_to=9), gates=(gate(fail_above=2),), needle_left=needle(medial_breach_mm=breach_mm)
    )
    assert len(report.near_misses) == near


def test_a_limit_of_zero_has_no_near_misses() -> None:
    """With nothing allowed, nothing is not near it."""
    assert not judged(criterion(full_to=9), gates=(gate(fail_above=0),), needle_left=needle()).near_misses


def test_an_incomplete_recording_has_no_total() -> None:
    """It says why, fails, and still shows gates, criteria and metrics as far as they go."""
    report = judged(
        criterion(full_to=9), rows=PULSES, gates=(gate(fail_above=0),), complete=False, duration_s=9.0,
        needle_left=needle(medial_breach_mm=1.0),
    )  # fmt: skip
    assert (report.total, report.passed, report.complete) == (None, False, False)
    assert report.total_withheld_because == (
        "the recording is incomplete: it ends after 9 s without the end of the case"
    )
    assert report.criteria[0].earned == 10.0
    assert report.gates[0].tripped


def test_the_same_recording_has_the_same_score() -> None:
    """Bytes decide: same bytes same report and digest; another trainee's name another digest, same judgement."""
    lines = criterion("exposures", 30, full_to=4, none_above=6)
    one, again, other = (judged(lines, rows=PULSES, trainee=t) for t in ("T-1", "T-1", "T-2"))
    assert one == again
    assert one.recording_digest != other.recording_digest
    assert (other.total, other.criteria, other.metrics) == (one.total, one.criteria, one.metrics)


amounts = st.sampled_from(["exposures", "fluoroscopy_time_s", "dose_area_product_gycm2", "duration_min", "leak_ml",
                           "entry_error_mm", "height_restored_percent"])  # fmt: skip


@st.composite
def lines(draw: st.DrawFn) -> Criterion:
    """Any valid criterion on one of some metrics, with points from tiny to large."""
    four = draw(st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=4).map(sorted))
    keep = draw(st.sampled_from([(0, 1, 2, 3), (0, 1), (2, 3), (1,), (2,), (1, 2)]))
    names = ("none_below", "full_from", "full_to", "none_above")
    points = draw(st.floats(1e-6, 1000.0))
    return criterion(draw(amounts), points, **{names[i]: four[i] for i in keep})


@settings(max_examples=40, deadline=None)
@given(st.lists(lines(), min_size=1, max_size=5), st.integers(0, 4))
def test_totals_lie_between_0_and_100(criteria: list[Criterion], pulses: int) -> None:
    """Whatever the rubric, no line earns more than its points, and the report is JSON without NaN."""
    report = judged(*criteria, rows=PULSES[:pulses], duration_s=5.0)
    assert report.total is None or 0.0 <= report.total <= 100.0
    assert all(c.earned is None or 0.0 <= c.earned <= c.points for c in report.criteria)
    json.dumps(report.as_json(), allow_nan=False)


@settings(max_examples=15, deadline=None)
@given(st.lists(lines(), min_size=1, max_size=3))
def test_a_total_never_falls_when_one_metric_improves(others: list[Criterion]) -> None:
    """Fewer leaked ml, all else equal, never cost points of the whole."""
    leak = criterion("leak_ml", 8, full_to=0.15, none_above=1.2)
    lines = (leak, *(other for other in others if other.metric != "leak_ml"))
    leaks = [{"leaked_ml": {"canal": ml}} for ml in (2.0, 1.0, 0.5, 0.2, 0.15, 0.0)]
    totals = [judged(*lines, duration_s=2.0, cement=leak).total for leak in leaks]
    assert all(worse <= better for worse, better in itertools.pairwise(totals))


def test_scoring_reads_bytes_not_names(tmp_path: Any) -> None:
    """The file's name and time are no part of the score."""
    data = recorded(*PULSES, scenario=judged_by(criterion(full_to=4, none_above=6)))
    paths = [tmp_path / "a.vsim", tmp_path / "zz-other name.vsim"]
    for path in paths:
        path.write_bytes(data)
    assert score(read(paths[0])) == score(read(paths[1]))
