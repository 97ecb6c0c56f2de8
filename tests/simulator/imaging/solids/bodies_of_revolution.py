"""Bodies whose skin is known in closed form, and beams on them."""

from __future__ import annotations

import numpy as np

from simulator.imaging.carm import CArmModel, CArmPose, Table, view
from simulator.imaging.collimation import Collimation
from simulator.imaging.dose.skin import Skin
from simulator.imaging.dose.skin_dose import Beam

MODEL = CArmModel()
REFERENCE_MM = 380.0
"""From the focus to the reference point: 530 mm to the isocentre less 150."""


def cylinder(radius_mm: float = 120.0, angles: int = 270, step_mm: float = 5.0) -> Skin:
    """A cylinder along the patient's long axis, through the isocentre."""
    heights = int(340.0 / step_mm) + 1
    return Skin(np.full((angles, heights), radius_mm), (0.0, 0.0), -170.0, step_mm)


def slab(half_width_mm: float = 220.0, half_depth_mm: float = 100.0) -> Skin:
    """A box with a flat front and back, 440 mm broad."""
    angle = np.linspace(0.0, 2.0 * np.pi, 720, endpoint=False)
    with np.errstate(divide="ignore"):
        radius = np.minimum(half_width_mm / np.abs(np.cos(angle)), half_depth_mm / np.abs(np.sin(angle)))
    return Skin(np.repeat(radius[:, None], 171, axis=1), (0.0, 0.0), -170.0, 2.0)


def beam(
    orbital_deg: float = 0.0,
    field_mm: tuple[float, float] = (200.0, 200.0),
    *,
    iris_mm: float | None = None,
    table_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    kv: float = 80.0,
    kerma_mgy: float = 1.0,
) -> Beam:
    """Pulses of a pose on a prone patient; orbital 0 comes through the table into the front."""
    seen = view(MODEL, CArmPose(orbital_deg=orbital_deg), "prone", Table(table_mm, table_mm))
    return Beam.at_reference_point(
        seen, Collimation(*field_mm, iris_mm), kv, kerma_mgy, MODEL.source_to_isocentre_mm
    )
