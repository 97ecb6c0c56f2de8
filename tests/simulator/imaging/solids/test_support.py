"""The table under the patient: as weak as its layers, smooth, and where it ends nothing."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.tissue import ADIPOSE
from simulator.imaging.beam.exposure import spectrum_at
from simulator.imaging.beam.transmission import primary_signal
from simulator.imaging.panel.detector import Detector
from simulator.imaging.solids.instruments import table_top
from simulator.imaging.solids.support import support_as_adipose_g_cm2
from tests.simulator.imaging.small_views import rays_mm, view_at

# Below a prone patient: its pad 150 mm in front of the origin.
TABLE = table_top(frames.affine(np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]]), (0.0, 150.0, 0.0)))


def layers_mm(view):
    """Exact path (rows, columns) through each layer."""
    return [solid.path_mm(view.source_patient_mm, rays_mm(view)) for solid in TABLE]


@pytest.mark.parametrize("angles", [(180.0, 0.0), (150.0, 20.0)])
@pytest.mark.parametrize("kv", [60.0, 80.0, 110.0])
def test_it_weakens_the_beam_as_its_layers_do(angles, kv):
    """Behind 20 cm of fat within half a percent of carbon fibre and foam one by one, everywhere."""
    view = view_at(*angles, shape=(66, 50), field_mm=290.0)
    behind = np.full((1, view.shape[0] * view.shape[1]), 19.0, np.float32)
    found = support_as_adipose_g_cm2(TABLE, view).reshape(1, -1)
    layers = [
        0.1 * s.material.density_g_cm3 * mm.reshape(1, -1) for s, mm in zip(TABLE, layers_mm(view), strict=True)
    ]
    spectrum, detector = spectrum_at(kv), Detector()
    alike = primary_signal(behind + found, [ADIPOSE], spectrum, detector)
    exact = primary_signal(
        np.concatenate([behind, *layers]), [ADIPOSE, *(s.material for s in TABLE)], spectrum, detector
    )
    np.testing.assert_allclose(alike, exact, rtol=5e-3)
    bare = primary_signal(behind, [ADIPOSE], spectrum, detector)
    assert 0.8 < np.median(alike / bare) < 0.95


def test_it_ends_where_the_table_ends():
    """Across the edge of the table its path falls to nothing within a few pixels, not elsewhere."""
    view = view_at(180.0, shape=(64, 256), field_mm=1200.0)
    found, exact = support_as_adipose_g_cm2(TABLE, view)[32], layers_mm(view)[0][32]
    inside = np.flatnonzero(exact > 0.0)
    assert 0 < inside[0] < inside[-1] < 255
    assert np.all(found[inside[6:-6]] > 0.3)
    assert not found[: inside[0] - 6].any()
    assert not found[inside[-1] + 7 :].any()


def test_from_the_side_there_is_none():
    """A lateral view of the spine passes above the table."""
    assert not support_as_adipose_g_cm2(TABLE, view_at(90.0, shape=(32, 32), field_mm=200.0)).any()
