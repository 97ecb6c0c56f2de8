"""The dose report of a recording as JSON; ``dose_text`` writes it for people, ``imaging.dicom`` as DICOM."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.assessment.evidence import Evidence, trusting_rows
from simulator.assessment.metrics.dose import NO_HANDS, NO_SKIN, knows_hands
from simulator.assessment.pulses import dose_report_of, skin_dose_in
from simulator.engine.recording import Recording
from simulator.imaging.dose.irradiation import DoseReport, IrradiationEvent
from simulator.imaging.dose.skin_dose import SkinDoseMap

Positive = Annotated[float, Field(ge=0.0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sums(_Part):
    """What a plane, or the whole session, gave."""

    area_product_gycm2: Positive
    reference_kerma_mgy: Positive
    fluoroscopy_time_s: Positive
    pulses: Annotated[int, Field(ge=0)]
    runs: Annotated[int, Field(ge=0)]
    single_shots: Annotated[int, Field(ge=0)]


class Plane(Sums):
    """The sums of one plane."""

    plane: Literal["A", "B"]


class Event(_Part):
    """One irradiation event. Angles in degrees as DICOM gives them, to the patient; lengths in mm.

    Field and area are at the detector; kv is the mean weighted by charge; ma and pulse_ms are null in recordings
    that do not hold them; pulses_per_s is null for a single shot.
    """

    number: int
    plane: Literal["A", "B"]
    kind: Literal["run", "single shot"]
    mode: str
    start_s: Positive
    duration_s: Positive
    pulses: Annotated[int, Field(ge=1)]
    pulses_per_s: float | None
    kv: Positive
    kv_lowest: Positive
    kv_highest: Positive
    mas: Positive
    ma: float | None
    pulse_ms: float | None
    area_product_gycm2: Positive
    reference_kerma_mgy: Positive
    primary_deg: float
    secondary_deg: float
    primary_end_deg: float
    secondary_end_deg: float
    table_mm: tuple[float, float, float]
    table_end_mm: tuple[float, float, float]
    field_mm: tuple[float, float]
    iris_mm: float | None
    field_area_cm2: Positive
    magnification: float


class Machine(_Part):
    """What holds for every event."""

    source_to_detector_mm: Positive
    source_to_isocentre_mm: Positive
    source_to_reference_point_mm: Positive
    aluminium_mm: Positive
    copper_mm: Positive


class SkinDose(_Part):
    """The map of the patient's skin in three numbers; peak_at_mm in the patient frame (RAS+)."""

    peak_mgy: Positive
    peak_at_mm: tuple[float, float, float]
    peak_side: str


class Operator(_Part):
    """What the operator got: pulses with a hand in the direct beam; air kerma, summed, without apron or glove."""

    hand_in_beam_pulses: Annotated[int, Field(ge=0)]
    hand_ugy: Positive
    head_ugy: Positive


class SessionDose(_Part):
    """The dose in a score report. ``skin`` and ``operator`` are null for the reason that is given beside them."""

    total: Sums
    planes: tuple[Plane, ...]
    skin: SkinDose | None
    skin_not_assessed_because: str
    operator: Operator | None
    operator_not_assessed_because: str


class DoseReportFile(_Part):
    """The dose report of a session. ``skin``: null without a pulse; ``operator``: null in recordings that do not
    say where hands were. Fields are appended, never renamed."""

    schema_version: Literal[1] = 1
    case: str
    case_version: str
    trainee: str
    recording_digest: str
    complete: bool
    machine: Machine
    total: Sums
    planes: tuple[Plane, ...]
    skin: SkinDose | None
    events: tuple[Event, ...]
    operator: Operator | None = None


def read_dose(recording: Recording) -> tuple[Evidence, DoseReport]:
    """Evidence and dose of a recording. Raises UnreadableRecordingError where its rows are not a session's."""
    with trusting_rows():
        evidence = Evidence.of(recording)
        return evidence, dose_report_of(evidence)


