"""Every mistake in a hand-written file is found, on its line, with what is allowed and what to do."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from anatomy.spec import LEVELS, PatientSpec
from scenarios.loading import InvalidFile, Problem, read_toml
from tests.scenarios.small_scenario import (
    CRITERION,
    VALID,
    Criterion,
    Scenario,
    WithinTime,
    only_problem,
    problems_of,
)


def changed(old: str, new: str) -> tuple[str, int]:
    """VALID with one part changed, and the line of the change."""
    assert VALID.count(old) == 1
    return VALID.replace(old, new), VALID[: VALID.index(old)].count("\n") + 1


def test_a_valid_file_is_read() -> None:
    """The values arrive, lists as tuples, tables as dataclasses, whole numbers where any number may stand."""
    scenario = read_toml(VALID, Scenario, source="case.toml")
    assert scenario.patient.fracture is not None
    assert scenario.patient.fracture.height_ratio == 0.65
    assert scenario.start_mm == (0.0, 12.5, -3.0)
    assert (scenario.technique.kv, type(scenario.technique.kv)) == (85.0, float)
    assert isinstance(scenario.criteria[1], WithinTime)
    assert scenario.mode.value == "exam"


# (part of VALID, what stands there instead, where, words of the message in this order)
MISTAKES = [
    ('id = "l1-wedge"', "id = 5", "id", ["found 5", "allowed text", 'write id = "5"']),
    ('id = "l1-wedge"', 'id = ""', "id", ["found the text ''", "at least 1 character"]),
    ('id = "l1-wedge"', "id = 2025-01-31", "id", ["date", "allowed text", 'write id = "2025-01-31"']),
    ('mode = "exam"', 'mode = "Exam"', "mode", ["'training' or 'exam'", "did you mean exam?"]),
    ("assisted = false", 'assisted = "no"', "assisted", ["true or false", "write assisted = false"]),
    ("assisted = false", "assisted = 1", "assisted", ["found 1", "write assisted = true"]),
    ("12.5, -3]", "12.5]", "start_mm", ["found a list of 2", "a list of 3 elements, each a number in mm"]),
    ("12.5, -3]", "12.5, -3, 4]", "start_mm", ["found a list of 4", "a list of 3 elements"]),
    ("12.5, -3]", '12.5, "-3 cm"]', "start_mm[3]", ["the text '-3 cm'", "a number in mm", "write -30"]),
    ("12.5, -3]", "nan, -3]", "start_mm[2]", ["found nan", "a number in mm"]),
    ('"L1", "L2"]', '"L1", "l 2"]', "levels[2]", ["'T11', 'T12', 'L1', 'L2', 'L3', 'L4' or 'L5'"]),
    ('["L1", "L2"]', '"L1"', "levels", ["found the text 'L1'", 'write levels = ["L1"]']),
    ("time_limit_s = 1800", "time_limit_s = 0", "time_limit_s", ["found 0", "above 0 and at most 7200 s"]),
    ("time_limit_s = 1800", 'time_limit_s = "30 min"', "time_limit_s", ["write time_limit_s = 1800"]),
    ("time_limit_s = 1800", "time_limit_min = 30", "time_limit_min", ["given in s: time_limit_s = 1800"]),
    ("= 300.0", '= "presets"', "viscosity_pa_s", ["a number in Pa s", "or 'preset'", "did you mean preset?"]),
    ("= 300.0", "= nan", "viscosity_pa_s", ["found nan", "a number in Pa s"]),
    ("cement = 0.5 }", 'cement = "half" }', "weights.cement", ["the text 'half'", "a number"]),
    ("access = 0.5", "acess = 0.5", "weights.acess", ["'access', 'imaging' or 'cement'; did you mean access?"]),
    ("cement = 0.5 }", "cement = inf }", "weights.cement", ["found inf", "allowed a number"]),
    ("radius_mm = 1.5", "radius_mm = 4", "aim.radius_mm", ["found 4, allowed above 0 and at most 3 mm"]),
    ("radius_mm = 1.5", "radius = 1.5", "aim.radius", ["entry_mm, target_mm or radius_mm; did you mean"]),
    ("seed = 7", "seed = 2.5", "patient.seed", ["found 2.5", "a whole number, 0 to 4294967295"]),
    ("seed = 7", "seed = 7.0", "patient.seed", ["found 7.0", "write seed = 7"]),
    ("seed = 7", "seed = true", "patient.seed", ["found true", "a whole number"]),
    ("seed = 7", "seed = 9223372036854775808", "patient.seed", ["found 9223372036854775808", "4294967295"]),
    ("seed = 7", f"seed = 0x{'f' * 9000}", "patient.seed", ["more than 30 digits", "0 to 4294967295"]),
    ("seed = 7", f"seed = {'9' * 5000}", "patient.seed", ["a number that a computer can hold"]),
    ("age_years = 78", "age_years = 17.5", "patient.age_years", ["found 17.5, allowed 18 to 100 years"]),
    ("age_years = 78", 'age_years = "78 years"', "patient.age_years", ["write age_years = 78"]),
    ("age_years = 78", "age_years = []", "patient.age_years", ["found an empty list", "a number in years"]),
    ("age_years = 78", "[patient.age_years]", "patient.age_years", ["found a table", "a number in years"]),
    ("stature_mm = 1590.0", "stature_cm = 159", "patient.stature_cm", ["stature_mm? It is given in mm: stat"]),
    ("stature_mm = 1590.0", "stature = 1590", "patient.stature", ["did you mean stature_mm? It is given in mm"]),
    ("stature_mm = 1590.0", "Stature-MM = 1590", "patient.Stature-MM", ["did you mean stature_mm?"]),
    ("stature_mm = 1590.0", "statur_mm = 1590", "patient.statur_mm", ["unknown", "did you mean stature_mm?"]),
    ("t_score = -3.1", "t_score = -9", "patient.t_score", ["patient.t_score: found -9, allowed -5 to 2"]),
    ("t_score = -3.1", 't_score = "-3,1"', "patient.t_score", ["write t_score = -3.1"]),
    ("t_score = -3.1", "t_score = -inf", "patient.t_score", ["found -inf", "-5 to 2"]),
    ("t_score = -3.1", "level = 'L1'", "patient.level", ["did you mean target_level?"]),
    ("t_score = -3.1", "briefing = 'x'", "patient.briefing", ["it belongs above the first [table]"]),
    ("t_score = -3.1", "kv = 80", "patient.kv", ["it belongs under [technique]"]),
    ("t_score = -3.1", '"b \\" [" = 1', 'patient."b " ["', ["an unknown name"]),
    ("mobile_share = 0.5", "mobile_share.x = 0.5", "patient.fracture.mobile_share", ["found a table"]),
    ("mobile_share = 0.5", "patient.x = 0.5", "patient.fracture.patient", ["above the first [table]"]),
    ("kv = 85", 'kv = "80 kV"', "technique.kv", ["the text '80 kV'", "kV (the unit is in", "write kv = 80"]),
    ("pulses_per_s = 7", "pulses_per_s = 8", "technique.pulses_per_s", ["found 8, allowed 1, 3, 7 or 15"]),
    ('kind = "in_band"', 'kind = "inband"', "criteria[1].kind", ["'in_band' or 'within_time'", "mean in_band?"]),
    ('kind = "in_band"', "kind = 3", "criteria[1].kind", ["found 3", "'in_band' or 'within_time'"]),
    ('"leak_ml"', '"leak_mm3"', "criteria[1].metric", ["did you mean leak_ml?"]),
    ("limit_s = 1500.0", "limit_s = 7200.5", "criteria[2].limit_s", ["found 7200.5", "at most 7200 s"]),
    ("points = 10", "points = 11", "criteria[2].points", ["points are given in fives", "(found 11)"]),
    ("points = 10", "band = [0.0, 1.0]", "criteria[2].band", ["an unknown name", "kind, limit_s or points"]),
    # mistakes of TOML itself
    ("kv = 85", "kv = 85 kV # high", "technique.kv", ["kV (the unit is in the name)", "write kv = 85"]),
    ("kv = 85", "kv = 85,5", "technique.kv", ["write kv = 85.5"]),
    ("kv = 85", "kv = .5", "technique.kv", ["write kv = 0.5"]),
    ("kv = 85", "kv =", "technique.kv", ["a value after the ="]),
    ("kv = 85", "kv 85", "technique.kv", ["write one = between name and value"]),
    ("pulses_per_s = 7", "kv = 90", "technique.kv", ["taken in line 29"]),
    ("kv = 85", "kv = True", "technique.kv", ["write kv = true"]),
    ("kv = 85", "kv = 85 pulses_per_s = 3", "technique.kv", ["one value and nothing after it"]),
    ("kv = 85", "[technique]", "technique", ["taken in line 28", "delete one"]),
    ('sex = "female"', "sex = female", "patient.sex", ['write sex = "female"']),
    ('sex = "female"', "sex = “female”", "patient.sex", ["straight quotation marks", 'write sex = "female"']),
    ('sex = "female"', 'sex = "female', "patient.sex", ["never closed"]),
    ('sex = "female"', 'sex = """female', "patient.sex", ["never closed"]),
    ("title = ", 'briefing = "C:\\data"\ntitle = ', "briefing", ["backslash", "written twice"]),
    ("title = ", "briefing = 'a\x07b'\ntitle = ", "briefing", ["without control characters"]),
    ('["L1", "L2"]', '["L1" "L2"]', "levels", ["column 16", "commas between values"]),
    ('["L1", "L2"]', '["L1", "L2"', "levels", ["never closed"]),
    ("[patient.fracture]", "[patient.fracture", "patient.fracture", ["close the header"]),
    ("assisted = false", "größe = 5", '"größe"', ["name = value", "names have the letters"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "words"), MISTAKES, ids=[f"{m[1][:30]}" for m in MISTAKES])
