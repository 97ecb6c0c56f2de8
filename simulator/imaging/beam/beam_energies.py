"""The few energies that stand for the C-arm's beam at each tube potential, read from data/few_energies.csv.

Which energies do, ``spectrum.effective_bins`` finds in a tenth of a second: too long for a machine that changes
its potential while it turns. ``python -m simulator.imaging.beam.beam_energies`` makes the table again (half a
minute) after a change of spectra, filtration or scintillator; a test says when that is due.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np

from simulator.imaging.beam.exposure import ALUMINIUM_MM, COPPER_MM, spectrum_at
from simulator.imaging.beam.spectrum import Spectrum, effective_bins
from simulator.imaging.panel.detector import Detector, signal_per_photon_kev

TABLE = "few_energies.csv"
KV = range(45, 121)


@lru_cache(maxsize=128)
def bins_at(kv: float) -> Spectrum:
    """The few energies of the C-arm's beam at kv: from the table at whole kV, worked out between them."""
    return _table().get(kv) or fitted_bins(kv)


def fitted_bins(kv: float) -> Spectrum:
    """The few energies worked out: the fewest that keep the signal in the scintillator within 1 %."""
    return effective_bins(spectrum_at(kv), response=lambda e: signal_per_photon_kev(Detector(), e))


def table_text(potentials_kv: Iterable[int]) -> str:
    """The table's file for some tube potentials."""
    lines = [
        f"# energies that stand for the beam behind {ALUMINIUM_MM:g} mm Al + {COPPER_MM:g} mm Cu, and their",
        "# photons per mm2 and mAs at 1 m; made by beam_energies.py",
        "kv,energy_kev,photons_mm2_per_mas",
    ]
    for kv in potentials_kv:
        bins = fitted_bins(float(kv))
        pairs = zip(bins.energies_kev, bins.photons_mm2_per_mas, strict=True)
        lines += [f"{kv},{energy:g},{photons:.7g}" for energy, photons in pairs]
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=1)
def _table() -> dict[float, Spectrum]:
    text = (resources.files("simulator.imaging.beam") / "data" / TABLE).read_text(encoding="ascii")
    rows = np.array([line.split(",") for line in text.splitlines()[3:]], dtype=float)
    return {kv: Spectrum(rows[rows[:, 0] == kv, 1], rows[rows[:, 0] == kv, 2]) for kv in np.unique(rows[:, 0])}


if __name__ == "__main__":
    (Path(__file__).parent / "data" / TABLE).write_text(table_text(KV), encoding="ascii")
