"""Hostile recordings: one clear error of ours, soon, whatever is in the file."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.case import Case
from simulator.engine.recording import EditedRecordingError, UnreadableRecordingError, encode, parse, read
from simulator.engine.replay import case_of, commands_by_tick, verify
from tests.conftest import coarse_patient_of
from tests.simulator.engine.conftest import Played
from tests.simulator.engine.playing import resealed, tampered_header

HEADER = {"scenario_toml": "", "seed": 1, "patient_digest": "", "plan": {}}
OURS = (UnreadableRecordingError, EditedRecordingError)


def sealed(*rows: dict[str, Any], tick: int = 0) -> bytes:
    """A recording with these rows and a seal that fits them."""
    return resealed(HEADER, [*rows, {"row": "seal", "tick": tick, "state": "s"}])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no complete line"),
        (b"\n", "no header"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no header"),
        (bytes(range(256)) * 40, "no header"),
        (b"{}\n", "no header"),
        (b"[]\n", "no header"),
        (b'"header"\n', "no header"),
        (b'{"row":"header"}\n', "no header"),
        (b'{"row":"trace","tick":0}\n', "no header"),
        (b"[" * 100_000 + b"\n", "no header"),
        (b'{"row":"header","format":' + b'{"a":' * 5000 + b"1" + b"}" * 5001 + b"\n", "no header"),
        (b'{"row":"header","format":NaN}\n', "no header"),
        (b'{"row":"header","format":1e999}\n', "no header"),
        (b'{"row":"header","format":' + b"9" * 6000 + b"}\n", "no header"),
        (b'{"row":"header","format":"\\ud800"}\n', "no header"),
        ('{"row":"header","format":1}\n'.encode("utf-16"), "no header"),
        (b'{"row":"header","format":2}\n', "format 2 is not known"),
        (b'{"row":"header","format":true}\n', "format True is not known"),
        (b'{"row":"header","format":"one"}\n', "format 'one' is not known"),
        (b'{"row":"header","format":1}\n', "no proper scenario_toml"),
        (encode({"row": "header", "format": 1, **HEADER}), "within its first second"),
    ],
    ids=range(21),
)
def test_no_recording_is_said_to_be_none(data: bytes, words: str) -> None:
    """What is no recording, or not of this format, is unreadable, and the file is named."""
    with pytest.raises(UnreadableRecordingError, match=words) as error:
        parse(data, source="odd.vsim")
    assert str(error.value).startswith("odd.vsim: ")
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("name", "value"),
    [("scenario_toml", 5), ("seed", "1"), ("seed", -1), ("seed", True), ("seed", 1.5), ("plan", []),
     ("patient_digest", None), ("trainee", ["x"])],
)  # fmt: skip
def test_a_header_of_wrong_types_is_unreadable(played: Played, name: str, value: object) -> None:
    """Each value of the header that anything leans on is looked at, and named."""
    with pytest.raises(UnreadableRecordingError, match=f"no proper {name}"):
        parse(tampered_header(played.data, **{name: value}), source="odd")


@pytest.mark.parametrize("tick", [61, 10**12, 2**63, -60, "0", 0.0, None, True, [0]])
def test_a_seal_cannot_ask_for_years_of_replay(tick: Any) -> None:
    """A seal that lies more than a second on, or at no tick at all, is refused, though its hash fits."""
    data = sealed() + b""
    forged = resealed(
        HEADER, [{"row": "seal", "tick": 0, "state": "s"}, {"row": "seal", "tick": tick, "state": "s"}]
    )
    assert parse(data, source="good").last_tick == 0
    started = time.monotonic()
    with pytest.raises(OURS):
        parse(forged, source="odd")
    assert time.monotonic() - started < 1.0


@pytest.mark.parametrize(
    "row",
    [
        {"row": "command", "tick": 61, "kind": "mix_cement"},
        {"row": "command", "tick": 10**12, "kind": "mix_cement"},
        {"row": "command", "tick": -1, "kind": "mix_cement"},
        {"row": "command", "tick": "0", "kind": "mix_cement"},
        {"row": "command", "kind": "mix_cement"},
        {"row": "command", "tick": 0},
        {"row": "event", "tick": 0, "kind": ["exposed"]},
        {"row": 5, "tick": 0},
        {"tick": 0},
    ],
)
def test_rows_that_no_session_writes_are_refused(row: dict[str, Any]) -> None:
    """Rows without a tick, a kind, or outside the second that their seal covers."""
    with pytest.raises(EditedRecordingError):
        parse(sealed(row), source="odd")


def test_rows_in_the_wrong_order_are_refused() -> None:
    """Ticks never fall."""
    rows = [{"row": "trace", "tick": 12}, {"row": "trace", "tick": 6}]
    with pytest.raises(EditedRecordingError, match="order of time"):
        parse(sealed(*rows, tick=60), source="odd")


@pytest.mark.parametrize(
    "command",
    [
        {"kind": "fly"},
        {"kind": "advance", "side": "left"},
        {"kind": "advance", "side": "middle", "distance_mm": 5.0},
        {"kind": "advance", "side": "left", "distance_mm": 1e9},
        {"kind": "advance", "side": "left", "distance_mm": "a" * 10_000},
        {"kind": "advance", "side": "left", "distance_mm": {"a": [1]}},
        {"kind": "advance", "side": "left", "distance_mm": 5.0, "depth": 3},
        {"kind": ""},
    ],
)
def test_a_command_that_is_none_makes_one_sentence(command: dict[str, Any]) -> None:
    """What cannot be understood is shown, with its time, on one line of moderate length."""
    recording = parse(sealed({"row": "command", "tick": 30, **command}, tick=60), source="odd")
    with pytest.raises(UnreadableRecordingError, match=r"at 0\.50 s cannot be understood") as error:
        commands_by_tick(recording)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


def test_an_unknown_command_is_told_its_nearest_name() -> None:
    """One name helps, all thirty would not be read."""
    recording = parse(sealed({"row": "command", "tick": 30, "kind": "advnace"}, tick=60), source="odd")
    with pytest.raises(UnreadableRecordingError, match=r"no command 'advnace'; the nearest is 'advance'"):
        commands_by_tick(recording)


@pytest.mark.parametrize(
    "toml", ["", "=", "a = " + "[" * 3000, "id = 'x'", "\x00", "schema_version = 99999999999999999999"]
)
def test_a_scenario_that_is_none_is_unreadable(toml: str) -> None:
    """A header with a fitting seal and rubbish for a scenario."""
    recording = parse(
        resealed({**HEADER, "scenario_toml": toml}, [{"row": "seal", "tick": 0, "state": "s"}]), source="odd"
    )
    with pytest.raises(UnreadableRecordingError, match="scenario is not valid"):
        case_of(recording, patient_of=coarse_patient_of)


def test_a_path_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder and a missing file are said to be what they are."""
    with pytest.raises(UnreadableRecordingError, match="directory"):
        read(tmp_path)
    with pytest.raises(UnreadableRecordingError, match="No such file"):
        read(tmp_path / "none.vsim")


