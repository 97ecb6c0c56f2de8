"""The command line as a user meets it: arguments in; exit code, standard output and standard error out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from anatomy.patient import Patient
from anatomy.spec import PatientSpec
from scenarios.schema import Scenario
from simulator.cli import app, play
from simulator.engine import commands as c
from simulator.engine import patient_cache
from simulator.engine import replay as replaying
from simulator.engine.case import Case, make_case
from simulator.engine.recording import Recording
from simulator.engine.session import new_session
from tests.conftest import coarse_patient_of


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process, the way the installed program does."""

    def run_(*arguments: object) -> Said:
        capsys.readouterr()
        code = app.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run_


@pytest.fixture
def refused(run: Run) -> Callable[..., str]:
    """Runs a command line that is a user's mistake; gives the one sentence on standard error."""

    def refused_(*arguments: object) -> str:
        said = run(*arguments)
        assert said.code == 2, said
        assert said.out == ""
        assert "Traceback" not in said.err
        assert said.err.startswith("vertebrosim: ")
        assert said.err.count("\n") == 1, said.err
        return said.err

    return refused_


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands build coarse patients, in a fraction of the time."""
    case_of = replaying.case_of

    def coarse_case(scenario: Scenario, seed: int) -> Case:
        return make_case(scenario, seed, patient_of=coarse_patient_of)

    def coarse_case_of(recording: Recording, **_patient_of: object) -> Case:
        return case_of(recording, patient_of=coarse_patient_of)

    def coarse_build(spec: PatientSpec) -> Patient:
        return coarse_patient_of(spec)

    monkeypatch.setattr(play, "make_case", coarse_case)
    monkeypatch.setattr(replaying, "case_of", coarse_case_of)
    monkeypatch.setattr(patient_cache, "patient_of", coarse_build)


def record(case: Case, path: Path, *, ended: bool) -> None:
    """Three seconds with two pictures and a refusal on the coarse kyphoplasty, recorded to a file."""
    session = new_session(case, "T-042", path)
    orders = {30: [c.Expose("A")], 90: [c.Expose("B")], 100: [c.Inflate("left", 1.0)]}
    for tick in range(181):
        session.tick(orders.get(tick, []))
    if ended:
        session.tick([c.EndProcedure()])
    session.close()


@pytest.fixture(scope="session")
def short_session(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete recording of three seconds in which hardly anything was done."""
    path = tmp_path_factory.mktemp("recorded") / "session.vsim"
    record(case, path, ended=True)
    return path


@pytest.fixture(scope="session")
def broken_off(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, never ended."""
    path = tmp_path_factory.mktemp("broken off") / "session.vsim"
    record(case, path, ended=False)
    return path
