"""Geometry against the project's reference notes: D1 (V23 and V24 are targets of ``simulator.validation``)."""

from __future__ import annotations

import pytest

from simulator.imaging.panel.detector import focal_spot_width_mm


@pytest.mark.parametrize(("focus_mm", "at_isocentre_mm"), [(0.6, 0.29), (0.3, 0.14)])
def test_d1_focal_spot_blur(focus_mm, at_isocentre_mm):
    """D1: the focal spot blurs 0.29 and 0.14 mm at the isocentre (rounded to 0.01 there)."""
    on_detector = focal_spot_width_mm(focus_mm, 1020.0, 530.0)
    assert on_detector / (1020.0 / 530.0) == pytest.approx(at_isocentre_mm, abs=0.0051)
