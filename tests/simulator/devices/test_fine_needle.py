"""The anaesthetic needle in layers of tissue."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.devices.fine_needle import FineNeedle, inserted
from simulator.devices.probe import Probe
from tests.simulator.devices.phantoms import CORTEX_FROM, Layers

PROBE: Probe = Layers()  # type: ignore[assignment]
FINE = FineNeedle(22, (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))


def test_bone_stops_it() -> None:
    """Pushed for 80 mm it ends on the cortex, its surface not in it."""
    needle, on_bone = inserted(FINE, PROBE, 80.0)
    assert on_bone
    assert CORTEX_FROM - 1.5 < needle.tip_mm[1] <= CORTEX_FROM - needle.radius_mm + 0.01
    assert inserted(FINE, PROBE, 20.0)[1] is False


@pytest.mark.parametrize("depth_mm", [0.7, 20.0, 33.25])
def test_it_goes_as_deep_as_asked(depth_mm: float) -> None:
    """Along its path, whole millimetres or not."""
    needle, _ = inserted(FINE, PROBE, depth_mm)
    assert needle.depth_mm == pytest.approx(depth_mm)
    pieces = np.linalg.norm(np.diff(needle.shaft_mm(), axis=0), axis=1)
    assert pieces.sum() == pytest.approx(depth_mm, abs=1e-6)


def test_its_bevel_leads_it_aside_the_thinner_the_further() -> None:
    """Facing the head, to the feet: some tenths of a millimetre in 38 mm; 25 G more than 22 G."""
    thick, thin = (inserted(FineNeedle(g, *FINE_PLACE), PROBE, 38.0)[0] for g in (22, 25))
    assert thick.tip_mm[2] < 0.0
    assert thick.aside_mm == pytest.approx(-thick.tip_mm[2])
    assert 0.1 < thick.aside_mm < thin.aside_mm < 1.0


FINE_PLACE = ((0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
