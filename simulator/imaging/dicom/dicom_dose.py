"""A dose report as a DICOM X-Ray Radiation Dose SR: PS3.16, templates 10001, 10002 (with 10004, 10007) and 10003.

Codes and their meanings are those of pydicom's copy of the standard; units are UCUM: Gy, Gy.m2, s, kV, mA, ms,
uA.s, mm, m2, deg.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.sr.codedict import Code, codes
from pydicom.uid import XRayRadiationDoseSRStorage

from simulator.imaging.dicom.dicom_study import (
    DAY,
    MANUFACTURER,
    MODEL,
    STATION,
    Study,
    new_file,
    time_of_day,
    uid_of,
    write_modules,
)
from simulator.imaging.dose.irradiation import DoseReport, IrradiationEvent

FOCAL_SPOT_MM = 0.6
_D, _S = codes.DCM, codes.SCT
_HAS_INTENT = Code("363703001", "SCT", "Has Intent")
_RECUMBENT = Code("102538003", "SCT", "recumbent")
_PLANES = {"A": _D.PlaneA, "B": _D.PlaneB}
_FLUORO_MODES = {"pulsed": _D.Pulsed, "continuous": _D.Continuous}


def write_dose_sr(path: Path, report: DoseReport, study: Study) -> None:
    """Write the report. Raises ValueError where there is no irradiation event: the template wants one."""
    if not report.events:
        raise ValueError("no pulse was given, and a radiation dose report needs at least one irradiation event")
    last = report.events[-1]
    end_s = last.start_s + last.duration_s
    ds = new_file(path, XRayRadiationDoseSRStorage, f"dose report {study.identity} {study.seed}")
    write_modules(ds, study, "SR", "dose report", 100, 1, end_s)
    ds.SeriesDescription = "Radiation dose report, simulated"
    ds.CompletionFlag = "COMPLETE" if report.complete else "PARTIAL"
    ds.VerificationFlag = "UNVERIFIED"
    ds.ReferencedPerformedProcedureStepSequence = []
    ds.PerformedProcedureCodeSequence = []
    two = len(report.planes) > 1
    content = [
        _code("HAS CONCEPT MOD", _D.ProcedureReported, _D.ProjectionXRay,
              [_code("HAS CONCEPT MOD", _HAS_INTENT, _S.TherapeuticIntent)]),
        _code("HAS OBS CONTEXT", _D.ObserverType, _D.Device),
        _uid("HAS OBS CONTEXT", _D.DeviceObserverUID, uid_of(f"{MANUFACTURER} {MODEL}")),
        _text("HAS OBS CONTEXT", _D.DeviceObserverName, STATION),
        _text("HAS OBS CONTEXT", _D.DeviceObserverManufacturer, MANUFACTURER),
        _text("HAS OBS CONTEXT", _D.DeviceObserverModelName, MODEL),
        _text("HAS OBS CONTEXT", _D.DeviceObserverSerialNumber, "1"),
        _code("HAS OBS CONTEXT", _D.DeviceRoleInProcedure, _D.IrradiatingDevice),
        _code("HAS OBS CONTEXT", _D.ScopeOfAccumulation, _D.Study,
              [_uid("HAS PROPERTIES", _D.StudyInstanceUID, study.uid)]),
        _code("CONTAINS", _D.XRayDetectorDataAvailable, _S.No),
        _code("CONTAINS", _D.XRaySourceDataAvailable, _S.Yes),
        _code("CONTAINS", _D.XRayMechanicalDataAvailable, _S.Yes),
        *(_accumulated(report.of_plane(plane), _plane(plane, two)) for plane in report.planes),
        *(_event(event, report, study, _plane(event.plane, two)) for event in report.events),
        _code("CONTAINS", _D.SourceOfDoseInformation, _D.AutomatedDataCollection),
    ]  # fmt: skip
    _make_container(ds, _D.XRayRadiationDoseReport, content, template="10001")
    ds.save_as(path, enforce_file_format=True)


def _plane(plane: str, two: bool) -> Code:
    return _PLANES[plane] if two else _D.SinglePlane


def _accumulated(part: DoseReport, plane: Code) -> Dataset:
    """Templates 10002, 10004 and 10007: the sums of one plane."""
    fluoroscopy, shots = part.part(runs=True), part.part(runs=False)
    return _container(_D.AccumulatedXRayDoseData, [
        _code("HAS CONCEPT MOD", _D.AcquisitionPlane, plane),
        _num(_D.FluoroDoseAreaProductTotal, _gym2(fluoroscopy.area_product_gycm2), "Gy.m2"),
        _num(_D.FluoroDoseRPTotal, fluoroscopy.reference_kerma_mgy / 1e3, "Gy"),
        _num(_D.TotalFluoroTime, fluoroscopy.beam_on_s, "s"),
        _num(_D.AcquisitionDoseAreaProductTotal, _gym2(shots.area_product_gycm2), "Gy.m2"),
        _num(_D.AcquisitionDoseRPTotal, shots.reference_kerma_mgy / 1e3, "Gy"),
        _num(_D.TotalAcquisitionTime, sum(e.duration_s for e in shots.events), "s"),
        _num(_D.DoseAreaProductTotal, _gym2(part.area_product_gycm2), "Gy.m2"),
        _num(_D.DoseRPTotal, part.reference_kerma_mgy / 1e3, "Gy"),
        _num(_D.DistanceSourceToReferencePoint, part.reference_mm, "mm"),
        _num(_D.TotalNumberOfRadiographicFrames, shots.pulses, "1"),
        _code("CONTAINS", _D.ReferencePointDefinition, _D._15cmFromIsocenterTowardSource),
    ], template="10002")  # fmt: skip


def _event(event: IrradiationEvent, report: DoseReport, study: Study, plane: Code) -> Dataset:
    """Template 10003: one run or shot."""
    return _container(_D.IrradiationEventXRayData, [
        _code("HAS CONCEPT MOD", _D.AcquisitionPlane, plane),
        _uid("CONTAINS", _D.IrradiationEventUID, study.event_uid(event.plane, event.number)),
        _datetime(_D.DatetimeStarted, event.start_s),
        _code("CONTAINS", _D.IrradiationEventType, _S.Fluoroscopy if event.is_run else _D.StationaryAcquisition),
        _text("CONTAINS", _D.AcquisitionProtocol, event.mode),
        _code("CONTAINS", _D.TargetRegion, _S.Spine),
        _code("CONTAINS", _D.PatientTableRelationship, _S.Headfirst),
        _code("CONTAINS", _D.PatientOrientation, _RECUMBENT,
              [_code("HAS CONCEPT MOD", _D.PatientOrientationModifier, _S.Prone)]),
        *_source(event, report),
        *_mechanics(event, report),
    ], template="10003")  # fmt: skip


def _source(event: IrradiationEvent, report: DoseReport) -> list[Dataset]:
    """Template 10003B: what came out of the tube."""
    field = event.pulses[0].collimation
    items = [
        _num(_D.DoseAreaProduct, _gym2(event.area_product_gycm2), "Gy.m2"),
        _num(_D.DoseRP, event.reference_kerma_mgy / 1e3, "Gy"),
        _code("CONTAINS", _D.ReferencePointDefinition, _D._15cmFromIsocenterTowardSource),
        _num(_D.CollimatedFieldArea, field.area_mm2 / 1e6, "m2"),
        _num(_D.CollimatedFieldHeight, field.height_mm, "mm"),
        _num(_D.CollimatedFieldWidth, field.width_mm, "mm"),
        *(_filter(material, mm) for material, mm in ((_S.Aluminum, report.aluminium_mm),
                                                     (_S.Copper, report.copper_mm)) if mm > 0.0),
        _num(_D.IrradiationDuration, event.duration_s, "s"),
        _num(_D.KVP, event.kv, "kV"),
        _num(_D.FocalSpotSize, FOCAL_SPOT_MM, "mm"),
        _num(_D.Exposure, 1000.0 * event.mas, "uA.s"),
        _num(_D.NumberOfPulses, len(event.pulses), "1"),
    ]  # fmt: skip
    if event.is_run:
        items.append(_code("CONTAINS", _D.FluoroMode, _FLUORO_MODES[event.pulses[0].mode]))
        items.append(_num(_D.PulseRate, event.pulses_per_s, "{pulse}/s"))
    if event.pulse_ms is not None and event.ma is not None:
        items.append(_num(_D.XRayTubeCurrent, event.ma, "mA"))
        items.append(_num(_D.PulseWidth, event.pulse_ms, "ms"))
        items.append(_num(_D.ExposureTime_Retired, event.pulse_ms * len(event.pulses), "ms"))
    return items


def _filter(material: Code, thickness_mm: float) -> Dataset:
    return _container(_D.XRayFilters, [
        _code("CONTAINS", _D.XRayFilterType, _D.FlatFilter),
        _code("CONTAINS", _D.XRayFilterMaterial, material),
        _num(_D.XRayFilterThicknessMinimum, thickness_mm, "mm"),
        _num(_D.XRayFilterThicknessMaximum, thickness_mm, "mm"),
    ])  # fmt: skip


def _mechanics(event: IrradiationEvent, report: DoseReport) -> list[Dataset]:
    """Template 10003C: where positioner and table were, at the start and, of a run, at its end."""
    first, last = event.pulses[0], event.pulses[-1]
    items = [
        _num(_D.PositionerPrimaryAngle, first.positioner_deg[0], "deg"),
        _num(_D.PositionerSecondaryAngle, first.positioner_deg[1], "deg"),
    ]
    table = (_D.TableLateralPosition, _D.TableLongitudinalPosition, _D.TableHeightPosition)
    if event.is_run:
        items += [
            _num(_D.PositionerPrimaryEndAngle, last.positioner_deg[0], "deg"),
            _num(_D.PositionerSecondaryEndAngle, last.positioner_deg[1], "deg"),
        ]
    items += [_num(concept, mm, "mm") for concept, mm in zip(table, first.table_mm, strict=True)]
    if event.is_run:
        ends = (_D.TableLateralEndPosition, _D.TableLongitudinalEndPosition, _D.TableHeightEndPosition)
        items += [_num(concept, mm, "mm") for concept, mm in zip(ends, last.table_mm, strict=True)]
    return [
        *items,
        _num(_D.DistanceSourceToIsocenter, report.source_to_isocentre_mm, "mm"),
        _num(_D.DistanceSourceToReferencePoint, report.reference_mm, "mm"),
        _num(_D.DistanceSourceToDetector, report.source_to_detector_mm, "mm"),
    ]


def _gym2(area_product_gycm2: float) -> float:
    return area_product_gycm2 / 1e4


def _coded(code: Code) -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return ds


def _item(relationship: str, value_type: str, concept: Code) -> Dataset:
    ds = Dataset()
    ds.RelationshipType, ds.ValueType = relationship, value_type
    ds.ConceptNameCodeSequence = [_coded(concept)]
    return ds


def _code(relationship: str, concept: Code, value: Code, children: Sequence[Dataset] = ()) -> Dataset:
    ds = _item(relationship, "CODE", concept)
    ds.ConceptCodeSequence = [_coded(value)]
    if children:
        ds.ContentSequence = list(children)
    return ds


def _num(concept: Code, value: float, unit: str) -> Dataset:
    ds = _item("CONTAINS", "NUM", concept)
    measured = Dataset()
    measured.MeasurementUnitsCodeSequence = [_coded(Code(unit, "UCUM", unit if unit != "1" else "no units"))]
    measured.NumericValue = f"{value:.8g}"
    ds.MeasuredValueSequence = [measured]
    return ds


def _text(relationship: str, concept: Code, value: str) -> Dataset:
    ds = _item(relationship, "TEXT", concept)
    ds.TextValue = value
    return ds


def _uid(relationship: str, concept: Code, value: str) -> Dataset:
    ds = _item(relationship, "UIDREF", concept)
    ds.UID = value
    return ds


def _datetime(concept: Code, seconds: float) -> Dataset:
    ds = _item("CONTAINS", "DATETIME", concept)
    ds.DateTime = DAY + time_of_day(seconds)
    return ds


def _container(concept: Code, content: Sequence[Dataset], template: str | None = None) -> Dataset:
    ds = Dataset()
    ds.RelationshipType = "CONTAINS"
    _make_container(ds, concept, content, template)
    return ds


def _make_container(ds: Dataset, concept: Code, content: Sequence[Dataset], template: str | None) -> None:
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = [_coded(concept)]
    if template is not None:
        named = Dataset()
        named.MappingResource, named.TemplateIdentifier = "DCMR", template
        ds.ContentTemplateSequence = [named]
    ds.ContentSequence = list(content)
