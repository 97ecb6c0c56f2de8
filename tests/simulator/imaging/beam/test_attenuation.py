"""Mass attenuation: against table D5 of the reference notes (NIST), its edges, and the rule of mixtures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anatomy.tissue import (
    ADIPOSE,
    BARIUM_SULPHATE,
    CORTICAL_BONE,
    PMMA,
    SOFT,
    STEEL,
    WATER,
    ZIRCONIA,
    Material,
    mixture,
)
from simulator.imaging.beam import attenuation as att

SOFT_ICRU = Material(
    "soft tissue (ICRU-44)",
    1.06,
    {"H": 0.102, "C": 0.143, "N": 0.034, "O": 0.708, "Na": 0.002, "P": 0.003, "S": 0.003, "Cl": 0.002, "K": 0.003},
)
RED_MARROW = Material(
    "red marrow (ICRU-44)",
    1.03,
    {"H": 0.105, "C": 0.414, "N": 0.034, "O": 0.439, "P": 0.001, "S": 0.002, "Cl": 0.002, "K": 0.002, "Fe": 0.001},
)
SPONGIOSA = mixture(
    "spongiosa (ICRU-44)",
    1.18,
    {
        Material(
            "percent",
            1.0,
            {
                "H": 0.085, "C": 0.404, "N": 0.028, "O": 0.367, "Na": 0.001, "Mg": 0.001,
                "P": 0.034, "S": 0.002, "Cl": 0.002, "K": 0.001, "Ca": 0.074, "Fe": 0.001,
            },
        ): 1.0
    },
)  # fmt: skip

ENERGIES = np.array([30.0, 40, 50, 60, 70, 80, 100, 120])
TABLE_D5 = [
    (WATER, (0.3756, 0.2683, 0.2269, 0.2058, 0.1936, 0.1836, 0.1707, 0.1613)),
    (SOFT_ICRU, (0.379, 0.2688, 0.2263, 0.2048, 0.1923, 0.1823, 0.1693, 0.1599)),
    (SOFT, (0.3783, 0.2685, 0.2262, 0.2047, 0.1923, 0.1823, 0.1693, 0.1599)),
    (ADIPOSE, (0.3064, 0.2395, 0.2123, 0.1974, 0.1878, 0.1800, 0.1689, 0.1601)),
    (RED_MARROW, (0.3457, 0.2552, 0.2197, 0.2011, 0.1899, 0.1809, 0.1687, 0.1596)),
    (SPONGIOSA, (0.6632, 0.3877, 0.2859, 0.2381, 0.2128, 0.1948, 0.1745, 0.1624)),
    (CORTICAL_BONE, (1.331, 0.6655, 0.4241, 0.3148, 0.2600, 0.2229, 0.1855, 0.1673)),
    (PMMA, (0.3032, 0.2350, 0.2074, 0.1924, 0.1829, 0.1751, 0.1641, 0.1555)),
    (att.cement_material(0.10), (0.895, 1.678, 1.012, 0.685, 0.506, 0.399, 0.284, 0.228)),
    (att.cement_material(), (1.528, 3.220, 1.872, 1.211, 0.852, 0.638, 0.412, 0.305)),
    (att.cement_material(0.30), (2.079, 4.564, 2.621, 1.669, 1.153, 0.847, 0.524, 0.372)),
    (att.opacified_pmma(ZIRCONIA, 0.30), (5.761, 2.714, 1.533, 0.981, 0.690, 0.518, 0.342, 0.261)),
    (att.contrast_material(150.0), (1.415, 3.062, 1.774, 1.149, 0.810, 0.608, 0.396, 0.297)),
    (att.contrast_material(300.0), (2.178, 5.115, 2.911, 1.841, 1.263, 0.920, 0.562, 0.396)),
    (STEEL, (8.007, 3.555, 1.919, 1.182, 0.812, 0.586, 0.367, 0.276)),
    (att.ALUMINIUM, (1.128, 0.5685, 0.3681, 0.2778, 0.2341, 0.2018, 0.1704, 0.1549)),
    (att.COPPER, (10.92, 4.862, 2.613, 1.593, 1.074, 0.763, 0.458, 0.331)),
    (att.CAESIUM_IODIDE, (9.045, 22.97, 12.87, 7.921, 5.250, 3.677, 2.035, 1.283)),
]
NIST_ENERGIES = [30.0, 40, 50, 60, 80, 100]
AIR_NIST = {10: 4.742, 15: 1.334, 20: 0.5389, 30: 0.1537, 40: 0.06833, 50: 0.04098, 60: 0.03041, 80: 0.02407}
AIR_NIST |= {100: 0.02325, 150: 0.02496}


@pytest.mark.parametrize(("material", "row"), TABLE_D5, ids=lambda value: getattr(value, "name", ""))
def test_every_row_of_table_d5_where_nist_tabulates(material, row):
    """At energies of the NIST tables each material lies within 1 % of D5."""
    there = np.isin(ENERGIES, NIST_ENERGIES)
    ours = att.mass_attenuation_cm2_g(material, ENERGIES[there])
    np.testing.assert_allclose(ours, np.array(row)[there], rtol=0.01)


@pytest.mark.parametrize(("material", "row"), TABLE_D5, ids=lambda value: getattr(value, "name", ""))
def test_every_row_of_table_d5_between_nist_energies(material, row):
    """At 70 and 120 keV, which D5 interpolated, we or the log-log chord (60-80, 100-150 keV) lie within 1.2 %."""
    energies, theirs = [70.0, 120.0], np.array(row)[[4, 7]]
    knots = np.array([60.0, 80.0, 100.0, 150.0])
    logs = np.log(att.mass_attenuation_cm2_g(material, knots))
    chord = np.exp(np.interp(np.log(energies), np.log(knots), logs))
    ours = att.mass_attenuation_cm2_g(material, energies)
    assert np.all(np.minimum(np.abs(ours / theirs - 1.0), np.abs(chord / theirs - 1.0)) < 0.012)
    np.testing.assert_allclose(ours, theirs, rtol=0.036)


@pytest.mark.parametrize(
    ("symbol", "edge_kev", "jump"),
    [("I", 33.169, 5.4), ("Cs", 35.985, 5.3), ("Ba", 37.441, 5.3), ("Pt", 78.395, 4.3)],
)
def test_k_edges_jump_where_they_should(symbol, edge_kev, jump):
    """Attenuation rises by the K-shell jump ratio within 50 eV of the edge and falls on both sides of it."""
    element = Material(symbol, 1.0, {symbol: 1.0})
    below, just_below, just_above, above = att.mass_attenuation_cm2_g(
        element, [edge_kev - 1.0, edge_kev - 0.05, edge_kev + 0.05, edge_kev + 1.0]
    )
    assert just_above / just_below == pytest.approx(jump, rel=0.05)
    assert below > just_below
    assert just_above > above


@pytest.mark.parametrize(("energy_kev", "expected"), AIR_NIST.items())
def test_air_energy_absorption_agrees_with_nist(energy_kev, expected):
    """Mass energy absorption of dry air is within 0.7 % of the NIST table from 10 to 150 keV."""
    assert att.air_energy_absorption_cm2_g([energy_kev])[0] == pytest.approx(expected, rel=0.007)


def test_photoabsorption_is_a_part_of_the_whole():
    """The photoelectric part is positive, below the total, and nearly all of it for CsI just above its edges."""
    total = att.mass_attenuation_cm2_g(att.CAESIUM_IODIDE, ENERGIES)
    part = att.mass_photoabsorption_cm2_g(att.CAESIUM_IODIDE, ENERGIES)
    assert np.all((part > 0.0) & (part < total))
    assert part[1] / total[1] > 0.95


@given(share=st.floats(0.0, 1.0), energy_kev=st.floats(15.0, 150.0))
def test_cement_is_the_mass_weighted_mean_of_its_parts(share, energy_kev):
    """Attenuation mixes by mass and specific volume by mass, for any filler content."""
    cement = att.cement_material(share)
    filler, polymer = (att.mass_attenuation_cm2_g(m, [energy_kev])[0] for m in (BARIUM_SULPHATE, PMMA))
    mean = share * filler + (1.0 - share) * polymer
    assert att.mass_attenuation_cm2_g(cement, [energy_kev])[0] == pytest.approx(mean, rel=1e-9)
    volume = share / BARIUM_SULPHATE.density_g_cm3 + (1.0 - share) / PMMA.density_g_cm3
    assert 1.0 / cement.density_g_cm3 == pytest.approx(volume)


@pytest.mark.parametrize(("share", "density"), [(0.10, 1.27), (0.207, 1.39), (0.30, 1.52)])
def test_cement_densities_of_d5(share, density):
    """The rule of mixtures gives the densities of D5 within 0.01 g/cm3."""
    assert att.cement_material(share).density_g_cm3 == pytest.approx(density, abs=0.01)


@given(iodine_mg_ml=st.floats(0.0, 400.0))
def test_contrast_medium_holds_the_iodine_it_says(iodine_mg_ml):
    """Density times iodine mass fraction is the stated content."""
    medium = att.contrast_material(iodine_mg_ml)
    assert 1000.0 * medium.density_g_cm3 * medium.mass_fractions.get("I", 0.0) == pytest.approx(iodine_mg_ml)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: att.mass_attenuation_cm2_g(WATER, [0.0]), "energies_kev"),
        (lambda: att.mass_attenuation_cm2_g(WATER, [[60.0]]), "one-dimensional"),
        (lambda: att.mass_attenuation_cm2_g(WATER, [np.nan]), "energies_kev"),
        (lambda: att.mass_attenuation_cm2_g(Material("x", 1.0, {"Xx": 1.0}), [60.0]), "Xx"),
        (lambda: att.mass_attenuation_cm2_g(Material("x", 1.0, {"H": 0.5}), [60.0]), "sum to 0.5"),
        (lambda: att.cement_material(1.2), "1.2"),
        (lambda: att.contrast_material(-1.0), "-1.0"),
    ],
)
def test_mistakes_are_named(call, says):
    """Each impossible argument raises a ValueError that says which."""
    with pytest.raises(ValueError, match=says):
        call()