def _json() -> st.SearchStrategy[Any]:
    leaf = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    return st.recursive(leaf, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6)


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(st.lists(st.dictionaries(st.sampled_from(["row", "tick", "kind", "state", "chain", "side", "x"]), _json()),
                max_size=4), st.binary(max_size=40))  # fmt: skip
def test_no_rows_whatever_raise_anything_but_our_errors(rows: list[dict[str, Any]], tail: bytes) -> None:
    """Any JSON for rows, sealed properly, and any bytes after it: read, or refused with our own errors."""
    lines = [{"row": "trace", "tick": 0, **row} for row in rows if isinstance(row.get("row", ""), str)]
    lines = [row for row in lines if row["row"] != "seal"]
    try:
        data = resealed(HEADER, [*lines, {"row": "seal", "tick": 0, "state": "s"}]) + tail
        commands_by_tick(parse(data, source="odd"))
    except (*OURS, UnicodeEncodeError):  # the last: our own writer refuses half a surrogate pair
        pass


@settings(max_examples=40, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_no_flipped_byte_raises_anything_but_our_errors(case: Case, shortly: Played, data: st.DataObject) -> None:
    """A byte changed anywhere in a good file: refused, or in what was not sealed and dropped."""
    at = data.draw(st.integers(0, len(shortly.data) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != shortly.data[at]))
    try:
        recording = parse(shortly.data[:at] + bytes([byte]) + shortly.data[at + 1 :], source="flipped")
    except OURS:
        return
    whole = parse(shortly.data, source="whole")
    assert recording.rows == whole.rows[: len(recording.rows)]
    assert len(recording.rows) < len(whole.rows)


def test_types_that_replay_does_not_expect_are_differences(case: Case, shortly: Played) -> None:
    """Wrong types in rows that only verify compares: diverged, no exception."""
    header, *rows = (json.loads(line) for line in shortly.data.splitlines())
    at = next(i for i, row in enumerate(rows) if row["row"] == "trace")
    for value in ("x", [[[]]], {"a": {}}, True):
        odd = [*rows[:at], {**rows[at], "dose": value}, *rows[at + 1 :]]
        verdict = verify(parse(resealed(header, odd), source="odd"), case)
        assert verdict.result == "diverged"
        assert "dose" in verdict.difference
