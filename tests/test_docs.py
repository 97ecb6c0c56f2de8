"""Documentation that is executed, so that it cannot lie."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

import simulator.engine.case
from scenarios.loading import read_toml
from scenarios.schema import Criterion, Instruments
from scenarios.vocabulary import METRICS
from simulator.devices import cement_products, injectors
from tests.conftest import coarse_patient_of

ROOT = Path(__file__).parents[1]


def python_blocks(path: Path) -> str:
    """All Python examples of a page, in order, as one program."""
    return "\n".join(re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL))


def test_python_api_examples_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The page on the Python API runs from top to bottom and prints what it promises."""
    monkeypatch.setattr(simulator.engine.case.make_case, "__kwdefaults__", {"patient_of": coarse_patient_of})
    program = python_blocks(ROOT / "docs" / "python-api.md")
    assert program.count("\n") > 20
    exec(compile(program, "docs/python-api.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "exposed" in printed
    assert "400 mm is beyond the table's travel" in printed
    assert "(512, 512) uint8" in printed
    assert "verified" in printed


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        *(
            f"docs/{page}.md"
            for page in ("python-api", "dose-and-dicom", "anatomy", "import-ct", "prognosis", "patient", "cement")
        ),
    ],
)
def test_links_of_pages_lead_somewhere(page: str) -> None:
    """Relative links and pictures of a page exist."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (ROOT / page).parent.joinpath(target).exists(), target


def test_the_page_on_dose_names_what_there_is() -> None:
    """Its files exist, its metrics are in the vocabulary, its commands and options are the program's."""
    from typer.main import get_command

    from simulator.cli.app import app_of

    page = (ROOT / "docs" / "dose-and-dicom.md").read_text(encoding="utf-8")
    files = re.findall(r"`(\w+/[\w/]+\.\w+)`", page)
    assert len(files) >= 3
    for file in files:
        assert (ROOT / file).exists(), file
    named = re.findall(r"`(\w+_(?:mgy|ugy|gycm2|pulses|s|percent))`", page)
    assert len(named) >= 8
    assert set(named) <= set(METRICS)
    commands = get_command(app_of()).commands  # type: ignore[attr-defined]
    lines = re.findall(r"^    vertebrosim (\w+) (.*)", page, re.MULTILINE)
    assert len(lines) >= 6
    for name, rest in lines:
        options = {option for parameter in commands[name].params for option in parameter.opts}
        for option in re.findall(r"(?<=\s)--?[a-z-]+", rest):
            assert option in options, (name, option)


def test_the_criterion_on_the_page_on_dose_can_be_used() -> None:
    """The TOML of the page is read as a criterion."""
    page = (ROOT / "docs" / "dose-and-dicom.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    (row,) = tomllib.loads(block)["rubric"]["criteria"]
    assert Criterion(**row).metric in METRICS


def test_readme_names_every_command() -> None:
    """Every command of the program stands in the README, and the README names no other."""
    from simulator.cli.app import app_of

    app = app_of()
    names = {str(c.name) for c in app.registered_commands} | {str(g.name) for g in app.registered_groups}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^    vertebrosim (\w+)", readme, re.MULTILINE)) == names


def test_the_page_on_the_patient_names_what_there_is() -> None:
    """Its commands, drugs and scenario table are the program's."""
    from scenarios.schema import Condition
    from simulator.engine.patient.drugs import DRUG_NAMES
    from simulator.engine.patient_commands import PatientCommand

    page = (ROOT / "docs" / "patient.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == {one.kind for one in get_args(PatientCommand)}
    assert all(drug in page for drug in DRUG_NAMES)
    (block,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    condition = read_toml(block.replace("[condition]", "").replace("[[condition.", "[["), Condition, source="page")
    assert condition.complications[0].kind == "vagal reflex"


def test_the_tables_on_the_page_on_cement_are_the_program_s() -> None:
    """Products and injectors stand there as they are in the code; the TOML is read as instruments."""
    page = (ROOT / "docs" / "cement.md").read_text(encoding="utf-8")
    assert cement_products.table() in page
    assert injectors.table() in page
    (block,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    tools = Instruments.model_validate_json(json.dumps(tomllib.loads(block)["instruments"]))
    assert (tools.batches, tools.batch_ml, tools.barium_sulphate_percent) == (2, 12.0, 28.0)


def commands_on(page: Path) -> list[list[str]]:
    """Every call of the program on a page, in indented lines and in code, as words, without comments behind."""
    text = page.read_text(encoding="utf-8")
    lines = re.findall(r"^    (?:\w+=\S+ )*vertebrosim (\S.*)$", text, re.MULTILINE)
    inline = [" ".join(found.split()) for found in re.findall(r"`vertebrosim ([^`]+)`", text)]
    return [re.split(r" {2,}", line)[0].split() for line in (*lines, *inline)]


PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_is_the_program_s(page: Path) -> None:
    """Its commands, those of its groups, and all options that are named."""
    from typer.main import get_command

    from simulator.cli.app import app_of

    commands = get_command(app_of()).commands  # type: ignore[attr-defined]
    for words in commands_on(page):
        assert words[0] in commands, words
        found = [commands[words[0]]]
        if hasattr(found[0], "commands"):
            names = words[1].split("|") if len(words) > 1 else []
            assert set(names) <= set(found[0].commands), words
            found = [found[0].commands[name] for name in names] or found
        known = {option for one in found for parameter in one.params for option in parameter.opts} | {"--help"}
        for word in words[1:]:
            option = word.strip("[]").split("=")[0]
            assert not re.match(r"--?[a-z]", option) or option in known, (words, option)


def test_commands_are_found_on_pages() -> None:
    """The test above has something to look at, and would see an option that is not there."""
    found = [words for page in (ROOT / "README.md", ROOT / "docs" / "trainee.md") for words in commands_on(page)]
    assert len(found) > 20
    assert ["play", "kyphoplasty-l1-wedge", "--trainee", "T-042"] in found
    assert any("--format" in words for words in found)
