"""Needle metrics, from rows written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.assessment.by_hand import (
    UNPLACED,
    event,
    exposed,
    lateral,
    measured,
    needle,
    trace,
    value_of,
)

WORST = [
    ("pedicle_breach_mm", "breach_mm", 0.5, 2.5, 2.5),
    ("medial_breach_mm", "medial_breach_mm", 0.0, 1.2, 1.2),
    ("wall_clearance_mm", "clearance_mm", 2.0, -0.4, -0.4),
    ("entry_error_mm", "entry_error_mm", 4.0, 3.0, 4.0),
    ("target_error_mm", "target_error_mm", 5.0, 6.0, 6.0),
    ("angle_error_deg", "angle_error_deg", 8.0, 3.0, 8.0),
    ("tip_depth_percent", "depth_percent", 70.0, 30.0, 30.0),
    ("tip_laterality_percent", "laterality_percent", 10.0, 40.0, 40.0),
    ("order_rule_broken_mm", "order_broken_mm", 0.0, 3.0, 3.0),
    ("anterior_breach_mm", "anterior_breach_mm", 0.3, 0.0, 0.3),
]


@pytest.mark.parametrize(("metric", "field", "left", "right", "worst"), WORST)
def test_the_worse_of_two_needles_counts(metric: str, field: str, left: float, right: float, worst: float) -> None:
    """Of two cannulae the worse one is reported, whichever side it is on."""
    one, other = needle(**{field: left}), needle(**{field: right})
    assert value_of(metric, needle_left=one, needle_right=other) == worst
    assert value_of(metric, needle_left=other, needle_right=one) == worst


@pytest.mark.parametrize(("metric", "field", "left", "_right", "_worst"), WORST)
def test_one_needle_is_enough(metric: str, field: str, left: float, _right: float, _worst: float) -> None:
    """A side that was not accessed does not count, neither as good nor as bad."""
    assert value_of(metric, needle_right=needle(**{field: left})) == left


@pytest.mark.parametrize("metric", [row[0] for row in WORST])
@pytest.mark.parametrize(
    "outcome", [{}, {"needle_left": needle(level=None, entry_error_mm=None, clearance_mm=None, **UNPLACED)}]
)
def test_without_bone_there_is_nothing_to_measure(metric: str, outcome: dict[str, Any]) -> None:
    """No cannula, and one that stayed in soft tissue, are a step left out, not a perfect one."""
    found = measured(metric, **outcome)
    assert found.value is None
    assert (found.missing, found.because) == ("not done", "no cannula reached bone")


@pytest.mark.parametrize(
    ("breach_mm", "grade"),
    [(0.0, 0.0), (0.1, 1.0), (1.99, 1.0), (2.0, 2.0), (3.9, 2.0), (4.0, 3.0), (6.0, 4.0), (20.0, 4.0)],
)
def test_breach_grade(breach_mm: float, grade: float) -> None:
    """Gertzbein-Robbins: A none, B below 2 mm, C below 4, D below 6, E from 6; the worse needle's."""
    found = measured("breach_grade", needle_left=needle(), needle_right=needle(breach_mm=breach_mm))
    assert (found.value, found.note) == (grade, f"grade {'ABCDE'[int(grade)]}")


def test_a_breach_says_where() -> None:
    """The note names side and direction of the worse breach, and is empty without one."""
    left, right = (
        needle(breach_mm=1.0, breach_direction="lateral"),
        needle(breach_mm=2.0, breach_direction="medial"),
    )
    assert measured("pedicle_breach_mm", needle_left=left, needle_right=right).note == "right, medial"
    assert measured("pedicle_breach_mm", needle_left=needle(breach_direction=None)).note == ""


@pytest.mark.parametrize(
    ("metric", "left", "right", "total"),
    [("bone_entries", {"bone_entries": 2}, {"bone_entries": 1}, 3.0),
     ("needle_path_mm", {"path_mm": 90.5}, {"path_mm": 100.0}, 190.5)],
)  # fmt: skip
def test_counts_and_paths_add_up(metric: str, left: dict[str, Any], right: dict[str, Any], total: float) -> None:
    """Entries and paths are those of both cannulae together, and zero without any."""
    assert value_of(metric, needle_left=needle(**left), needle_right=needle(**right)) == total
    assert value_of(metric) == 0.0


@pytest.mark.parametrize(("metric", "field"), [("skin_punctures", "punctures"), ("redirections", "redirections")])
def test_counts_of_the_session_are_its_last_ones(metric: str, field: str) -> None:
    """The last outcome holds, and a session in which nothing was done has zero."""
    early = {"row": "outcome", "tick": 60, field: 1}
    assert value_of(metric, early, **{field: 4}) == 4.0
    assert value_of(metric) == 0.0


