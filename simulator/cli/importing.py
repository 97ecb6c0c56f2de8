"""``scenario import-ct``: a CT with labelled vertebrae becomes a patient file and a scenario beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from pydantic import TypeAdapter, ValidationError

from anatomy.spec import FractureShape, FractureSpec, Sex, TargetLevel
from scenarios import cases
from scenarios.loading import write_toml
from scenarios.schema import Briefing, PatientFile, Procedure, Scenario
from simulator.cli.speaking import UserMistakeError, progress, writing

if TYPE_CHECKING:
    from anatomy.imported.building import Imported

_TEMPLATES: dict[str, str] = {"kyphoplasty": "kyphoplasty-l1-wedge", "vertebroplasty": "vertebroplasty-t12"}
"""Library cases whose room, instruments and rubric an imported case starts from."""


def import_ct(
    ct: Annotated[Path, typer.Argument(metavar="CT", help="NIfTI file, or a folder with one DICOM series.")],
    labels: Annotated[Path, typer.Argument(metavar="LABELS", help="NIfTI file with numbered vertebrae.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="Folder for the patient file and the scenario.")
    ] = Path(),
    subregions: Annotated[
        Path | None, typer.Option("--subregions", help="NIfTI file with sub-regions of vertebrae (TPTBox).")
    ] = None,
    level: Annotated[str | None, typer.Option("--level", help="Target; the most flattened one without.")] = None,
    scheme: Annotated[
        str | None,
        typer.Option("--scheme", help="verse, totalsegmentator v1 or v2 in full; told without."),
    ] = None,
    procedure: Annotated[
        str | None, typer.Option("--procedure", help="kyphoplasty (usual with --fracture) or vertebroplasty.")
    ] = None,
    fracture: Annotated[
        str | None, typer.Option("--fracture", help="Break the target: wedge, biconcave or crush.")
    ] = None,
    height_ratio: Annotated[float, typer.Option("--height-ratio", help="Height left by --fracture.")] = 0.7,
    case_id: Annotated[
        str | None, typer.Option("--id", help="Id of the scenario; by CT and level without.")
    ] = None,
    sex: Annotated[
        str, typer.Option("--sex", help="female or male: of what is made up beyond the scan.")
    ] = "female",
    age: Annotated[float, typer.Option("--age", help="Years.")] = 70.0,
) -> None:
    """Make a case of a CT: a patient file and a scenario that refers to it. Nothing of who it was is kept.

    Labels are those of VerSe, TPTBox or TotalSegmentator (v1, v2); what the scan does not show is made up.

    Example:  vertebrosim scenario import-ct ct.nii.gz vertebrae.nii.gz --level L1 -o my-cases
    """
    from anatomy.ct import UnusableScanError  # here, because only this command needs all of the anatomy
    from anatomy.imported import building
    from simulator.engine import imported_patient

    target = _one_of("--level", level, get_args(TargetLevel))
    _one_of("--sex", sex, get_args(Sex))
    if not 18.0 <= age <= 100.0:
        raise UserMistakeError(f"--age {age:g} is outside 18 to 100 years")
    broken = _fracture(fracture, height_ratio)
    wishes = building.Wishes(target, scheme, sex, age, broken)  # type: ignore[arg-type]  # checked just now
    kind = _one_of("--procedure", procedure, get_args(Procedure)) or (
        "kyphoplasty" if fracture else "vertebroplasty"
    )
    with progress("reading the scan") as report:
        try:
            imported = building.import_ct(ct, labels, subregions, wishes, progress=report)
        except UnusableScanError as error:
            raise UserMistakeError(str(error)) from None
        report("writing the patient file", 0.98)
        name = case_id or _id_of(ct, imported.patient.spec.target_level)
        with writing("-o", out):
            out.mkdir(parents=True, exist_ok=True)
            place, file = out / f"{name}.toml", out / f"{name}{imported_patient.SUFFIX}"
            for path in (place, file):
                if path.exists():
                    raise UserMistakeError(f"{path} exists and is never overwritten; choose another --id or -o")
            scenario = _scenario(imported, name, kind, file.name)  # before anything is written: --id may be wrong
            digest = imported_patient.write(imported.patient, file)
            named = scenario.model_copy(update={"patient": _with_digest(scenario, digest)})
            place.write_text(write_toml(named), encoding="utf-8")
    for line in imported.lines:
        typer.echo(line)
    typer.echo(f"patient       {file} ({file.stat().st_size / 1e6:.0f} MB)")
    typer.echo(f"scenario      {place}")
    typer.echo(f"next          vertebrosim scenario check {place}")


def _fracture(shape: str | None, height_ratio: float) -> FractureSpec | None:
    _one_of("--fracture", shape, get_args(FractureShape))
    if shape is None:
        return None
    try:
        return TypeAdapter(FractureSpec).validate_python({"height_ratio": height_ratio, "shape": shape})
    except ValidationError:
        raise UserMistakeError(f"--height-ratio {height_ratio:g} is outside 0.15 to 0.95") from None


def _one_of(option: str, value: str | None, known: tuple[str, ...]) -> str | None:
    if value is not None and value not in known:
        raise UserMistakeError(f"{option} {value} is not known; choose one of {', '.join(known)}")
    return value


def _id_of(ct: Path, level: str) -> str:
    """An id made of the file's name and the level."""
    stem = re.sub(r"\.nii(\.gz)?$|\.dcm$", "", ct.resolve().name.lower())
    plain = re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:50].strip("-")
    return f"{plain or 'ct'}-{level.lower()}"


def _scenario(imported: Imported, name: str, procedure: str, file: str) -> Scenario:
    """A case around the imported patient: the library's room, instruments and rubric. Its digest is still open."""
    template, spec = cases.find(_TEMPLATES[procedure]), imported.patient.spec
    found = "a fracture that was added to the scan" if spec.fracture else "the shape that the scan shows"
    briefing = Briefing(
        history=f"Imported from CT; target {spec.target_level} with {found}. Write the history here.",
        imaging=f"CT with {', '.join(imported.fitted)} labelled ({imported.scheme}).",
    )
    patient = PatientFile(
        file=file, digest="0" * 64, target_level=spec.target_level, sex=spec.sex, age_years=spec.age_years
    )
    changes = {
        "id": name,
        "version": "1",
        "title": f"{procedure.capitalize()} of {spec.target_level} in a patient imported from CT",
        "summary": "A real spine; what lies beyond the scan is made up.",
        "difficulty": "intermediate",
        "briefing": briefing,
        "patient": patient,
    }
    try:
        return Scenario.model_validate({**{k: getattr(template, k) for k in Scenario.model_fields}, **changes})
    except ValidationError:
        raise UserMistakeError(
            f"--id {name} is not allowed; write 3 to 64 small letters, digits and hyphens"
        ) from None


def _with_digest(scenario: Scenario, digest: str) -> PatientFile:
    assert isinstance(scenario.patient, PatientFile)
    return scenario.patient.model_copy(update={"digest": digest})