def test_one_mistake_gives_one_problem(old: str, new: str, where: str, words: list[str]) -> None:
    """One mistake in a valid file gives exactly one problem: its line, its place, the remedy."""
    text, line = changed(old, new)
    problem = only_problem(text)
    assert (problem.line, problem.where) == (line, where)
    rest = str(problem)
    for word in words:
        assert word in rest, f"{word!r} is not, or not in this order, in {problem}"
        rest = rest[rest.index(word) + len(word) :]


_ENDS_THE_READING = ('"""female', "[technique]", "[patient.fracture", '["L1", "L2"', "[patient.age_years]")
_HIDES_OTHERS = ("kind = 3", "kv = 90")  # which names a criterion has is open; twice only while both can be read
_INDEPENDENT = [
    m for m in MISTAKES if not m[1].endswith((*_ENDS_THE_READING, *_HIDES_OTHERS)) and "\n" not in m[1]
]


@given(st.lists(st.sampled_from(_INDEPENDENT), max_size=12, unique_by=lambda m: changed(m[0], m[1])[1]))
@settings(max_examples=150)
def test_all_mistakes_are_told_at_once(mistakes: list[tuple]) -> None:
    """Any set of mistakes in different lines is told completely: each wrong line once, and no other line."""
    text = VALID
    for old, new, *_ in mistakes:
        text = text.replace(old, new)
    assert [p.line for p in problems_of(text)] == sorted(changed(old, new)[1] for old, new, *_ in mistakes)