def test_a_wrong_level_is_counted_with_its_moment() -> None:
    """Only entries into a level other than the target's count; the first such moment is kept."""
    right = event(600, "bone_entered", side="left", level="L1")
    wrong = event(1200, "bone_entered", side="right", level="T12")
    found = measured("wrong_level", right, wrong)
    assert (found.value, found.at_s) == (1.0, 20.0)
    assert measured("wrong_level", right).value == 0.0
    assert measured("wrong_level").missing == "not done"


TOUCHES = (
    event(60, "touched", side="left", structure="canal"),
    event(180, "released", side="left", structure="canal", dwell_s=2.0, deepest_mm=1.5),
    event(240, "touched", side="right", structure="nerve root"),
)


def test_contacts_that_ended_and_those_that_last_both_count() -> None:
    """Two contacts, 2 s that ended and 3.5 s that still last; the deeper of both."""
    known = {"needle_right": needle(touching=[["nerve root", 3.5, 0.7]])}
    contacts = measured("no_go_contacts", *TOUCHES, **known)
    assert (contacts.value, contacts.at_s) == (2.0, 1.0)
    assert value_of("no_go_dwell_s", *TOUCHES, **known) == 5.5
    assert value_of("no_go_depth_mm", *TOUCHES, **known) == 1.5


def touch(tick: int, kind: str, structure: str, **more: float) -> dict[str, Any]:
    """A contact of the right cannula that begins or ends."""
    return event(tick, kind, side="right", structure=structure, **more)


LUNG_IN = touch(66, "touched", "lung right")
LUNG_OUT = touch(186, "released", "lung right", dwell_s=2.0, deepest_mm=6.0)
PLEURA_OUT = touch(192, "released", "pleura right", dwell_s=2.2, deepest_mm=1.5)


@pytest.mark.parametrize(
    ("way", "contacts", "dwell_s", "depth_mm"),
    [
        ((touch(60, "touched", "pleura right"), LUNG_IN, LUNG_OUT, PLEURA_OUT), 1, 2.2, 6.0),
        ((LUNG_IN, touch(66, "touched", "pleura right"), LUNG_OUT, PLEURA_OUT), 1, 2.2, 6.0),
        ((LUNG_IN, LUNG_OUT), 1, 2.0, 6.0),
        ((touch(60, "touched", "pleura right"), PLEURA_OUT, touch(300, "touched", "pleura right")), 2, 2.2, 1.5),
        ((touch(60, "touched", "pleura right"), touch(66, "touched", "lung left")), 2, 0.0, 0.0),
    ],
)
def test_a_lung_is_touched_through_its_pleura(
    way: tuple[dict[str, Any], ...], contacts: int, dwell_s: float, depth_mm: float
) -> None:
    """Pleura and lung of a side are one contact, as long as that with the pleura, as deep as that with the lung;
    to come back, or to touch the other side's, is another."""
    assert value_of("no_go_contacts", *way) == contacts
    assert value_of("no_go_dwell_s", *way) == dwell_s
    assert value_of("no_go_depth_mm", *way) == depth_mm


@pytest.mark.parametrize("metric", ["no_go_contacts", "no_go_dwell_s", "no_go_depth_mm"])
def test_nothing_touched_is_zero(metric: str) -> None:
    """Amounts are zero where nothing happened, with or without a cannula."""
    assert value_of(metric) == 0.0
    assert value_of(metric, needle_left=needle()) == 0.0


def way_in(*steps: tuple[int, float, float], side: str = "left") -> list[dict[str, Any]]:
    """Trace rows of a cannula: (tick, depth in bone, how far medial of the pedicle's medial border)."""
    return [trace(t, **{f"needle_{side}": {"bone_mm": bone, "medial_mm": medial}}) for t, bone, medial in steps]


CROSSING = way_in((6, 0.0, -6.0), (60, 4.0, -3.0), (120, 10.0, -1.0), (180, 14.0, 0.5), (240, 18.0, 2.0))


@pytest.mark.parametrize(
    ("pictures", "unseen"),
    [
        ([], 14.0),
        ([lateral(30)], 14.0),
        ([lateral(60)], 10.0),
        ([lateral(119)], 10.0),
        ([lateral(120)], 4.0),
        ([lateral(180)], 0.0),
        ([lateral(60), exposed(150)], 10.0),
        ([lateral(60), lateral(200)], 10.0),
        ([event(120, "exposed", lateral_error_deg=20.0)], 4.0),
        ([event(120, "exposed", lateral_error_deg=20.1)], 14.0),
    ],
    ids=["no picture", "before bone", "at 4 mm", "just before 10 mm", "at 10 mm", "at the border", "frontal",
         "after the border is late", "nearly lateral", "too oblique"],
)  # fmt: skip
def test_unseen_advance_to_the_medial_border(pictures: list[dict[str, Any]], unseen: float) -> None:
    """Advance in bone since the last lateral picture at or before the tip passed the pedicle's medial border."""
    found = measured("unseen_medial_advance_mm", *CROSSING, *pictures, needle_left=needle())
    assert (found.value, found.at_s) == (unseen, 3.0)


