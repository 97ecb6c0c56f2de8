"""A radiograph of a scenario's patient as a DICOM file, for tests that read it back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenarios.schema import Scenario
from simulator.imaging.beam.exposure import Dose, Technique
from simulator.imaging.carm import CArmModel
from simulator.imaging.collimation import Collimation
from simulator.imaging.dicom.dicom import write_shot
from simulator.imaging.dicom.dicom_study import Study
from simulator.imaging.dose.irradiation import Pulse


def write_xa(
    path: Path,
    grey: NDArray[np.uint8],
    model: CArmModel,
    positioner_deg: tuple[float, float],
    technique: Technique,
    dose: Dose,
    scenario: Scenario,
    seed: int,
) -> None:
    """Write a radiograph of a scenario's patient as found; positioner_deg is (primary, secondary)."""
    pulse = Pulse(
        tick=0, number=1, plane="A", single=True, orbital_angulation_deg=(0.0, 0.0), positioner_deg=positioner_deg,
        table_mm=(0.0, 0.0, 0.0), collimation=Collimation(model.detector_mm, model.detector_mm), magnification=1.0,
        kv=technique.kv, mas=technique.mas, pulse_ms=technique.pulse_ms, share_s=0.0, mode="pulsed",
        dose_level="normal", reference_kerma_mgy=dose.reference_kerma_mgy,
        area_product_gycm2=dose.area_product_gycm2,
    )  # fmt: skip
    write_shot(path, grey, model, pulse, Study(scenario, seed))