TEN_MISTAKES = """\
id = "l1-wedge"
mode = "Exam"
time_limit_min = 30
levels = ["L1", "L7"]

[patient]
stature_cm = 159
sex = female
t_score = -9
seed = 2.5

[technique]
kv = "80 kV"

[[criteria]]
kind = "in_band"
metric = "leak_ml"

[[criteria]]
kind = "within_tim"
limit_s = 60
"""


def test_ten_mistakes_are_printed_one_a_line() -> None:
    """The whole message, as an instructor sees it."""
    with pytest.raises(InvalidFile) as caught:
        read_toml(TEN_MISTAKES, Scenario, source="case.toml")
    levels = ", ".join(f"'{level}'" for level in LEVELS[LEVELS.index("T4") : -1]) + " or 'L5'"
    names = "id, title, briefing, mode, assisted, start_mm, levels, time_limit_s, viscosity_pa_s, weights"
    *most, last = [field.name for field in fields(PatientSpec)]
    patient = f"{', '.join(most)} or {last}"
    assert str(caught.value).splitlines() == [
        "case.toml:2: mode: found the text 'Exam', allowed 'training' or 'exam'; did you mean exam?",
        f"case.toml:3: time_limit_min: found an unknown name, allowed {names}, notes, aim, patient, technique "
        "or criteria; did you mean time_limit_s? It is given in s: time_limit_s = 1800",
        f"case.toml:4: levels[2]: found the text 'L7', allowed {levels}",
        f"case.toml:7: patient.stature_cm: found an unknown name, allowed {patient}; "
        "did you mean stature_mm? It is given in mm: stature_mm = 1590",
        "case.toml:8: patient.sex: found `sex = female`, allowed a value; text stands in quotation marks; "
        'write sex = "female"',
        "case.toml:9: patient.t_score: found -9, allowed -5 to 2",
        "case.toml:10: patient.seed: found 2.5, allowed a whole number, 0 to 4294967295",
        "case.toml:13: technique.kv: found the text '80 kV', allowed a number in kV (the unit is in the name), "
        "40 to 125; write kv = 80",
        "case.toml:15: criteria[1].band: found nothing, allowed a list of 2 elements, each a number; "
        "add band = ... under this [[criteria]]",
        "case.toml:20: criteria[2].kind: found the text 'within_tim', allowed 'in_band' or 'within_time'; "
        "did you mean within_time?",
    ]


