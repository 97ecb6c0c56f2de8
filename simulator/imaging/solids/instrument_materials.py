"""What instruments, table and glove are made of, beside steel and platinum (``anatomy.tissue``).

Polymers by their formula and usual density. Composites and filled rubbers are *unconfirmed* presets: makers do
not publish recipes, what counts is their attenuation, which the tests hold to the range that is known.
"""

from __future__ import annotations

from anatomy.tissue import ADIPOSE, MINERAL, SOFT, Material, mixture

POLYCARBONATE = Material("polycarbonate", 1.20, {"H": 0.05549, "C": 0.75575, "O": 0.18876})
"""C16H14O3 (NIST): clear handles and hubs."""
POLYURETHANE = Material("polyurethane", 1.15, {"H": 0.081, "C": 0.612, "N": 0.052, "O": 0.255})
"""A thermoplastic of catheters; the composition of polyurethanes varies (unconfirmed)."""
LEAD = Material("lead", 11.35, {"Pb": 1.0})

CARBON_FIBRE = mixture(
    "carbon fibre in epoxy",
    1.55,
    {
        Material("carbon fibre", 1.78, {"C": 1.0}): 0.66,
        Material("epoxy resin", 1.20, {"H": 0.071, "C": 0.740, "O": 0.189}): 0.34,
    },
)
"""Skins of a table top: about 58 % of fibre by volume (unconfirmed)."""
FOAM = Material("polymer foam", 0.045, POLYURETHANE.mass_fractions)
"""Core and pad of a table top: 30 to 60 kg/m3 (unconfirmed)."""

RUBBER = Material("natural rubber", 0.92, {"H": 0.1184, "C": 0.8816})
LEADED_RUBBER = mixture("rubber filled with lead", 2.2, {RUBBER: 0.45, LEAD: 0.55})
"""Of radiation-attenuating surgical gloves (unconfirmed): 0.3 mm of it hold as much lead as 0.032 mm of the metal,
within the 0.02 to 0.05 mm lead equivalence at which such gloves are sold."""

HAND_TISSUE = mixture("soft tissue of a hand", 1.03, {SOFT: 0.8, ADIPOSE: 0.2})
COMPACT_BONE = Material("mineral of compact bone", 1.05, MINERAL.mass_fractions)
"""Laid over the soft tissue that it takes up, as everywhere in this house: 1.05 g/cm3 of mineral (anatomy 4.1)."""
SPONGY_BONE = Material("mineral of spongy bone", 0.18, MINERAL.mass_fractions)
"""Of carpals and the ends of a hand's bones (unconfirmed)."""
