"""The dose report as text, for people."""

from __future__ import annotations

from simulator.assessment.dose_report import DoseReportFile, Event, Operator, SkinDose, Sums


def as_text(report: DoseReportFile) -> str:
    """The report for people: sums, planes, skin, then a line an event."""
    machine = report.machine
    lines = [
        f"Radiation dose report   {report.case} {report.case_version}   {report.trainee}"
        f"{'' if report.complete else '   (incomplete recording)'}",
        f"  filtration {machine.aluminium_mm:g} mm Al, {machine.copper_mm:g} mm Cu; focus to detector "
        f"{machine.source_to_detector_mm:g} mm, to isocentre {machine.source_to_isocentre_mm:g} mm, to reference "
        f"point {machine.source_to_reference_point_mm:g} mm",
        "",
        f"  {'':<8}{'DAP Gy cm2':>12}{'kerma mGy':>12}{'time s':>10}{'pulses':>8}{'runs':>6}{'shots':>7}",
        *(_sums_line(f"plane {plane.plane}", plane) for plane in report.planes),
        _sums_line("total", report.total),
        "",
    ]
    if report.skin is None:
        return "\n".join([*lines[:-1], "", "  no pulse was given"]) + "\n"
    lines += [
        f"  peak skin dose {report.skin.peak_mgy:.2f} mGy, {place_of(report.skin)} "
        "(backscatter and table included)",
        *([] if report.operator is None else [_operator_line(report.operator)]),
        "",
        f"  {'no.':>5} {'plane':<6}{'kind':<13}{'start':>7}{'s':>8}{'pulses':>8}{'/s':>7}{'kV':>7}{'mAs':>9}"
        f"{'mA':>7}{'angles':>14}{'field cm2':>11}{'mGy':>9}{'Gy cm2':>9}  mode",
        *(_event_line(event) for event in report.events),
    ]
    return "\n".join(lines) + "\n"


def place_of(skin: SkinDose) -> str:
    """Where the peak of the skin is, in words.

    >>> place_of(SkinDose(peak_mgy=3.0, peak_at_mm=(-12.4, 110.0, 31.0), peak_side="front"))
    'on the front, 12 mm to the left of the target and 31 mm above it'
    """
    x, _, z = skin.peak_at_mm
    sideways = f"{abs(x):.0f} mm to the {'right' if x > 0.0 else 'left'} of the target"
    return f"on the {skin.peak_side}, {sideways} and {abs(z):.0f} mm {'above' if z > 0.0 else 'below'} it"


def _operator_line(operator: Operator) -> str:
    return (
        f"  operator: hand {operator.hand_ugy:.1f} uGy, in the direct beam in {operator.hand_in_beam_pulses} "
        f"pulses; head {operator.head_ugy:.1f} uGy (no apron, glove or shield)"
    )


def _sums_line(name: str, sums: Sums) -> str:
    return (
        f"  {name:<8}{sums.area_product_gycm2:>12.4f}{sums.reference_kerma_mgy:>12.3f}"
        f"{sums.fluoroscopy_time_s:>10.1f}{sums.pulses:>8}{sums.runs:>6}{sums.single_shots:>7}"
    )


def _event_line(e: Event) -> str:
    rate = "-" if e.pulses_per_s is None else f"{e.pulses_per_s:.4g}"
    current = "-" if e.ma is None else f"{e.ma:.1f}"
    clock = f"{int(e.start_s) // 60}:{int(e.start_s) % 60:02d}"
    angles = f"{e.primary_deg:.0f}/{e.secondary_deg:.0f}"
    if (e.primary_end_deg, e.secondary_end_deg) != (e.primary_deg, e.secondary_deg):
        angles += f" to {e.primary_end_deg:.0f}/{e.secondary_end_deg:.0f}"
    return (
        f"  {e.number:>5} {e.plane:<6}{e.kind:<13}{clock:>7}{e.duration_s:>8.2f}{e.pulses:>8}{rate:>7}{e.kv:>7.1f}"
        f"{e.mas:>9.3f}{current:>7}{angles:>14}{e.field_area_cm2:>11.1f}{e.reference_kerma_mgy:>9.3f}"
        f"{e.area_product_gycm2:>9.4f}  {e.mode}"
    )
