"""Materials and the way between CT numbers and densities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy import tissue
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue, densities_from_hu, hu_from_densities

MATERIALS = [value for value in vars(tissue).values() if isinstance(value, tissue.Material)]


@pytest.mark.parametrize("material", MATERIALS, ids=lambda m: m.name)
def test_elements_of_a_material_make_a_whole(material: tissue.Material) -> None:
    """Mass fractions are positive and add up to one."""
    assert sum(material.mass_fractions.values()) == pytest.approx(1.0)
    assert min(material.mass_fractions.values()) > 0.0


def test_hydroxyapatite_has_the_composition_of_its_formula() -> None:
    """Ca10(PO4)6(OH)2 in mass fractions from atomic masses."""
    masses = {"Ca": 10 * 40.078, "P": 6 * 30.974, "O": 26 * 15.999, "H": 2 * 1.008}
    total = sum(masses.values())
    for element, mass in masses.items():
        assert tissue.MINERAL.mass_fractions[element] == pytest.approx(mass / total, abs=2e-4)


def test_a_mixture_is_the_mean_of_its_parts_by_mass() -> None:
    """Half fat and half muscle by mass has the mean of their hydrogen, and stays a whole."""
    half = tissue.mixture("half", 1.0, {tissue.SOFT: 0.5, tissue.ADIPOSE: 0.5})
    assert half.mass_fractions["H"] == pytest.approx(
        0.5 * (tissue.SOFT.mass_fractions["H"] + tissue.ADIPOSE.mass_fractions["H"])
    )
    assert sum(half.mass_fractions.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        (Tissue.AIR, -1000, -1000),
        (Tissue.FAT, -133, -77),
        (Tissue.MUSCLE, 0, 60),
        (Tissue.BLOOD, 40, 60),
        (Tissue.LUNG, -940, -650),
        (Tissue.BOWEL_GAS, -990, -850),
        (Tissue.DISC, 70, 120),
        (Tissue.LIVER, 45, 60),
        (Tissue.KIDNEY, 30, 50),
        (Tissue.BONE, -60, -20),
    ],
)
def test_soft_tissue_has_its_published_ct_number(name: Tissue, low: float, high: float) -> None:
    """The densities given to a tissue make a CT number in the range that scans of it show (bone: its marrow)."""
    assert low <= float(hu_from_densities(*SOFT_AND_ADIPOSE_G_CM3[name], 0.0)) <= high


@settings(max_examples=50, deadline=None)
@given(st.floats(-1000.0, 3000.0))
def test_ct_numbers_survive_the_way_there_and_back(hu: float) -> None:
    """Densities made of a CT number have that CT number, and none is negative."""
    found = densities_from_hu(np.array([hu]))
    assert float(hu_from_densities(*found)[0]) == pytest.approx(hu, abs=1e-6)
    assert min(float(d[0]) for d in found) >= 0.0


def test_osteoporotic_bone_does_not_vanish_below_a_threshold() -> None:
    """Mineral rises steadily from soft tissue on: 60 HU of trabecular bone already hold some."""
    hu = np.linspace(45.0, 400.0, 72)
    mineral = densities_from_hu(hu)[2]
    assert np.all(np.diff(mineral) > 0.0)
    assert mineral[hu >= 60.0][0] > 0.0


def test_every_tissue_has_densities() -> None:
    """No label is without a material."""
    assert set(SOFT_AND_ADIPOSE_G_CM3) == set(Tissue)
