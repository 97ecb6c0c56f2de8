"""The prognosis: ranges about their centre, sources, what moves what and which way, and no part of the total."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from simulator.assessment.prognosis import Findings, Prognosis, expected, prognosis
from simulator.assessment.prognosis_text import as_lines, span_of
from simulator.assessment.score import score
from simulator.assessment.wording import texts
from tests.simulator.assessment.by_hand import VERTEBROPLASTY, evidence, recording

USUAL = Findings(fill_percent=31.7, endplates_reached=2, leaks_ml={}, t_score=-2.8, fracture_age="acute")
CASES = {
    "usual": USUAL,
    "nothing known": Findings(),
    "little": replace(USUAL, fill_percent=4.0, endplates_reached=0),
    "much": replace(
        USUAL, fill_percent=70.0, leaks_ml={"leak_disc_ml": 1.0, "leak_canal_ml": 0.5, "leak_foramen_ml": 0.5},
        t_score=-5.0, fracture_age="healed", tumour=True, cleft=True, wedge_deg=30.0, kyphoplasty=False,
    ),
    "strong bone": replace(USUAL, t_score=2.0),
}  # fmt: skip


def item(name: str, found: Findings) -> Prognosis:
    """One expectation."""
    return next(i for i in expected(found) if i.name == name)


def centre(name: str, found: Findings) -> float:
    """Its estimate."""
    estimate = item(name, found).estimate
    assert estimate is not None
    return estimate


@pytest.mark.parametrize("found", CASES.values(), ids=CASES)
def test_every_item_is_a_range_with_a_source(found: Findings) -> None:
    """The centre lies in the range, the range on the scale; or there is a reason why there is none."""
    items = expected(found)
    assert len({i.name for i in items}) == len(items) == 8
    for i in items:
        assert i.source
        assert i.basis
        assert i.what[0].isupper()
        if i.estimate is None:
            assert i.because
            assert i.low is i.high is None
            continue
        assert i.low is not None
        assert i.high is not None
        assert 0.0 <= i.low <= i.estimate <= i.high <= (100.0 if i.unit == "%" else 10.0)
        assert i.low < i.high
        assert i.confirmed or "preset" in i.basis or "taken" in i.basis


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pain_relief", 92.0), ("pain_after_a_month", 2.8), ("adjacent_fracture", 12.0), ("new_fracture", 18.0),
        ("recompression", 5.2),
    ],
)  # fmt: skip
def test_the_usual_patient_has_the_published_rates(name: str, value: float) -> None:
    """Nothing out of the ordinary moves nothing."""
    assert centre(name, USUAL) == pytest.approx(value, abs=0.1)


def test_vertebroplasty_and_missed_endplates_have_their_own_rates() -> None:
    """Hulme: 87 % instead of 92 %; recompression 16.5 % where an endplate is missed."""
    assert centre("pain_relief", replace(USUAL, kyphoplasty=False)) == 87.0
    assert centre("recompression", replace(USUAL, endplates_reached=1)) == 16.5


@pytest.mark.parametrize(("name", "fill"), [("strength_restored", 16.2), ("stiffness_restored", 29.8)])
def test_half_are_restored_at_the_published_fill(name: str, fill: float) -> None:
    """Molloy's averages are where the chance is even; it rises with fill, slowly, as correlation is weak."""
    assert centre(name, replace(USUAL, fill_percent=fill)) == pytest.approx(50.0)
    rising = [centre(name, replace(USUAL, fill_percent=f)) for f in (2.0, 10.0, 20.0, 30.0, 45.0)]
    assert rising == sorted(rising)
    assert rising[0] > 3.0
    assert centre(name, replace(USUAL, fill_percent=fill + 10.0)) < 80.0


def test_what_was_done_moves_risks_the_right_way() -> None:
    """Disc leak, weak bone, more cement and a wedge load the neighbours; nerves and old fractures hurt on."""
    for worse in (
        replace(USUAL, leaks_ml={"leak_disc_ml": 0.3}),
        replace(USUAL, t_score=-4.0),
        replace(USUAL, fill_percent=45.0),
        replace(USUAL, wedge_deg=20.0),
    ):
        assert centre("adjacent_fracture", worse) > centre("adjacent_fracture", USUAL)
        assert any(why.startswith("up: ") for why in item("adjacent_fracture", worse).moved_by)
    for worse in (
        replace(USUAL, leaks_ml={"leak_canal_ml": 0.3}),
        replace(USUAL, leaks_ml={"leak_foramen_ml": 0.3}),
        replace(USUAL, fracture_age="healed"),
        replace(USUAL, tumour=True),
    ):
        assert centre("pain_relief", worse) < centre("pain_relief", USUAL)
        assert centre("pain_after_a_month", worse) > centre("pain_after_a_month", USUAL)
    assert centre("recompression", replace(USUAL, cleft=True)) > centre("recompression", USUAL)
    assert centre("new_fracture", replace(USUAL, t_score=-4.0)) > centre("new_fracture", USUAL)


