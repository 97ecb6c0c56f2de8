"""Materials and techniques of the reference notes' X-ray tables, and the forward model along one ray."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from anatomy.tissue import Material
from simulator.imaging.beam.spectrum import Spectrum, tube_spectrum
from simulator.imaging.beam.transmission import primary_signal
from simulator.imaging.panel.detector import Detector

BeamSettings = tuple[float, float, float]  # kV, mm Al, mm Cu

PANEL = Detector()
SOFT_ICRU = Material(
    "soft tissue (ICRU-44)",
    1.06,
    {
        "H": 0.102,
        "C": 0.143,
        "N": 0.034,
        "O": 0.708,
        "Na": 0.002,
        "P": 0.003,
        "S": 0.003,
        "Cl": 0.002,
        "K": 0.003,
    },
)
SPONGIOSA = Material(
    "spongiosa (ICRU-44)",
    1.18,
    {
        "H": 0.085,
        "C": 0.404,
        "N": 0.028,
        "O": 0.367,
        "Na": 0.001,
        "Mg": 0.001,
        "P": 0.034,
        "S": 0.002,
        "Cl": 0.002,
        "K": 0.001,
        "Ca": 0.074,
        "Fe": 0.001,
    },
)

KV60, KV90, KV90_CU01, KV120 = (60, 3.5, 0.0), (90, 4.0, 0.0), (90, 4.0, 0.1), (120, 4.3, 0.0)
KV90_CU02, KV90_CU03 = (90, 4.0, 0.2), (90, 4.0, 0.3)


@lru_cache
def beam(settings: BeamSettings) -> Spectrum:
    """The spectrum of kV, mm Al, mm Cu, from the default anode."""
    return tube_spectrum(*settings)


def signal(settings: BeamSettings, paths_cm: dict[Material, float]) -> float:
    """Detector signal behind lengths in cm of materials, by the forward model."""
    paths = np.array([[length * material.density_g_cm3] for material, length in paths_cm.items()])
    return float(primary_signal(paths.reshape(len(paths_cm), 1), list(paths_cm), beam(settings), PANEL)[0])


def transmission(settings: BeamSettings, tissue_cm: float) -> float:
    """Signal behind soft tissue over the open beam's."""
    return signal(settings, {SOFT_ICRU: tissue_cm}) / signal(settings, {})


def contrast(settings: BeamSettings, material: Material, length_cm: float) -> float:
    """1 - I / I0 where length_cm of 20 cm of soft tissue gives way to the material."""
    replaced = signal(settings, {SOFT_ICRU: 20.0 - length_cm, material: length_cm})
    return 1.0 - replaced / signal(settings, {SOFT_ICRU: 20.0})
