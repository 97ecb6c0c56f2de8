"""Documentation that is executed, so that it cannot lie."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import simulator.engine.case
from tests.conftest import coarse_patient_of

ROOT = Path(__file__).parents[1]


def python_blocks(path: Path) -> str:
    """All Python examples of a page, in order, as one program."""
    return "\n".join(re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL))


def test_python_api_examples_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The page on the Python API runs from top to bottom and prints what it promises."""
    monkeypatch.setattr(simulator.engine.case, "build", coarse_patient_of)
    monkeypatch.setattr(simulator.engine.case.make_case, "__kwdefaults__", {"patient_of": coarse_patient_of})
    program = python_blocks(ROOT / "docs" / "python-api.md")
    assert program.count("\n") > 20
    exec(compile(program, "docs/python-api.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "exposed" in printed
    assert "400 mm is beyond the table's travel" in printed
    assert "(512, 512) uint8" in printed
    assert "verified" in printed


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/python-api.md"])
def test_links_of_pages_lead_somewhere(page: str) -> None:
    """Relative links and pictures of a page exist."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (ROOT / page).parent.joinpath(target).exists(), target


def test_readme_names_every_command() -> None:
    """Every command of the program stands in the README, and the README names no other."""
    from simulator.cli.app import app

    names = {str(c.name) for c in app.registered_commands} | {str(g.name) for g in app.registered_groups}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^    vertebrosim (\w+)", readme, re.MULTILINE)) == names
