"""The rows of starts with and without a kept patient."""

from __future__ import annotations

import pytest

from simulator.bench import patients
from tests.simulator.bench.test_bench import assert_sound, silent


def test_rows_come_from_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Median, least and most of whole starts and of the patient's part, in ms; peak memory in MB."""
    seconds = iter([4.0, 9.0, 5.0, 1.0, 1.5, 0.5])
    folders = set()

    def start(folder: str) -> tuple[list[float], list[float]]:
        folders.add(folder)
        patient_s = next(seconds)
        return [1.0, patient_s, 0.5], [700.0 + patient_s]

    monkeypatch.setattr(patients, "_start", start)
    rows = {row.name: row for row in patients.bench_patients(3, silent)}
    assert_sound(list(rows.values()))
    assert len(folders) == 1
    cold, warm = rows["  of which building the patient"], rows["  of which loading the patient"]
    assert (cold.median, cold.min, cold.max) == (5000.0, 4000.0, 9000.0)
    assert (warm.median, warm.min, warm.max) == (1000.0, 500.0, 1500.0)
    assert rows["startup, to the first image, a kept patient"].median == 2500.0
    assert rows["  peak memory, no patient kept"].max == 709.0


@pytest.mark.slow
def test_a_start_is_a_real_one(tmp_path: object) -> None:
    """A fresh process makes the first image and keeps its patient; the next one finds it."""
    built, _ = patients._start(str(tmp_path))
    loaded, peak_mb = patients._start(str(tmp_path))
    assert len(built) == len(loaded) == 3
    assert loaded[1] < built[1]
    assert all(50.0 < peak < 20_000.0 for peak in peak_mb)