def test_little_cement_is_no_remedy() -> None:
    """The association of fill with adjacent fractures is not stretched below what patients had."""
    least = centre("adjacent_fracture", replace(USUAL, fill_percent=20.0))
    assert centre("adjacent_fracture", replace(USUAL, fill_percent=3.0)) == least > 5.0


def test_the_amount_of_cement_does_not_move_pain() -> None:
    """No correlation in 357 patients; a trace of a leak moves nothing either."""
    for fill in (5.0, 20.0, 60.0):
        assert centre("pain_relief", replace(USUAL, fill_percent=fill)) == 92.0
    assert centre("pain_relief", replace(USUAL, leaks_ml={"leak_canal_ml": 0.01})) == 92.0


def log_odds_span(found: Prognosis) -> float:
    """Width of a range of shares on the scale on which it is even."""
    assert found.low is not None
    assert found.high is not None
    low, high = (math.log(p / (100.0 - p)) for p in (found.low, found.high))
    return high - low


def test_movers_widen_the_range() -> None:
    """What is added by a preset is never for free."""
    plain, moved = item("new_fracture", USUAL), item("new_fracture", replace(USUAL, t_score=-4.5))
    assert plain.confirmed
    assert not moved.confirmed
    assert log_odds_span(moved) > 1.5 * log_odds_span(plain)


def test_a_recording_is_read_for_it() -> None:
    """Fill, leaks, endplates and wedge from the outcome; bone, age and lesion from the scenario."""
    found = Findings.of(
        evidence(
            cement={
                "in_body_ml": 4.0, "fill_percent": 20.5, "endplates_reached": 1,
                "leaked_ml": {"disc above": 0.2, "foramen left": 0.1, "canal": 0.001},
            },
            reduction={"wedge_now_deg": 11.0},
            scenario=VERTEBROPLASTY,
        )
    )  # fmt: skip
    assert (found.fill_percent, found.endplates_reached, found.wedge_deg) == (20.5, 1, 11.0)
    assert not found.kyphoplasty
    assert found.t_score == VERTEBROPLASTY.patient.t_score  # type: ignore[union-attr]
    assert [found.leaked(f"leak_{n}_ml") for n in ("disc", "foramen", "canal")] == [True, True, False]


def test_without_cement_no_effect_of_cement_is_made_up() -> None:
    """Strength, relief and recompression say why they are missing; the bone's own risks stay."""
    missing = {i.name for i in prognosis(evidence()) if i.because == "no cement was injected"}
    assert missing == {
        "strength_restored", "stiffness_restored", "pain_relief", "pain_after_a_month", "recompression",
    }  # fmt: skip


def test_it_is_in_the_report_and_not_in_the_total() -> None:
    """Two recordings that differ only in what moves a prognosis have the same total."""
    cement = {"in_body_ml": 4.0, "fill_percent": 20.0, "endplates_reached": 2}
    heights = {
        f"anterior_height_{when}_mm": mm for when, mm in (("found", 18.0), ("now", 20.0), ("intact", 26.0))
    } | {"kyphosis_corrected_deg": 3.0}  # fmt: skip
    report = score(recording(cement=cement, reduction={**heights, "wedge_now_deg": 5.0}))
    assert [i.name for i in report.prognosis] == [i.name for i in prognosis(evidence(cement=cement))]
    assert report.as_json()["prognosis"][0]["name"] == "strength_restored"
    more = score(recording(cement=cement, reduction={**heights, "wedge_now_deg": 25.0}))
    assert more.prognosis != report.prognosis
    assert more.total == report.total


def test_the_text_warns_and_names_every_item() -> None:
    """For the terminal: the warning first, then a line each with its range."""
    lines = as_lines(expected(USUAL))
    assert texts()("report_prognosis.warning") in lines[0]
    assert len(lines) == 9
    assert "18 %, 14 to 22" in "\n".join(lines)
    assert lines[-1].endswith("(unconfirmed)")
    assert span_of(item("pain_relief", Findings()), texts()) == "not assessed, because no cement was injected"
