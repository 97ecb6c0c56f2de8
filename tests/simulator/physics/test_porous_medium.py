"""Bone as a porous medium: what is accepted, and permeability from porosity."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.physics.porous_medium import (
    CAVITY_PERMEABILITY_M2,
    REFERENCE_PERMEABILITY_M2,
    PorousMedium,
    permeability_m2,
)


def test_a_voxel_is_open_with_pores_and_permeability_only() -> None:
    """Where one of the two is missing the medium keeps neither, and the arrays passed in stay as they were."""
    pore, permeability = np.array([[[1.0, 0.0, 2.0]]]), np.array([[[1.0, 1.0, 0.0]]])
    medium = PorousMedium(1.0, pore, permeability)
    np.testing.assert_array_equal(medium.pore_ml, [[[1.0, 0.0, 0.0]]])
    np.testing.assert_array_equal(medium.permeability_m2, [[[1.0, 0.0, 0.0]]])
    np.testing.assert_array_equal(pore, [[[1.0, 0.0, 2.0]]])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("voxel_mm", 0.0, "voxel_mm"),
        ("pore_ml", np.full((2, 2, 2), -1.0), "pore_ml"),
        ("permeability_m2", np.full((2, 2, 2), np.nan), "permeability_m2"),
        ("pore_ml", np.full((2, 2, 2), np.inf), "pore_ml"),
        ("pore_ml", np.ones((2, 2, 3)), "one shape"),
        ("anisotropy", (1.0, 0.0, 1.0), "anisotropy"),
    ],
)
def test_mistakes_are_named(field: str, value: object, message: str) -> None:
    """Each wrong value is refused with the name of its field."""
    good = {"voxel_mm": 1.0, "pore_ml": np.ones((2, 2, 2)), "permeability_m2": np.ones((2, 2, 2))}
    with pytest.raises(ValueError, match=message):
        PorousMedium(**{**good, field: value})  # type: ignore[arg-type]


def test_permeability_follows_porosity() -> None:
    """Kozeny and Carman: zero without pores, the measured value at 0.88, rising, never above free space."""
    porosity = np.linspace(0.0, 1.0, 101)
    permeability = permeability_m2(porosity)
    assert permeability[0] == 0.0
    assert permeability[88] == pytest.approx(REFERENCE_PERMEABILITY_M2)
    assert permeability[80] / permeability[88] == pytest.approx((0.80 / 0.88) ** 3 * (0.12 / 0.20) ** 2)
    assert np.all(np.diff(permeability) >= 0.0)
    assert permeability[-1] == CAVITY_PERMEABILITY_M2
    with pytest.raises(ValueError, match="porosity"):
        permeability_m2(1.2)
