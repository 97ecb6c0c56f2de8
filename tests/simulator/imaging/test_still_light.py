"""A still view of slabs of known thickness: what light, heel, scatter and blades make of it. No patient needed."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.tissue import SOFT, STEEL
from simulator.imaging.beam.exposure import spectrum_at
from simulator.imaging.beam.heel import heel_share
from simulator.imaging.beam.scatter import GRID_PRIMARY_TRANSMISSION, scatter_field
from simulator.imaging.beam.spectrum import attenuated
from simulator.imaging.beam.transmission import pixel_photon_scale, primary_signal
from simulator.imaging.collimation import Collimation
from simulator.imaging.overlay import Overlay
from simulator.imaging.panel.detector import panel_at, quantum_weight_kev
from simulator.imaging.still import BLADES_MM, FOCAL_SPOT_MM, LEAST_HEEL, PATIENT, StillView
from simulator.imaging.view import View
from tests.simulator.imaging.small_views import view_at

VIEW = view_at(0.0, shape=(100, 80), field_mm=250.0)
OPEN = Collimation(250.0, 200.0)


def slab(soft_mm: float, mineral_g_cm2: float = 0.0, view: View = VIEW) -> np.ndarray:
    """Paths (3, rows, columns), g/cm2, of so much soft tissue and mineral everywhere."""
    paths = np.zeros((3, *view.shape), dtype=np.float32)
    paths[0], paths[2] = 0.1 * SOFT.density_g_cm3 * soft_mm, mineral_g_cm2
    return paths


def still(paths: np.ndarray, field: Collimation = OPEN, view: View = VIEW) -> StillView:
    """The slab through a field."""
    return StillView(view, field, paths, panel_at(view.pixel_mm))


def of_steel(pixels: np.ndarray, g_cm2: float = 3.0) -> Overlay:
    """Steel in front of some pixels, taking nothing away."""
    path = np.full((1, len(pixels)), g_cm2, np.float32)
    return Overlay(pixels, (STEEL,), path, np.zeros((3, len(pixels)), np.float32))


@pytest.mark.parametrize("kv", [60.0, 110.0])
def test_the_bare_beam_is_that_of_the_tube_behind_the_grid(kv):
    """Open signal = the whole spectrum in the scintillator, times pixel area, distance and grid; within 1 %."""
    lit = still(slab(0.0)).at(kv)
    per_mm2 = float(primary_signal(np.zeros((1, 1)), (SOFT,), spectrum_at(kv), panel_at(VIEW.pixel_mm))[0])
    assert lit.open_kev == pytest.approx(per_mm2 * VIEW.pixel_mm**2 * GRID_PRIMARY_TRANSMISSION, rel=0.01)
    share = lit.anatomy_share
    assert share[50, 40] == pytest.approx(1.0, abs=1e-3)  # without tissue nothing scatters
    np.testing.assert_allclose(share * lit.open_kev, lit.anatomy_kev, rtol=1e-5)


def test_a_slab_lets_through_its_primary_and_its_scatter():
    """Every pixel is Beer-Lambert through the slab plus the scatter of its thickness behind a grid, at its kV."""
    kv, detector = 70.0, panel_at(VIEW.pixel_mm)
    lit = still(slab(180.0)).at(kv)
    scale = GRID_PRIMARY_TRANSMISSION * pixel_photon_scale(VIEW.shape, VIEW.pixel_mm, 1000.0)
    primary = primary_signal(slab(180.0), PATIENT, spectrum_at(kv), detector, photon_scale=scale)
    scatter = scatter_field(primary, 180.0, VIEW.pixel_mm, with_grid=True, kv=kv)
    np.testing.assert_allclose(lit.anatomy_kev, primary + scatter, rtol=0.015)


def test_each_potential_has_a_picture_of_its_own_and_keeps_it():
    """A harder beam passes more of the slab; asked again, a potential gives the same picture."""
    view = still(slab(200.0))
    soft, hard = view.at(60.0), view.at(110.0)
    assert hard.anatomy_share[50, 40] > 1.5 * soft.anatomy_share[50, 40]
    assert view.at(60.0) is soft


def test_mineral_scatters_as_so_much_soft_tissue():
    """A g/cm2 of mineral counts for 14 mm of soft tissue, fat for what it weighs."""
    paths = slab(150.0, 2.0)
    paths[1] = 0.1 * SOFT.density_g_cm3 * 30.0
    view = still(paths)
    np.testing.assert_allclose(view.tissue_mm, 150.0 + 30.0 + 28.0, rtol=1e-5)
    assert view.typical_mm == pytest.approx(208.0)


def test_a_quantum_weighs_what_it_does_behind_the_patient():
    """The signal of a quantum is that of the hardened beam."""
    view = still(slab(200.0))
    left = attenuated(spectrum_at(80.0), {SOFT: 0.1 * SOFT.density_g_cm3 * 200.0})
    assert view.at(80.0).weight_kev == pytest.approx(quantum_weight_kev(view.detector, left), rel=1e-6)
    assert view.at(80.0).weight_kev > 1.05 * still(slab(0.0)).at(80.0).weight_kev


def test_the_heel_darkens_the_top_and_never_to_nothing():
    """The anode lies at the top edge; what the target's own shadow hides counts as a fifth."""
    lit = still(slab(200.0)).at(80.0)
    np.testing.assert_array_equal(lit.heel, heel_share(VIEW.shape, VIEW.pixel_mm, 1000.0, 80.0, anode_side="top"))
    assert lit.heel[5].max() < 0.9 < 1.0 < lit.heel[-5].min()
    wide = view_at(0.0, shape=(60, 20), field_mm=440.0)
    heel = still(slab(200.0, view=wide), Collimation(440.0, 140.0), wide).at(80.0).heel
    assert heel.min() == np.float32(LEAST_HEEL)