def dose_report_file(
    recording: Recording, evidence: Evidence, report: DoseReport, skin: SkinDoseMap
) -> DoseReportFile:
    """The report as it is written to JSON."""
    return DoseReportFile(
        case=evidence.scenario.id,
        case_version=evidence.scenario.version,
        trainee=evidence.trainee,
        recording_digest=recording.digest,
        complete=report.complete,
        machine=Machine(
            source_to_detector_mm=report.source_to_detector_mm,
            source_to_isocentre_mm=report.source_to_isocentre_mm,
            source_to_reference_point_mm=report.reference_mm,
            aluminium_mm=report.aluminium_mm,
            copper_mm=report.copper_mm,
        ),
        total=Sums(**_sums(report)),
        planes=_planes(report),
        skin=_peak(skin) if report.events else None,
        events=tuple(_event(event) for event in report.events),
        operator=_operator(evidence),
    )


def session_dose(evidence: Evidence) -> SessionDose:
    """What a score report says of the dose of a recording. Raises as ``pulses_of`` does."""
    report = dose_report_of(evidence)
    skin = skin_dose_in(evidence) if report.events else None
    operator = _operator(evidence)
    return SessionDose(
        total=Sums(**_sums(report)),
        planes=_planes(report),
        skin=None if skin is None else _peak(skin),
        skin_not_assessed_because="" if skin is not None else NO_SKIN if report.events else "no pulse was given",
        operator=operator,
        operator_not_assessed_because="" if operator is not None else NO_HANDS,
    )


def _planes(report: DoseReport) -> tuple[Plane, ...]:
    return tuple(Plane(plane=name, **_sums(report.of_plane(name))) for name in report.planes)


def _peak(skin: SkinDoseMap) -> SkinDose:
    x, y, z = (round(float(c), 1) for c in skin.peak_at_mm)
    return SkinDose(peak_mgy=round(skin.peak_mgy, 4), peak_at_mm=(x, y, z), peak_side=skin.peak_side)


def _operator(evidence: Evidence) -> Operator | None:
    if not knows_hands(evidence):
        return None
    pulses = evidence.of_kind("exposed")
    return Operator(
        hand_in_beam_pulses=sum(bool(pulse["hand_in_beam"]) for pulse in pulses),
        hand_ugy=round(sum(float(pulse["hand_ugy"]) for pulse in pulses), 4),
        head_ugy=round(sum(float(pulse["head_ugy"]) for pulse in pulses), 4),
    )


def _sums(report: DoseReport) -> dict[str, Any]:
    return {
        "area_product_gycm2": round(report.area_product_gycm2, 6),
        "reference_kerma_mgy": round(report.reference_kerma_mgy, 5),
        "fluoroscopy_time_s": round(report.beam_on_s, 4),
        "pulses": report.pulses,
        "runs": len(report.part(runs=True).events),
        "single_shots": len(report.part(runs=False).events),
    }


def _event(event: IrradiationEvent) -> Event:
    first, last = event.pulses[0], event.pulses[-1]
    field = first.collimation
    return Event(
        number=event.number,
        plane=event.plane,
        kind="run" if event.is_run else "single shot",
        mode=event.mode,
        start_s=round(event.start_s, 4),
        duration_s=round(event.duration_s, 4),
        pulses=len(event.pulses),
        pulses_per_s=round(event.pulses_per_s, 4) if event.is_run else None,
        kv=round(event.kv, 2),
        kv_lowest=event.kv_range[0],
        kv_highest=event.kv_range[1],
        mas=round(event.mas, 5),
        ma=None if event.ma is None else round(event.ma, 2),
        pulse_ms=None if event.pulse_ms is None else round(event.pulse_ms, 3),
        area_product_gycm2=round(event.area_product_gycm2, 7),
        reference_kerma_mgy=round(event.reference_kerma_mgy, 6),
        primary_deg=first.positioner_deg[0],
        secondary_deg=first.positioner_deg[1],
        primary_end_deg=last.positioner_deg[0],
        secondary_end_deg=last.positioner_deg[1],
        table_mm=first.table_mm,
        table_end_mm=last.table_mm,
        field_mm=(field.height_mm, field.width_mm),
        iris_mm=field.iris_mm,
        field_area_cm2=round(field.area_mm2 / 100.0, 2),
        magnification=first.magnification,
    )