def test_unseen_advance_is_the_worse_side() -> None:
    """The right side was looked at, the left was not."""
    seen = way_in((300, 0.0, -6.0), (306, 5.0, -1.0), (312, 6.0, 1.0), side="right")
    known = {"needle_left": needle(), "needle_right": needle()}
    assert value_of("unseen_medial_advance_mm", *CROSSING, *seen, lateral(306), **known) == 14.0
    assert value_of("unseen_medial_advance_mm", *CROSSING, *seen, lateral(120), **known) == 6.0


def test_a_tip_that_stays_lateral_gives_no_occasion() -> None:
    """Never past the border: nothing to judge. No cannula in bone: a step left out."""
    stays = way_in((6, 0.0, -6.0), (60, 20.0, -0.1))
    assert measured("unseen_medial_advance_mm", *stays, needle_left=needle()).missing == "no occasion"
    in_fat = way_in((6, 0.0, -6.0), (60, 0.0, 0.5))
    assert measured("unseen_medial_advance_mm", *in_fat, needle_left=needle(level=None)).missing == "not done"
    assert measured("unseen_medial_advance_mm").missing == "not done"


APPROACH = {
    "nearest_mm": {"canal": 1.5, "nerve root right": 3.8, "pleura right": 10.1, "lung right": 10.4},
    "nearest_s": {"canal": 14.0, "nerve root right": 12.5, "pleura right": 9.0, "lung right": 9.0},
}
NEARER = {
    "nearest_mm": {"canal": -0.4, "segmental vessels left": 2.0},
    "nearest_s": {"canal": 20.0, "segmental vessels left": 21.0},
}


@pytest.mark.parametrize(
    ("metric", "mm", "at_s", "note"),
    [
        ("nearest_canal_mm", -0.4, 20.0, "canal"),
        ("nearest_root_mm", 3.8, 12.5, "nerve root right"),
        ("nearest_vessel_mm", 2.0, 21.0, "segmental vessels left"),
        ("nearest_lung_mm", 10.1, 9.0, "pleura right"),
    ],
)
def test_the_nearest_of_both_needles_counts(metric: str, mm: float, at_s: float, note: str) -> None:
    """Of all structures of a kind, and of both sides, the nearest, with when and where it was."""
    found = measured(metric, needle_right=needle(**APPROACH), needle_left=needle(**NEARER))
    assert (found.value, found.at_s, found.note) == (mm, at_s, note)


def test_what_was_never_near_is_not_assessed() -> None:
    """No kidney within reach, a recording from before approaches were kept, and no needle at all."""
    assert measured("nearest_kidney_mm", needle_right=needle(**APPROACH)).because.startswith("no instrument came")
    assert measured("nearest_canal_mm", needle_right=needle()).because.startswith("no approach")
    assert measured("nearest_canal_mm").missing == "not done"


def test_breaks_of_cortex_are_counted_and_the_hardest_is_named() -> None:
    """In at 98 N, out at 51 N."""
    broken = [
        event(600, "cortex_broken", side="right", where="entry", force_n=98.2, drop_percent=63.0),
        event(900, "cortex_broken", side="right", where="exit", force_n=51.0, drop_percent=95.0),
    ]
    assert measured("cortex_breaks", *broken).value == 2
    hardest = measured("peak_cortex_force_n", *broken)
    assert (hardest.value, hardest.at_s, hardest.note) == (98.2, 10.0, "right, entry")
    assert measured("peak_cortex_force_n").missing == "not done"
    assert measured("cortex_breaks").missing == "not done"


def test_time_outside_walls_is_summed_and_goes_on_to_the_end() -> None:
    """Two walls left again and one that the needle still lies outside of."""
    rows = [
        event(500, "bone_entered", side="right", level="L1", entry_mm=[0, 0, 0], entry_error_mm=1.0),
        event(700, "wall_released", side="right", wall="pedicle wall, medial", dwell_s=2.5, deepest_mm=1.0),
        event(800, "wall_released", side="right", wall="pedicle wall, lateral", dwell_s=0.5, deepest_mm=0.2),
    ]
    out = needle(outside_walls=[["front or side of the body", 4.0, 3.0]])
    assert measured("wall_contact_s", *rows, needle_right=out).value == pytest.approx(7.0)
    assert measured("wall_contact_s", *rows, needle_right=needle()).value == pytest.approx(3.0)
    assert measured("wall_contact_s").missing == "not done"