def test_steel_in_one_row_takes_scatter_away_everywhere():
    """One row of touched pixels, the first and the last too: the rest loses their scatter and nothing else."""
    view = still(slab(200.0))
    lit = view.at(80.0)
    for row in (0, 50, 99):
        pixels = row * 80 + np.arange(20, 60)
        found = lit.expected_kev(of_steel(pixels))
        paths = slab(200.0).reshape(3, -1)
        steel = np.zeros((1, paths.shape[1]))
        steel[:, pixels] = 3.0
        primary = primary_signal(
            np.concatenate([paths, steel]), (*PATIENT, STEEL), spectrum_at(80.0), view.detector,
            photon_scale=view.scale.ravel(),
        ).reshape(VIEW.shape)  # fmt: skip
        scatter = scatter_field(primary, view.tissue_mm, VIEW.pixel_mm, with_grid=True, kv=80.0)
        np.testing.assert_allclose(found, primary + scatter, rtol=0.015)
        loss = 1.0 - found / lit.anatomy_kev
        near = min(max(row, 8), 91)
        beside = loss[near, 70]
        assert 1e-4 < beside < 0.02
        assert beside > 4.0 * loss[99 - near if near != 50 else 0, 70]


def test_more_than_everything_cannot_be_taken_away():
    """Where more tissue is taken than there is, the ray is open and no brighter."""
    view = still(slab(200.0))
    pixels = np.arange(4000, 4040)
    none = np.zeros((0, 40), np.float32)
    whole, more = (
        view.at(80.0).expected_kev(Overlay(pixels, (), none, np.full((3, 40), g_cm2, np.float32)))
        for g_cm2 in (21.3, 60.0)
    )
    np.testing.assert_array_equal(whole, more)


def test_blades_leave_a_soft_border():
    """From full to none over the focal spot's image at the blades, half at the blade's edge."""
    fine = view_at(0.0, shape=(400, 300), field_mm=80.0)
    view = still(slab(100.0, view=fine), Collimation(60.0, 40.0), fine)
    across = view.gate[200]
    edge = across[:150]  # dark to open
    width_mm = FOCAL_SPOT_MM * (1000.0 / BLADES_MM - 1.0)
    assert np.count_nonzero((edge > 0.001) & (edge < 0.999)) * 0.2 == pytest.approx(width_mm, abs=0.4)
    assert (1.0 - edge).sum() * 0.2 == pytest.approx(30.0 - 20.0, abs=0.1)
    assert np.all(np.diff(edge) >= -1e-6)
    assert (edge[0], edge[-1]) == (0.0, pytest.approx(1.0))
