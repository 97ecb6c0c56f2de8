"""``xray``: one radiograph of a case's patient, as found, at DICOM positioner angles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from anatomy.patient import build
from simulator.cli.speaking import UserMistakeError, progress, scenario_named, writing
from simulator.imaging.beam.exposure import automatic_technique, dose_of, tissue_in_beam_mm
from simulator.imaging.carm import CArmModel
from simulator.imaging.dicom.dicom import write_xa
from simulator.imaging.fluoroscope import shot
from simulator.imaging.view import View, beam_from_patient

SUFFIXES = (".png", ".dcm")


def xray(
    case: Annotated[str, typer.Argument(help="Library id or path of a scenario file.")],
    primary: Annotated[float, typer.Option(help="DICOM primary angle: +90 detector at the patient's left.")] = 0.0,
    secondary: Annotated[float, typer.Option(help="DICOM secondary angle: + towards the head.")] = 0.0,
    out: Annotated[Path, typer.Option("-o", "--out", help="FILE.png or FILE.dcm")] = Path("xray.png"),
    seed: Annotated[int, typer.Option("--seed", min=0, help="Quantum noise.")] = 1,
) -> None:
    """A radiograph of a case's patient. 0/0 frontal, 90/0 lateral, 20/0 the right pedicle en face.

    Angles are DICOM XA positioner angles, defined to the patient: 0/0 has the detector in front of the chest.

    Example:  vertebrosim xray kyphoplasty-l1-wedge --primary 90 -o lateral.png
    """
    if not -180.0 <= primary <= 180.0:
        raise UserMistakeError(f"--primary {primary:g} is outside -180 to 180 degrees")
    if not -80.0 <= secondary <= 80.0:
        raise UserMistakeError(f"--secondary {secondary:g} is outside -80 to 80 degrees: the beam would run along "
                               "the table")  # fmt: skip
    if out.suffix.lower() not in SUFFIXES:
        raise UserMistakeError(f"-o {out} has no known ending; choose {' or '.join(SUFFIXES)}")
    if not out.parent.is_dir():
        raise UserMistakeError(f"-o {out}: the folder {out.parent} does not exist; make it first")
    scenario = scenario_named(case)
    with progress("building the patient") as report:
        report("building the patient", 0.0)
        patient = build(scenario.patient)
        report("exposing", 0.8)
        model = CArmModel()
        centre = patient.landmarks[f"{patient.column.target} body centre"] - (0.0, 8.0, 0.0)
        view = View(
            beam_from_patient(np.radians(primary), np.radians(secondary), centre, model.source_to_isocentre_mm),
            model.source_to_detector_mm, model.pixel_mm, (model.pixels, model.pixels),
        )  # fmt: skip
        technique = automatic_technique(
            tissue_in_beam_mm(patient.soft, patient.adipose, view), model.source_to_detector_mm
        )
        frame = shot(patient, view, technique, np.random.default_rng(seed))
    with writing("-o", out):
        if out.suffix.lower() == ".png":
            Image.fromarray(frame.grey).save(out)
        else:
            field = (model.detector_mm, model.detector_mm)
            dose = dose_of(technique, field, model.source_to_detector_mm, model.source_to_isocentre_mm)
            write_xa(out, frame.grey, model, (primary, secondary), technique, dose, scenario, seed)
    typer.echo(f"{out}  {technique.kv:g} kV  {technique.mas:g} mAs")
