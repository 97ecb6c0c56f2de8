"""Scenario files with random damage: read, or refused in words; nothing else ever happens."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import cases
from scenarios.loading import InvalidFile, read_toml, write_toml
from scenarios.schema import Scenario

TEXTS = [cases.text_of(case_id) for case_id in cases.ids()]
WORDS = ["", "=", "[", "]", '"', "'''", "\n", "nan", "-1", "1e999", "true", '"mm"', "[rubric]", "\0", "é", "{",
         "#", "..", "999999999999999999999", "2026-01-01", "[[rubric.gates]]"]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A library file in which lines were dropped, doubled, swapped or written over."""
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "swap", "value", "insert", "cut"])):
            case "drop":
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "value":
                lines[at] = lines[at].split("=")[0] + "= " + draw(st.sampled_from(WORDS))
            case "insert":
                place = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:place] + draw(st.sampled_from(WORDS)) + lines[at][place:]
            case "cut":
                lines = lines[: at + 1]
        if not lines:
            return ""
    return "\n".join(lines)


@settings(max_examples=150, deadline=None)
@given(damaged())
def test_damage_is_refused_in_words_or_harmless(text: str) -> None:
    """Either a valid scenario that survives writing and reading, or problems that each say something."""
    try:
        scenario = read_toml(text, Scenario, source="damaged.toml")
    except InvalidFile as error:
        refused = error
    else:
        assert read_toml(write_toml(scenario), Scenario, source="again") == scenario
        return
    assert refused.problems
    assert str(refused).startswith("damaged.toml")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_damaged_bytes_are_refused_in_words(text: str, data: st.DataObject) -> None:
    """Bytes written over at random places never give anything but a scenario or an InvalidFile."""
    raw = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found: object = read_toml(bytes(raw), Scenario, source="damaged.toml")
    except InvalidFile as error:
        found = error
    assert isinstance(found, Scenario) or str(found).startswith("damaged.toml")
