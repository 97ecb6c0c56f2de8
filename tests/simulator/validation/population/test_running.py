"""A folder of rows: continued, mended, refused where it is another's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.devices.ground import Ground
from simulator.validation.population import bodies, running, storing
from simulator.validation.population.arms import ARMS
from simulator.validation.population.running import row_of, run
from simulator.validation.population.sampling import person_of
from simulator.validation.population.storing import Row, UnusableFolderError
from simulator.validation.population.treating import treated
from tests.conftest import FRACTURED, coarse_patient_of

ONE = ("kyphoplasty",)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds that were treated; treating is a row of nothing."""
    seeds: list[int] = []

    def row(seed: int, arms: tuple[str, ...]) -> Row:
        seeds.append(seed)
        return {"seed": seed, "untreatable": "not tried"}

    monkeypatch.setattr(running, "row_of", row)
    return seeds


def test_a_run_is_continued(tmp_path: Path, asked: list[int]) -> None:
    run(tmp_path / "p", range(5, 8), arms=ONE, workers=1)
    rows = run(tmp_path / "p", range(5, 10), arms=ONE, workers=1)
    assert asked == [5, 6, 7, 8, 9]
    assert [row["seed"] for row in rows] == asked


def test_a_cut_line_is_done_again(tmp_path: Path, asked: list[int]) -> None:
    """At every byte of the last line."""
    run(tmp_path, range(3), arms=ONE, workers=1)
    file = tmp_path / storing.ROWS
    whole = file.read_bytes()
    before = whole[:-1].rfind(b"\n") + 1
    for cut in range(before, len(whole)):
        file.write_bytes(whole[:cut])
        asked.clear()
        run(tmp_path, range(3), arms=ONE, workers=1)
        assert asked == [2]
        assert file.read_bytes() == whole


def test_progress_is_told(tmp_path: Path, asked: list[int]) -> None:
    told: list[tuple[str, float]] = []
    run(tmp_path, range(2), arms=ONE, workers=1, progress=lambda what, share: told.append((what, share)))
    assert told == [("1 of 2 patients", 0.5), ("2 of 2 patients", 1.0)]


def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path, asked: list[int]) -> None:
    run(tmp_path, range(2), arms=ONE, workers=1)
    head, file = tmp_path / storing.HEAD, tmp_path / storing.ROWS
    with pytest.raises(UnusableFolderError, match=r"other arms .kyphoplasty."):
        run(tmp_path, range(2), arms=tuple(ARMS), workers=1)
    good = json.loads(head.read_text())
    head.write_text(json.dumps({**good, "source": "0" * 64}))
    with pytest.raises(UnusableFolderError, match=r"begun with version .* choose another --out"):
        run(tmp_path, range(2), arms=ONE, workers=1)
    head.write_text("{")
    with pytest.raises(UnusableFolderError, match="damaged"):
        run(tmp_path, range(2), arms=ONE, workers=1)
    head.write_text(json.dumps(good))
    file.write_bytes(b"nonsense\n" + file.read_bytes())
    with pytest.raises(UnusableFolderError, match="line 1 of"):
        run(tmp_path, range(2), arms=ONE, workers=1)
    head.unlink()
    with pytest.raises(UnusableFolderError, match="without population"):
        run(tmp_path, range(2), arms=ONE, workers=1)


def test_a_body_has_the_ground_of_the_whole_patient() -> None:
    patient = coarse_patient_of(FRACTURED)
    whole, body = Ground.of(patient), Ground.of(bodies.slim(patient))
    for amplitude in (1.0, 0.6):
        one, other = whole.at(amplitude), body.at(amplitude)
        for name in ("label", "mineral", "ease", "body_mm", "roof_mm", "floor_mm", "hole"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), (name, amplitude)


@pytest.mark.slow
def test_two_patients_through_all_arms(tmp_path: Path) -> None:
    """Cement goes nowhere unaccounted for, balloons lift, and the same seed gives the same rows."""
    first = row_of(2)
    assert set(first["arms"]) == set(ARMS)
    for name, arm in first["arms"].items():
        assert arm["delivered_ml"] > 0.5
        lost = arm["delivered_ml"] - arm["came_back_ml"] - arm["in_body_ml"] - sum(arm["leaked_ml"].values())
        assert abs(lost) < 0.01, name
    raised = first["arms"]["kyphoplasty"]["reduction"]
    assert (
        raised["anterior_height_best_mm"] > raised["anterior_height_now_mm"] > raised["anterior_height_found_mm"]
    )
    person = person_of(2)
    again = treated(person, ARMS["kyphoplasty"])
    assert again == first["arms"]["kyphoplasty"]
    rows = run(tmp_path, (2, 3), workers=2)
    assert rows[0] == first
    assert json.loads((tmp_path / storing.ROWS).read_text().splitlines()[0])["seed"] in (2, 3)