@pytest.mark.parametrize(
    ("text", "line", "where", "remedy"),
    [
        (CRITERION, 1, "id", "add id = ... above the first [table]"),
        ('id = "a"\n', 1, "criteria", "add [[criteria]]"),
        ('id = "a"\ncriteria = []\n', 2, "criteria", ""),
        ('id = "a"\n\n[[criteria]]\nlimit_s = 5\n', 3, "criteria[1].kind",
         "add kind = ... under this [[criteria]]"),
        (f'id = "a"\n{CRITERION}{CRITERION.splitlines()[0]}\nkind = "within_time"\n', 5, "criteria[2].limit_s",
         "add limit_s = ... under this [[criteria]]"),
        ('id = "a"\ncriteria = [{ kind = "within_time", limit_s = 5 },\n { kind = "within_time" }]\n', 3,
         "criteria[2].limit_s", "add limit_s = ... under this [[criteria]]"),
        ('id = "a"\n[criteria]\nkind = "within_time"\nlimit_s = 5\n', 2, "criteria",
         "begin it with [[criteria]] instead of [criteria]"),
        (f'id = "a"\n{CRITERION}[[patient]]\n', 5, "patient", "write it as [patient] with names below"),
        (f'id = "a"\npatient = "old"\n{CRITERION}', 2, "patient", "write it as [patient] with names below"),
    ],
)  # fmt: skip
def test_missing_names_and_wrong_tables(text: str, line: int, where: str, remedy: str) -> None:
    """What is missing is told on the line of its table's header, with what to add."""
    problem = only_problem(text)
    assert (problem.line, problem.where, problem.remedy) == (line, where, remedy)


def test_a_name_written_wrongly_is_not_also_missing() -> None:
    """A required name with a typing mistake gives one problem, not two."""
    assert only_problem('Id = "a"\n' + CRITERION).nearest == "id"
    assert only_problem("id = a\n" + CRITERION).remedy == 'write id = "a"'
    assert only_problem("id = nan\n" + CRITERION).found == "nan"


def test_rules_over_a_table_wait_for_its_values() -> None:
    """A rule of the model is told with the table's line, but not while a value that it needs was unreadable."""
    text, _ = changed("assisted = false", "assisted = true")
    rule = "an exam cannot be assisted: set assisted = false or mode = 'training'"
    assert only_problem(text) == Problem(1, "", "", "", remedy=rule)
    band, line = changed("[0.0, 0.3]", "[0.3, 0.0]")
    assert str(only_problem(band)) == "criteria[1]: the band must begin with its lower limit"
    assert only_problem(band).line == line - 3
    assert [p.where for p in problems_of(text.replace('mode = "exam"', "mode = exam"))] == ["mode"]
    assert len(problems_of(text.replace("seed = 7", "sead = 7"))) == 1
    assert [p.where for p in problems_of(text.replace('title = "W', 'colour = 1\ntitle = "W'))] == ["", "colour"]


def test_what_stands_before_an_unreadable_part_is_still_checked() -> None:
    """A header or text never closed ends the reading; mistakes before it are told, names after it not missed."""
    for broken in ("[technique", 'note = """', "x = [1,"):
        text = VALID.replace("age_years = 78", "age_years = 178").replace("[technique]", broken)
        assert [p.where for p in problems_of(text)][:1] == ["patient.age_years"]
        assert len(problems_of(text)) == 2
    assert [p.where for p in problems_of('colour = 1\ntitle = "')] == ["colour", "id", "criteria", "title"]


