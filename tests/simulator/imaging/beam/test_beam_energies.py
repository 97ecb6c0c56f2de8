"""The table of few energies is what would be worked out today."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.imaging.beam.beam_energies import KV, bins_at, fitted_bins


@pytest.mark.parametrize("kv", [55, 71, 80, 96, 110])
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
