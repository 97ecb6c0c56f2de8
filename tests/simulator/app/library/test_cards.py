"""What stands on cards, which are shown, and in which order; own files beside those that ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from anatomy.spec import LEVELS, FractureSpec, PatientSpec
from scenarios import cases
from scenarios.told import sentence, told
from simulator.app.library.attempts import Attempt, Standing
from simulator.app.library.briefing import briefing_html, counting_html
from simulator.app.library.cards import REGIONS, Card, Wanted, facts, points_by_group, record, region_of, shown
from simulator.app.library.own_cases import CaseFile, own_cases, read_case, shipped
from simulator.app.library.schematic import schematic
from simulator.app.wording import LANGUAGES, Wording

SAY = Wording()
ATTEMPT = Attempt(Path("a.vsim"), 9.0, "vertebroplasty-t12", "1", "T", "practice", True, 900.0, 82.4, True)
STANDINGS = {"vertebroplasty-t12": Standing((ATTEMPT,), 82.4, True, True)}
CARDS = [Card(one, STANDINGS.get(one.key, Standing())) for one in shipped()]


def keys(wanted: Wanted, order: str = "difficulty") -> list[str]:
    return [card.file.key for card in shown(CARDS, wanted, SAY, order)]


def test_a_card_says_what_one_chooses_by() -> None:
    card = next(card for card in CARDS if card.file.key == "vertebroplasty-t12")
    assert facts(SAY, card) == "T12 · intermediate · 35 min · Vertebroplasty"
    assert record(SAY, card) == "1 attempt · best 82 · passed"
    assert record(SAY, CARDS[0]) == "not tried yet"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), set(cases.ids())),
        (Wanted(words="MYELOMA t11"), {"vertebroplasty-t11-myeloma"}),
        (Wanted(words="no such case"), set()),
        (Wanted(procedure="kyphoplasty"), {i for i in cases.ids() if i.startswith("kypho")}),
        (Wanted(region="thoracic"), {"vertebroplasty-t7-extrapedicular"}),
        (Wanted(region="lumbar"), {"vertebroplasty-l3-metastasis"}),
        (Wanted(stand="done"), {"vertebroplasty-t12"}),
        (Wanted(stand="passed"), {"vertebroplasty-t12"}),
        (Wanted(stand="open"), set(cases.ids()) - {"vertebroplasty-t12"}),
        (Wanted(difficulty="basic"), {"kyphoplasty-l1-wedge"}),
        (Wanted(difficulty="basic", procedure="vertebroplasty"), set()),
    ],
)
def test_filters(wanted: Wanted, expected: set[str]) -> None:
    assert set(keys(wanted)) == expected


def test_orders() -> None:
    by_level = [cases.find(key).patient.target_level for key in keys(Wanted(), "level")]
    assert by_level == sorted(by_level, key=LEVELS.index)
    assert keys(Wanted(), "best")[0] == keys(Wanted(), "last")[0] == "vertebroplasty-t12"
    assert keys(Wanted())[0] == "kyphoplasty-l1-wedge"
    titles = [cases.find(key).title for key in keys(Wanted(), "title")]
    assert titles == sorted(titles, key=str.lower)


def test_every_level_that_can_be_treated_has_one_region() -> None:
    levels = [level for region in REGIONS.values() for level in region]
    assert len(set(levels)) == len(levels)
    assert all(region_of(cases.find(case)) for case in cases.ids())
    assert set(LEVELS[LEVELS.index("T4") :]) <= set(levels)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", cases.ids())
def test_a_briefing_says_everything(case: str, language: str) -> None:
    say, scenario = Wording(language), cases.find(case)
    html = briefing_html(say, Card(CaseFile(case, scenario), language=language))
    briefing = told(scenario, language).briefing
    for _, text in briefing:
        assert text
        assert " ".join(text.split()).replace("'", "&#x27;") in html
    counting = counting_html(say, scenario)
    assert all(sentence(gate.why, language).replace("'", "&#x27;") in counting for gate in scenario.rubric.gates)
    for group in points_by_group(scenario):
        assert say(f"scored.{group}") in counting


def test_what_a_file_says_is_text_and_not_markup(tmp_path: Path) -> None:
    text = cases.text_of("vertebroplasty-t12").replace("MRI: oedema", "<img src='x'>MRI: oedema")
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    assert "<img" not in briefing_html(SAY, Card(read_case(tmp_path / "own.toml")))


def test_own_cases_are_listed_and_invalid_ones_say_why(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(cases.text_of("vertebroplasty-t12"), encoding="utf-8")
    (tmp_path / "bad.toml").write_text(
        cases.text_of("vertebroplasty-t12").replace("t_score = -2.8", "t_score = -9").replace("seed", "sead"),
        encoding="utf-8",
    )
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)))
    (tmp_path / "notes.txt").write_text("no case")
    (tmp_path / "folder.toml").mkdir()
    found = {Path(one.key).name: one for one in own_cases(tmp_path)}
    assert found.keys() == {"good.toml", "bad.toml", "binary.toml"}
    assert found["good.toml"].scenario == cases.find("vertebroplasty-t12")
    bad = Card(found["bad.toml"])
    html = briefing_html(SAY, bad)
    assert "t_score" in html
    assert "sead" in html
    assert html.count("<p>") == 1 + 2, "each mistake is a sentence"
    assert found["binary.toml"].problem
    assert [card.title for card in shown([bad, *CARDS], Wanted(procedure="kyphoplasty"), SAY)][-1] == "bad.toml"
    assert own_cases(tmp_path / "nowhere") == []
    assert read_case(tmp_path / "gone.toml").problem


def test_the_drawing_has_the_fracture() -> None:
    """A wedge is lower in front, a biconcave body in the middle; lesions and old cement are drawn."""

    def heights(case: str) -> tuple[float, float, float]:
        (target,) = (shape for shape in schematic(cases.find(case)).shapes if shape.kind == "target")
        top, bottom = target.points[:9], target.points[10:19]
        return tuple(b[1] - t[1] for t, b in zip(top, reversed(bottom), strict=True))[::4]  # type: ignore[return-value]

    front, middle, back = heights("kyphoplasty-l1-wedge")
    assert front / back == pytest.approx(0.70)
    assert front < middle < back
    front, middle, back = heights("kyphoplasty-l2-new-fracture")
    assert middle < 0.8 * front
    assert front == pytest.approx(back)
    kinds = {case: {shape.kind for shape in schematic(cases.find(case)).shapes} for case in cases.ids()}
    assert "cement" in kinds["kyphoplasty-l2-new-fracture"]
    assert "lesion" in kinds["vertebroplasty-t11-myeloma"]
    assert "cleft" in kinds["kyphoplasty-t12-cleft"]
    names = [name for name, _ in schematic(cases.find("vertebroplasty-t7-extrapedicular")).names]
    assert names == ["T6", "T7", "T8"]


@pytest.mark.parametrize("level", ["T4", "L5"])
@pytest.mark.parametrize("shape", ["wedge", "biconcave", "crush"])
@pytest.mark.parametrize("endplate", ["superior", "inferior", "both"])
def test_every_fracture_can_be_drawn(level: str, shape: str, endplate: str) -> None:
    fracture = FractureSpec(shape=shape, endplate=endplate, height_ratio=0.15)  # type: ignore[arg-type]
    spec = PatientSpec(target_level=level, fracture=fracture)  # type: ignore[arg-type]
    scenario = cases.find("vertebroplasty-t12").model_copy(update={"patient": spec})
    drawing = schematic(scenario)
    assert all(0.0 <= c <= 1.0 for one in drawing.shapes for point in one.points for c in point)
    (target,) = (one for one in drawing.shapes if one.kind == "target")
    gaps = [b[1] - t[1] for t, b in zip(target.points[:9], reversed(target.points[10:19]), strict=True)]
    assert min(gaps) > 0.0, "endplates do not cross"
