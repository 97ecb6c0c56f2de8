"""What a scenario may say: limits and rules of the schema, told in words that help."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from anatomy.spec import PatientSpec
from scenarios.cases import ids, text_of
from scenarios.loading import InvalidFile, read_toml, write_toml
from scenarios.schema import PULSES_PER_S, CArm, Criterion, Gate, Instruments, Rubric, Scenario
from scenarios.vocabulary import METRICS
from simulator.engine.state import TICK_HZ
from tests.scenarios.small_scenario import problems_of

TEXT = write_toml(
    Scenario(
        id="kyphoplasty-l1", version="1", title="Kyphoplasty of L1", procedure="kyphoplasty",
        patient=PatientSpec(stature_mm=1600.0), carm=CArm(planes=2),
        instruments=Instruments(needle_gauge=10, balloon="10/3"),
        rubric=Rubric(
            gates=(Gate(metric="leak_canal_ml", fail_above=0.25, why="Cement lies in the canal."),),
            criteria=(
                Criterion(group="access", metric="pedicle_breach_mm", points=8.0, full_to=0.0, none_above=2.0),
            ),
        ),
    )
)  # fmt: skip
"""A whole scenario, each value on its line."""


def complaint(old: str, new: str, text: str = TEXT) -> str:
    """What reading says when old is written as new; the mistake stands on one line."""
    assert text.count(old) >= 1, old
    problems = problems_of(text.replace(old, new, 1), Scenario)
    assert problems, "reads without complaint"
    with pytest.raises(InvalidFile) as caught:
        read_toml(text.replace(old, new, 1), Scenario, source="case.toml")
    return str(caught.value)


def line_of(old: str) -> int:
    """The line on which old stands."""
    return TEXT[: TEXT.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("needle_gauge = 10", 'needle_gauge = "10"', ["needle_gauge", "8, 10, 11", "needle_gauge = 10"]),
        ("needle_gauge = 10", "needle_gauge = 9", ["needle_gauge", "8, 10, 11"]),
        ("temperature_c = 21.0", "temperature_c = 45", ["temperature_c", "45", "30"]),
        ("temperature_c = 21.0", "temperature_f = 70", ["temperature_f", "temperature_c"]),
        ("pulses_per_s = 7.5", "pulses_per_s = 5", ["pulses_per_s", "1, 3.75, 7.5, 15, 30"]),
        ("pass_mark = 70.0", "pass_mark = 101", ["pass_mark", "100"]),
        ("points = 8.0", "points = -8", ["points", "-8"]),
        ("points = 8.0", "points = 0", ["points", "0"]),
        ("points = 8.0", "points = 1000000000", ["points", "1000"]),
        ("points = 8.0", "points = nan", ["points"]),
        ("fail_above = 0.25", "fail_above = inf", ["fail_above"]),
        ("stature_mm = 1600.0", "stature_mm = 160", ["stature_mm", "160"]),
        ("stature_mm = 1600.0", 'stature_mm = "160 cm"', ["stature_mm = 1600"]),
        ("stature_mm = 1600.0", "stature_cm = 160", ["stature_cm", "stature_mm = 1600"]),
        ('metric = "pedicle_breach_mm"', 'metric = "pedicle_breech_mm"', ["did you mean", "pedicle_breach_mm"]),
        ('cement = "high viscosity"', 'cement = "high viscosty"', ["did you mean", "high viscosity"]),
        ('needles = ["left", "right"]', "needles = []", ["needles"]),
        ("schema_version = 1", "schema_version = 2", ["schema_version"]),
        ('id = "kyphoplasty-l1"', 'id = "Kyphoplasty L1"', ["id"]),
        ("planes = 2", "planes = true", ["planes", "found true", "1 or 2"]),
        ("schema_version = 1", "schema_version = true", ["schema_version", "found true"]),
        ("needle_gauge = 10", "needle_gauge = false", ["needle_gauge", "found false"]),
        ("[carm]", "[c_arm]", ["c_arm", "carm"]),
        ('group = "access"', 'group = "acess"', ["did you mean", "access"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_mistakes_are_named_with_their_remedy(old: str, new: str, words: list[str]) -> None:
    """The message has the line, what was found, and what is allowed or meant."""
    message = complaint(old, new)
    assert all(word in message for word in words), message
    assert message.startswith(f"case.toml:{line_of(old)}: "), message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('balloon = "10/3"', "", "a kyphoplasty needs instruments.balloon, for example"),
        ('procedure = "kyphoplasty"', 'procedure = "vertebroplasty"', "remove instruments.balloon"),
        ('needles = ["left", "right"]', 'needles = ["left", "left"]', "names a side twice"),
    ],
    ids=["balloon missing", "balloon too many", "one side twice"],
)
def test_rules_between_values_are_told(old: str, new: str, words: str) -> None:
    """What fits alone but not together is told with the remedy."""
    assert words in complaint(old, new)


def test_all_mistakes_are_told_at_once() -> None:
    """Three mistakes on three lines are three problems, in the order of lines."""
    text = TEXT.replace("planes = 2", "planes = 3").replace("pass_mark = 70.0", "pass_mark = 700")
    text = text.replace("temperature_c = 21.0", "temperature_c = 99")
    lines = [problem.line for problem in problems_of(text, Scenario)]
    assert len(lines) == 3
    assert lines == sorted(lines)


GATE = {"metric": "leak_ml", "why": "It leaked."}
LINE = {"group": "cement", "metric": "leak_ml", "points": 5.0}


@pytest.mark.parametrize(
    ("model", "fields", "words"),
    [
        (Gate, GATE, "exactly one of fail_above and fail_below"),
        (Gate, {**GATE, "fail_above": 1.0, "fail_below": 0.0}, "exactly one of fail_above and fail_below"),
        (Criterion, LINE, "needs full_from, full_to or both"),
        (Criterion, {**LINE, "full_to": 1.0, "none_below": 0.0}, "none_below needs full_from"),
        (Criterion, {**LINE, "full_from": 1.0, "none_above": 2.0}, "none_above needs full_to"),
        (Criterion, {**LINE, "full_from": 2.0, "full_to": 1.0}, "must rise"),
        (Criterion, {**LINE, "full_to": 2.0, "none_above": 1.0}, "must rise"),
        (Criterion, {**LINE, "full_from": 2.0, "none_below": 3.0}, "must rise"),
    ],
)
def test_rules_between_fields(model: Any, fields: dict[str, Any], words: str) -> None:
    """What fits alone but not together is refused with the rule."""
    with pytest.raises(ValidationError, match=words):
        model(**fields)


def test_limits_of_a_gate_and_a_band_may_coincide() -> None:
    """Zero is a limit, and a band may be a point."""
    assert Gate(**GATE, fail_above=0.0).fail_above == 0.0
    assert Criterion(**LINE, none_below=1.0, full_from=1.0, full_to=1.0, none_above=1.0).full_to == 1.0


def test_pulse_rates_fall_on_ticks() -> None:
    """Between two pulses lies a whole number of ticks."""
    assert all((TICK_HZ / rate).is_integer() for rate in PULSES_PER_S)


def test_a_scenario_cannot_be_changed() -> None:
    """Everything in it is frozen."""
    scenario = read_toml(TEXT, Scenario, source="x")
    with pytest.raises(ValidationError, match="frozen"):
        scenario.rubric.pass_mark = 0.0  # type: ignore[misc]


SCHEMA = json.loads(json.dumps(TypeAdapter(Scenario).json_schema()))


def references(part: Any) -> list[str]:
    """Every $ref in a JSON Schema."""
    if isinstance(part, dict):
        return [v for k, v in part.items() if k == "$ref"] + [r for v in part.values() for r in references(v)]
    return [r for v in part for r in references(v)] if isinstance(part, list) else []


def test_the_exported_schema_is_closed() -> None:
    """Plain JSON; every reference resolves; no table takes unknown keys; every metric can be completed."""
    definitions = SCHEMA["$defs"]
    assert {ref.removeprefix("#/$defs/") for ref in references(SCHEMA)} <= set(definitions)
    tables = [SCHEMA, *(d for d in definitions.values() if d.get("type") == "object")]
    assert len(tables) >= 9
    assert all(table["additionalProperties"] is False for table in tables)
    assert definitions["Criterion"]["properties"]["metric"]["enum"] == list(METRICS)


@pytest.mark.parametrize("case_id", ids())
def test_the_exported_schema_accepts_the_library(case_id: str) -> None:
    """Editors that check by the schema find nothing wrong with what ships, and something with a mistake."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    import tomllib

    data = tomllib.loads(text_of(case_id))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(data, SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**data, "unknown": 1}, SCHEMA)