def test_a_forgotten_quotation_mark_does_not_move_what_follows() -> None:
    """A list that swallows the next header is one problem on its own line, however long the file."""
    text, line = changed('["L1", "L2"]', '["L1, "L2"]')
    assert only_problem(text).line == line
    assert problems_of('x = ["a, "b"]\n' * 100)[0].line == 1
    assert only_problem('levels = ["L1",\n[patient]\nseed = 1 ]\nsex = "male"\n').line == 2


def test_names_of_another_kind_of_criterion() -> None:
    """The tag decides what a table may hold, not its other names; no advice to put it where it already is."""
    text = 'id = "a"\n[[criteria]]\nkind = "within_time"\nmetric = 1\nband = 2\nlimit_s = -1\n'
    metric, band, limit = problems_of(text)
    assert [p.allowed for p in (metric, band)] == ["kind, limit_s or points"] * 2
    assert "belongs" not in str(metric) + str(band)
    assert limit.allowed == "above 0 and at most 7200 s"
    missing = only_problem('id = "a"\n[[criteria]]\nkind = "within_time"\npoints = 5\n')
    assert missing.allowed == "a number in s (the unit is in the name), above 0 and at most 7200"


def test_members_of_an_untagged_union_are_told_apart_by_their_names() -> None:
    """Of several kinds of tables that may stand in one place, the one with most of the given names is meant."""
    head = 'id = "a"\n' + CRITERION + "[aim]\n"
    assert (
        only_problem(head + "at_mm = [1, 2]").allowed
        == "a list of 3 elements, each a number in mm (the unit is in the name)"
    )
    assert only_problem(head + "at_mm = [1, 2, 3]\nradius_mm = 0").allowed == "above 0 mm"
    assert only_problem(head + "entry_mm = [1, 2, 3]\nradius_mm = 1").where == "aim.target_mm"
    assert "at_mm, radius_mm or a table with" in only_problem('id = "a"\naim = 3\n' + CRITERION).allowed


@pytest.mark.parametrize("model", [PatientSpec, Criterion, WithinTime])
def test_unknown_names_are_mistakes_in_every_kind_of_model(model: type) -> None:
    """Standard dataclasses, pydantic models and unions of both refuse names they do not know."""
    base = "" if model is PatientSpec else 'kind = "within_time"\nlimit_s = 5\n'
    assert problems_of(base, model) == ()
    assert only_problem(base + "colour = 1", model).where == "colour"


def test_data_of_the_anatomy_is_checked_at_every_depth() -> None:
    """Limits beside the fields of the patient's dataclasses hold two tables deep."""
    text = "[fracture]\nheight_ratio = 0.1\nmobile_shares = 1"
    assert [(p.line, p.where, p.nearest) for p in problems_of(text, PatientSpec)] == [
        (2, "fracture.height_ratio", None),
        (3, "fracture.mobile_shares", "mobile_share"),
    ]


class _Named(BaseModel):
    id: Annotated[str, Field(pattern="^[a-z0-9-]+$", examples=["l1-wedge"])]
    metrics: tuple[Literal[*(f"metric_{n}_ml" for n in range(60))], ...] = ()  # type: ignore[valid-type]


def test_long_lists_are_printed_once_and_patterns_have_examples() -> None:
    """Sixty allowed names are listed once, and not where the one that was meant is known; an example shows what a
    pattern means."""
    with pytest.raises(InvalidFile) as caught:
        read_toml('id = "L1 Wedge"\nmetrics = ["leak", "metric_60_ml", "spill"]', _Named, source="a.toml")
    named, first, second, third = str(caught.value).splitlines()
    assert named.endswith("allowed text of the form ^[a-z0-9-]+$, such as 'l1-wedge'")
    assert first.count("'metric_") == 60
    assert second == (
        "a.toml:2: metrics[2]: found the text 'metric_60_ml', allowed one of the names in the schema; "
        "did you mean metric_6_ml?"
    )
    assert third == "a.toml:2: metrics[3]: found the text 'spill', allowed what line 2 lists"
    assert caught.value.problems[2].allowed.count("'metric_") == 60
