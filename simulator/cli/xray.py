"""``xray``: one radiograph of a case's patient, as found, at DICOM positioner angles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from anatomy.patient import Patient
from simulator.cli.speaking import UserMistakeError, progress, scenario_named, writing
from simulator.engine import imported_patient, patient_cache
from simulator.imaging.beam.exposure import (
    CURVES,
    GENERATORS,
    DoseLevel,
    Programme,
    Technique,
    detector_ngy_per_mas,
    dose_of,
    technique_for,
    tissue_in_beam_mm,
)
from simulator.imaging.carm import MAGNIFICATIONS, SMALLEST_FIELD_MM, CArmModel, CArmPose, Table
from simulator.imaging.detector_image import DetectorImage
from simulator.imaging.dicom.dicom import write_shot
from simulator.imaging.dicom.dicom_study import Study
from simulator.imaging.dose.irradiation import Pulse
from simulator.imaging.monitor.monitor import Monitor
from simulator.imaging.monitor.monitor_settings import MonitorSettings
from simulator.imaging.radiograph import aimed, averaged
from simulator.imaging.view import View

SUFFIXES = (".png", ".dcm")
DOSES: dict[str, DoseLevel] = {"normal": "normal", "half": "half"}
KV_LIMITS = min(c.kv_limits[0] for c in CURVES.values()), max(c.kv_limits[1] for c in CURVES.values())


@dataclass(frozen=True)
class Shot:
    """Where from, through which field, and how: what the operator sets before the pulse."""

    positioner_deg: tuple[float, float]
    along_mm: float
    pose: CArmPose
    programme: Programme
    kv: float | None
    mas: float | None
    pulses: int


def xray(
    case: Annotated[str, typer.Argument(help="Library id or path of a scenario file.")],
    primary: Annotated[float, typer.Option(help="DICOM primary angle: +90 detector at the patient's left.")] = 0.0,
    secondary: Annotated[float, typer.Option(help="DICOM secondary angle: + towards the head.")] = 0.0,
    along: Annotated[float, typer.Option(help="Aim so many mm nearer the head than the target (- feet).")] = 0.0,
    collimate: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="H W", help="Open field at the detector, mm: height and width. All of it without."),
    ] = None,
    iris: Annotated[float | None, typer.Option(help="Diameter of the iris at the detector, mm.")] = None,
    magnification: Annotated[float, typer.Option(help="1, 1.5 or 2: show the middle of the panel only.")] = 1.0,
    dose: Annotated[str, typer.Option(help="normal or half: dose at the detector.")] = "normal",
    kv: Annotated[float | None, typer.Option(help="Tube potential; automatic without.")] = None,
    mas: Annotated[float | None, typer.Option(help="Charge of each pulse, mAs; automatic without.")] = None,
    pulses: Annotated[int, typer.Option(help="Average so many pulses, as last-image hold does.")] = 1,
    window: Annotated[float, typer.Option(help="Width of the window, times the automatic one.")] = 1.0,
    level: Annotated[float, typer.Option(help="Shift of the level in widths of the window: + brighter.")] = 0.0,
    invert: Annotated[bool, typer.Option("--invert", help="Bone and metal bright.")] = False,
    out: Annotated[Path, typer.Option("-o", "--out", help="FILE.png or FILE.dcm")] = Path("xray.png"),
    seed: Annotated[int, typer.Option("--seed", min=0, help="Quantum noise.")] = 1,
) -> None:
    """A radiograph of a case's patient. 0/0 frontal, 90/0 lateral, 20/0 the right pedicle en face.

    Angles are DICOM XA positioner angles, defined to the patient: 0/0 has the detector in front of the chest.
    Without --kv and --mas the technique is the automatic one.

    Example:  vertebrosim xray kyphoplasty-l1-wedge --primary 90 --collimate 120 90 --pulses 4 -o lateral.png
    """
    _within("--primary", primary, -180.0, 180.0, "degrees")
    _within("--secondary", secondary, -80.0, 80.0, "degrees: the beam would run along the table")
    _within("--along", along, -Table.LIMIT_MM[1], Table.LIMIT_MM[1], "mm, the table's travel")
    _within("--pulses", pulses, 1, 100, "pulses")
    _within("--window", window, 0.1, 10.0, "automatic widths")
    _within("--level", level, -3.0, 3.0, "widths of the window")
    if out.suffix.lower() not in SUFFIXES:
        raise UserMistakeError(f"-o {out} has no known ending; choose {' or '.join(SUFFIXES)}")
    if not out.parent.is_dir():
        raise UserMistakeError(f"-o {out}: the folder {out.parent} does not exist; make it first")
    model, pose = CArmModel(), _pose(CArmModel(), collimate, iris, magnification)
    programme = _programme(dose, magnification, kv, mas)
    asked = Shot((primary, secondary), along, pose, programme, kv, mas, pulses)
    settings = MonitorSettings(filter_k=1.0, window_factor=window, level_shift=level, invert=invert)
    scenario = scenario_named(case)
    with progress("building the patient") as report:
        report("building the patient", 0.0)
        patient = imported_patient.patient_of(scenario, patient_cache.patient_of)
        report("exposing", 0.8)
        view = _view(patient, model, asked)
        pulse = _pulse(model, asked, _technique(patient, view, asked))
        image = _exposed(patient, view, asked, pulse, np.random.default_rng(seed))
        grey = Monitor(settings).show(image).grey
    with writing("-o", out):
        if out.suffix.lower() == ".png":
            Image.fromarray(grey).save(out)
        else:
            write_shot(out, grey, model, pulse, Study(scenario, seed))
    many = f"{pulses} x " if pulses > 1 else ""
    typer.echo(
        f"{out}  {pulse.kv:g} kV  {many}{pulse.mas / pulses:.4g} mAs  {pulse.reference_kerma_mgy:.3g} mGy at the "
        f"reference point  {pulse.area_product_gycm2:.3g} Gy cm2"
    )


def _within(option: str, value: float, low: float, high: float, what: str) -> None:
    if not low <= value <= high:  # also true of NaN
        raise UserMistakeError(f"{option} {value:g} is outside {low:g} to {high:g} {what}")


def _pose(
    model: CArmModel, collimate: tuple[float, float] | None, iris: float | None, magnification: float
) -> CArmPose:
    """Blades, iris and magnification; angles are given to the patient instead."""
    whole = model.detector_mm
    for side in collimate or ():
        _within("--collimate", side, SMALLEST_FIELD_MM, whole, "mm at the detector")
    if iris is not None:
        _within("--iris", iris, SMALLEST_FIELD_MM, np.floor(np.hypot(whole, whole)), "mm at the detector")
    if magnification not in MAGNIFICATIONS:
        offered = ", ".join(f"{m:g}" for m in MAGNIFICATIONS)
        raise UserMistakeError(f"--magnification {magnification:g} is not offered; choose one of {offered}")
    return CArmPose(field_mm=collimate or (whole, whole), iris_mm=iris, magnification=magnification)


def _programme(dose: str, magnification: float, kv: float | None, mas: float | None) -> Programme:
    """What is automatic, and whether generator and tube can give what is not."""
    if dose not in DOSES:
        raise UserMistakeError(f"--dose {dose} is not known; choose one of {', '.join(DOSES)}")
    if kv is not None:
        _within("--kv", kv, *KV_LIMITS, "kV")
    if mas is not None:
        at_kv = kv if kv is not None else KV_LIMITS[1]
        _within(
            "--mas", mas, *GENERATORS["pulsed"].mas_limits(at_kv), f"mAs a pulse at {at_kv:g} kV; see --pulses"
        )
        if DOSES[dose] != "normal":
            raise UserMistakeError(f"--dose {dose} asks for an automatic mAs and --mas for another; leave one out")
    return Programme(dose_level=DOSES[dose], magnification=magnification)


def _view(patient: Patient, model: CArmModel, asked: Shot) -> View:
    """The view through the target, or so far along the body. A patient is only so long."""
    try:
        return aimed(
            patient, model, asked.positioner_deg, along_mm=asked.along_mm, magnification=asked.pose.magnification
        )
    except ValueError as error:
        raise UserMistakeError(f"--along {asked.along_mm:g} is {error}") from None


def _technique(patient: Patient, view: View, asked: Shot) -> Technique:
    """The technique of a pulse: what was not given is chosen for what lies in the beam."""
    generator, distance_mm = GENERATORS["pulsed"], view.source_to_detector_mm
    if asked.kv is not None and asked.mas is not None:
        return generator.technique(asked.kv, asked.mas)
    tissue_mm = tissue_in_beam_mm(patient.soft, patient.adipose, view)
    automatic = technique_for(tissue_mm, distance_mm, asked.programme)
    if asked.kv is None:
        return automatic if asked.mas is None else generator.technique(automatic.kv, asked.mas)
    wanted = asked.programme.detector_ngy / detector_ngy_per_mas(asked.kv, tissue_mm, distance_mm)
    return generator.technique(asked.kv, float(np.clip(wanted, *generator.mas_limits(asked.kv))))


def _pulse(model: CArmModel, asked: Shot, technique: Technique) -> Pulse:
    """All pulses together as one: what a DICOM header says of them."""
    field, count = asked.pose.collimation(model), asked.pulses
    dose = dose_of(
        technique, (field.height_mm, field.width_mm), model.source_to_detector_mm, model.source_to_isocentre_mm,
        iris_mm=field.iris_mm,
    )  # fmt: skip
    return Pulse(
        tick=0, number=1, plane="A", single=True, orbital_angulation_deg=(0.0, 0.0),
        positioner_deg=asked.positioner_deg, table_mm=(0.0, -asked.along_mm, 0.0), collimation=field,
        magnification=asked.pose.magnification, kv=technique.kv, mas=count * technique.mas,
        pulse_ms=count * technique.pulse_ms, share_s=0.0, mode="pulsed", dose_level=asked.programme.dose_level,
        reference_kerma_mgy=count * dose.reference_kerma_mgy, area_product_gycm2=count * dose.area_product_gycm2,
    )  # fmt: skip


def _exposed(patient: Patient, view: View, asked: Shot, pulse: Pulse, rng: np.random.Generator) -> DetectorImage:
    """The mean of the readings of all pulses."""
    each = Technique(pulse.kv, pulse.mas / asked.pulses, (pulse.pulse_ms or 0.0) / asked.pulses)
    return averaged(patient, view, each, pulse.collimation, asked.pulses, rng)