def test_written_defaults_are_explicit() -> None:
    """A written scenario shows every value, so that an author sees what may be set."""
    scenario = read_toml(text_of("vertebroplasty-t12"), Scenario, source="x")
    text = write_toml(scenario)
    assert "batches = 1" in text
    assert "start_off_centre_mm" in text


def test_a_misspelt_metric_is_told_its_name_not_all_names() -> None:
    """With 57 metrics the sentence names the one that was meant; where none is near it lists them."""
    text = text_of("kyphoplasty-l1-wedge")
    for wrong, told, length in (("leak_cc", "did you mean leak_ml?", 200), ("xxxxxxx", "duration_min", 3000)):
        with pytest.raises(InvalidFile, match=re.escape(told)) as error:
            read_toml(text.replace('metric = "leak_ml"', f'metric = "{wrong}"'), Scenario, source="case.toml")
        assert len(str(error.value)) < length


def test_an_older_name_still_reads_and_keeps_its_line() -> None:
    """Files of when every fracture was a wedge read; a wrong value is told under its present name, at its line."""
    now = text_of("kyphoplasty-l1-wedge")
    old = now.replace("\nheight_ratio", "\nanterior_height_ratio")
    assert old != now
    assert read_toml(old, Scenario, source="x") == read_toml(now, Scenario, source="x")
    (problem,) = problems_of(old.replace("anterior_height_ratio = 0.70", "anterior_height_ratio = 1.7"), Scenario)
    line = old[: old.index("anterior_height_ratio")].count("\n") + 1
    assert (problem.line, problem.where) == (line, "patient.fracture.height_ratio")


def test_consent_that_is_not_given_is_not_written() -> None:
    """Recordings carry the scenario's text: those from before the field keep theirs, letter by letter."""
    assert "consent" not in TEXT
    told = TEXT.replace("[briefing]\n", '[briefing]\nconsent = "Cement may leak."\n')
    scenario = read_toml(told, Scenario, source="told")
    assert scenario.briefing.consent == "Cement may leak."
    assert read_toml(write_toml(scenario), Scenario, source="again") == scenario
