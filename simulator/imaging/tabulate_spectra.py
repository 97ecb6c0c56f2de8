"""Makes data/tungsten_spectra.csv (three minutes): ``python -m simulator.imaging.tabulate_spectra``.

The only module that needs spekpy, a development dependency; the program itself reads the table.

Model: spekpy "casim" (Omar, Andreo and Poludniowski, Med Phys 2020;47:4763 and 5005; code: Poludniowski et
al., Med Phys 2021;48:3630) for a tungsten anode of 12 degrees, on the central ray, without any filter.
Continuum and K lines are kept apart because the lines begin abruptly at the tungsten K edge, where
interpolation would smear.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import spekpy
from numpy.typing import NDArray

ANODE_ANGLE_DEG = 12
PHYSICS = "casim"
KV = range(40, 121)
DISTANCE_CM = 100.0
FINE_KEV = 0.1
FIRST_K_LINE_KEV = 50.0
"""Lines above this are K lines (58 to 69 keV); the L lines (8 to 12 keV) stay with the continuum."""

TABLE = Path(__file__).parent / "data" / "tungsten_spectra.csv"


def photons_mm2_per_mas(kv: float, *, lines: bool) -> NDArray[np.float64]:
    """Photons (120,) per mm2 and mAs in 1 keV bins at 1 m, unfiltered: continuum, or lines alone."""
    model = spekpy.Spek(
        kvp=kv,
        th=ANODE_ANGLE_DEG,
        dk=FINE_KEV,
        physics=PHYSICS,
        z=DISTANCE_CM,
        mas=1.0,
        brem=not lines,
        char=lines,
    )
    energies_kev, fluence_cm2 = model.get_spectrum(diff=False, flu=True)
    return np.histogram(energies_kev, bins=np.arange(0.0, 121.0), weights=fluence_cm2)[0] / 100.0


def table() -> str:
    """The whole file: a comment header, then part, energy of the bin's centre, one column a kV."""
    lines = np.stack([photons_mm2_per_mas(kv, lines=True) for kv in KV], axis=1)
    continuum = np.stack([photons_mm2_per_mas(kv, lines=False) for kv in KV], axis=1)
    centres = np.arange(0.5, 120.0)
    is_k = centres > FIRST_K_LINE_KEV
    rows = [
        "# Tungsten tube spectra: photons per mm2 and mAs in 1 keV bins, 1 m from the focus, "
        "unfiltered, in vacuum",
        f"# spekpy {spekpy.__version__}, physics {PHYSICS}, anode {ANODE_ANGLE_DEG} degrees, central ray, "
        f"bins summed from {FINE_KEV} keV",
        "# made by simulator/imaging/tabulate_spectra.py; columns: tube potential in kV",
        ",".join(["part", "energy_kev", *map(str, KV)]),
    ]
    rows += [_row("continuum", e, v) for e, v in zip(centres, continuum + lines * ~is_k[:, None], strict=True)]
    rows += [_row("k_lines", e, v) for e, v in zip(centres[is_k], lines[is_k], strict=True) if np.any(v > 0.0)]
    return "\n".join(rows) + "\n"


def _row(part: str, energy_kev: float, values: NDArray[np.float64]) -> str:
    return ",".join([part, f"{energy_kev:g}", *(f"{value:.5g}" for value in values)])


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="ascii")
