"""Edited recordings: the chain finds the careless, playing the commands again finds the forger."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from simulator.engine.case import Case
from simulator.engine.recording import EditedRecordingError, Row, parse
from simulator.engine.replay import Verdict, verify
from tests.simulator.engine.conftest import Played
from tests.simulator.engine.playing import resealed, tampered_header

Edit = Callable[[list[Row]], None]


def first(rows: list[Row], row: str, **values: object) -> int:
    """Index of the first row of a kind with these values."""
    return next(i for i, r in enumerate(rows) if r["row"] == row and all(r.get(n) == v for n, v in values.items()))


def smaller_dose(rows: list[Row]) -> None:
    """An exposure with less dose."""
    rows[first(rows, "event", kind="exposed")]["dose_area_product_gycm2"] *= 0.5


def softer_command(rows: list[Row]) -> None:
    """A gentler technique than was used."""
    rows[first(rows, "command", technique="mallet")]["technique"] = "twist"


def forgotten_refusal(rows: list[Row]) -> None:
    """The refusal of an impossible command taken out."""
    del rows[first(rows, "event", kind="refused")]


def forgotten_command(rows: list[Row]) -> None:
    """A command taken out that changed nothing but pictures."""
    del rows[first(rows, "command", kind="expose", plane="B")]


def better_trace(rows: list[Row]) -> None:
    """A needle tip moved by a tenth of a millimetre."""
    row = next(r for r in rows if r["row"] == "trace" and "needle_right" in r)
    row["needle_right"]["tip_mm"][0] += 0.1


def better_outcome(rows: list[Row]) -> None:
    """An outcome with more room around the cannula."""
    row = next(r for r in rows if r["row"] == "outcome" and "needle_right" in r)
    row["needle_right"]["clearance_mm"] = 9.0


def swapped(rows: list[Row]) -> None:
    """Two neighbouring events in the other order."""
    at = first(rows, "event", kind="exposed")
    rows[at], rows[at + 1] = rows[at + 1], rows[at]


def calmer_vitals(rows: list[Row]) -> None:
    """A patient who felt less."""
    row = next(r for r in rows if r["row"] == "vitals" and r.get("pain", 0) > 0)
    row["pain"] = 0.0


def invented_event(rows: list[Row]) -> None:
    """An event that never happened."""
    at = first(rows, "event", kind="bone_entered")
    rows.insert(at, {**rows[at], "kind": "stalled"})


def other_state(rows: list[Row]) -> None:
    """Another digest of the state in a seal."""
    rows[first(rows, "seal")]["state"] = "0" * 64


def no_end(rows: list[Row]) -> None:
    """The end taken out."""
    del rows[first(rows, "end")]


EDITS: dict[str, Edit] = {edit.__name__: edit for edit in (
    smaller_dose, softer_command, forgotten_refusal, forgotten_command, better_trace, better_outcome, swapped,
    calmer_vitals, invented_event, other_state, no_end,
)}  # fmt: skip


def edited(data: bytes, edit: Edit) -> tuple[Row, list[Row]]:
    """Header and rows after an edit, seals as they were."""
    header, *rows = (json.loads(line) for line in data.splitlines())
    edit(rows)
    return header, rows


def test_an_untouched_recording_is_verified(case: Case, played: Played) -> None:
    """To the bit, on the machine that made it, balloon and cement included."""
    assert verify(parse(played.data, source="whole"), case) == Verdict("verified", exact=True)


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_breaks_its_seal(shortly: Played, name: str) -> None:
    """Reading finds a changed row without playing anything, and says when."""
    header, rows = edited(shortly.data, EDITS[name])
    data = b"".join(
        json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for row in (header, *rows)
    )
    with pytest.raises(EditedRecordingError, match=r"changed after it was recorded"):
        parse(data, source="edited")


@pytest.mark.parametrize("name", EDITS)
def test_a_forger_who_seals_anew_is_found_by_playing(case: Case, shortly: Played, name: str) -> None:
    """All hashes fit again, but the commands do not lead to these rows."""
    forged = parse(resealed(*edited(shortly.data, EDITS[name])), source="forged")
    verdict = verify(forged, case)
    assert verdict.result == "diverged"
    assert verdict.difference


def test_the_first_difference_is_named(case: Case, shortly: Played) -> None:
    """When, which row, which value, what was recorded and what was played."""
    forged = parse(resealed(*edited(shortly.data, better_outcome)), source="forged")
    difference = verify(forged, case).difference
    assert "outcome has needle_right.clearance_mm = 9.0 recorded, " in difference


@pytest.mark.parametrize(
    ("field", "value"),
    [("plan", {"target": "L2"}), ("seed", 2), ("scenario_version", 99), ("patient_digest", "0" * 64),
     ("scenario_digest", "0" * 64), ("tick_hz", 30), ("medal", "gold")],
)  # fmt: skip
def test_the_header_is_not_taken_on_trust(case: Case, shortly: Played, field: str, value: object) -> None:
    """Scores lean on the plan and the scenario in the header: these too are made anew and compared."""
    forged = parse(tampered_header(shortly.data, **{field: value}), source="forged")
    verdict = verify(forged, case)
    assert verdict.result == "diverged"
    assert any(word in verdict.difference for word in (field, "patient", "scenario"))


def elsewhere(data: bytes) -> bytes:
    """The recording as another version would have made it."""
    program = {**json.loads(data.splitlines()[0])["program"], "numpy": "1.0"}
    return tampered_header(data, program=program)


def test_another_version_is_compared_with_tolerance(case: Case, shortly: Played) -> None:
    """Numbers may differ by rounding there, and digests of states are not compared."""
    header, rows = edited(elsewhere(shortly.data), other_state)
    row = next(r for r in rows if r["row"] == "trace" and "needle_right" in r)
    row["needle_right"]["tip_mm"][0] *= 1.0 + 1e-9
    verdict = verify(parse(resealed(header, rows), source="elsewhere"), case)
    assert verdict == Verdict("verified", exact=False)


@pytest.mark.parametrize("name", sorted(set(EDITS) - {"other_state"}))
def test_a_claim_of_another_version_hides_nothing(case: Case, shortly: Played, name: str) -> None:
    """A forger who pretends another version gains a tolerance of a millionth, and no more."""
    forged = parse(resealed(*edited(elsewhere(shortly.data), EDITS[name])), source="forged")
    verdict = verify(forged, case)
    assert (verdict.result, verdict.exact) == ("diverged", False)


def test_a_claim_of_another_version_does_not_hide_another_plan(case: Case, shortly: Played) -> None:
    """The plan that scores lean on is compared there too."""
    forged = parse(tampered_header(elsewhere(shortly.data), plan={"target": "L2"}), source="forged")
    assert "plan" in verify(forged, case).difference


def test_verify_needs_the_same_patient(case: Case, shortly: Played) -> None:
    """Another patient than the recorded one is said to be so, instead of a thousand differences."""
    other = replace(case, patient=replace(case.patient, digest="f" * 64))
    assert "patient" in verify(parse(shortly.data, source="whole"), other).difference
