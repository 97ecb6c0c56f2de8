"""The table of few energies is what would be worked out today."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from simulator.imaging.beam import beam_energies
from simulator.imaging.beam.beam_energies import KV, TABLE, bins_at, fitted_bins, table_text


@pytest.mark.parametrize("kv", [45, 71, 80, 96, 120])
def test_the_table_is_up_to_date(kv):
    """Energies and photons of the table are those that effective_bins finds; else make it again."""
    table, fresh = bins_at(float(kv)), fitted_bins(float(kv))
    np.testing.assert_array_equal(table.energies_kev, fresh.energies_kev)
    np.testing.assert_allclose(table.photons_mm2_per_mas, fresh.photons_mm2_per_mas, rtol=1e-5)


def test_every_potential_of_the_curves_is_in_the_table():
    """No kilovolt of the machine's range has to be worked out while the picture waits."""
    for kv in KV:
        assert 6 <= len(bins_at(float(kv)).energies_kev) <= 12


def test_between_whole_kilovolts_it_is_worked_out():
    """Half a kilovolt lies between its neighbours."""
    low, middle, high = (float(bins_at(kv).photons_mm2_per_mas.sum()) for kv in (80.0, 80.5, 81.0))
    assert low < middle < high


def test_a_whole_kilovolt_is_read_and_not_worked_out(monkeypatch):
    """While the C-arm turns there is no time to fit."""
    monkeypatch.setattr(beam_energies, "fitted_bins", lambda kv: pytest.fail(f"{kv} kV was worked out"))
    bins_at.cache_clear()
    for kv in KV:
        bins_at(float(kv))


def test_the_file_is_what_would_be_written():
    """Heading and rows of the lowest potential, to the letter."""
    file = (resources.files("simulator.imaging.beam") / "data" / TABLE).read_text(encoding="ascii")
    rows = table_text([45]).splitlines()[2:]
    assert file.splitlines()[2 : 2 + len(rows)] == rows
