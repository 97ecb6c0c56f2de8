"""What is written reads back as it was."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from anatomy.spec import FractureSpec, PatientSpec
from scenarios.loading import read_toml, write_toml
from scenarios.loading.writing import toml_text
from tests.scenarios.small_scenario import VALID, Mode, Scenario, finite, scenarios, texts

scalars = (
    texts
    | finite
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.dates()
    | st.times()
    | st.datetimes(timezones=st.just(UTC) | st.none())
)
plain = st.dictionaries(
    texts,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)


@given(scenarios)
def test_a_scenario_reads_back_equal(scenario: Scenario) -> None:
    """Reading what was written gives an equal scenario, patient, union members, enumerations and all."""
    assert read_toml(write_toml(scenario), Scenario, source="written") == scenario


@given(scenarios)
def test_writing_what_was_read_gives_the_same_text(scenario: Scenario) -> None:
    """Writing is a fixed point: a file that was written once does not change when written again."""
    text = write_toml(scenario)
    assert write_toml(read_toml(text, Scenario, source="written")) == text


@given(plain)
def test_any_plain_data_reads_back_equal(data: dict) -> None:
    """tomllib reads any nesting of tables, lists and values back as it was, texts to the last character."""
    assert tomllib.loads(toml_text(data)) == data


def test_layout_is_readable() -> None:
    """Values precede tables, short lists stay on one line, long texts span lines, None is left out."""
    scenario = read_toml(VALID, Scenario, source="valid").model_copy(update={"briefing": 'A "fall".\nPain.\n'})
    text = write_toml(scenario)
    assert 'briefing = """\nA "fall".\nPain.\n"""' in text
    assert "start_mm = [0.0, 12.5, -3.0]" in text
    assert "\n\n[patient.fracture]\nheight_ratio = 0.65\n" in text
    assert text.count("[[criteria]]") == 2
    assert text.startswith('id = "l1-wedge"')
    assert "fracture" not in write_toml(PatientSpec())


def test_long_lists_are_broken_into_lines() -> None:
    """A list too long for one line has one element a line, nested ones indented."""
    text = toml_text({"rows": [[float(i), 1.0 + i] for i in range(30)]})
    assert "\n    [29.0, 30.0],\n]" in text
    assert max(map(len, text.splitlines())) <= 110


def test_a_file_with_every_default_needs_only_the_required_names() -> None:
    """The shortest valid file gives the defaults, which also survive the round trip."""
    short = 'id = "a"\n[[criteria]]\nkind = "within_time"\nlimit_s = 60\n'
    scenario = read_toml(short, Scenario, source="short")
    assert scenario.patient == PatientSpec()
    assert scenario.mode is Mode.TRAINING
    assert read_toml(write_toml(scenario), Scenario, source="written") == scenario


@dataclass(frozen=True)
class _FracturedByDefault:
    fracture: FractureSpec | None = field(default_factory=FractureSpec)


class _NeedsOrNot(BaseModel):
    limit_s: float | None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (_FracturedByDefault(None), "fracture: TOML cannot say None"),
        (_NeedsOrNot(limit_s=None), "limit_s: TOML cannot say None"),
        ({"a": [{"b c": float("nan")}]}, r'a\[1\]."b c": nan'),
        ({"a": float("inf")}, "a: inf"),
        ({"a": 2**63}, "64 bits"),
        ({"a": [None]}, r"a\[1\]: TOML has no word for None"),
        ({"a": "\ud800"}, "lone surrogate"),
        ({"\ud800": 1}, "lone surrogate"),
        ({"a": 1j}, "no word for 1j"),
        ({"a": time(1, 2, tzinfo=UTC)}, "time zone"),
        (3, "give a dataclass"),
        (PatientSpec, "give a dataclass"),
    ],
)
def test_what_cannot_be_read_back_is_refused(value: object, words: str) -> None:
    """Nothing is written that would read back as something else; the error names the place."""
    with pytest.raises(ValueError, match=words):
        write_toml(value)


def test_dates_are_written_as_dates() -> None:
    """Dates and times stand without quotation marks."""
    text = toml_text({"day": date(2025, 1, 31), "at": time(12, 30), "moment": datetime(2025, 1, 31, 12, 30)})
    assert text == "day = 2025-01-31\nat = 12:30:00\nmoment = 2025-01-31T12:30:00\n"


def test_sets_are_written_in_order() -> None:
    """A set has no order of its own, a file must not depend on chance."""
    assert write_toml({"sides": frozenset(["right", "left"])}) == 'sides = ["left", "right"]\n'
