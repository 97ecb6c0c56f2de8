"""Metal of an earlier operation as solids of titanium alloy: screws with core, thread and head, and rods."""

from __future__ import annotations

from anatomy.findings.earlier_work import MetalPart, metal
from anatomy.keeping import kept_with_first
from anatomy.patient import Patient
from anatomy.tissue import Material
from simulator.imaging.solids.bodies import Body, Cylinder, Frustum
from simulator.imaging.solids.solids import Assembly, Solid

TITANIUM_ALLOY = Material("titanium alloy Ti-6Al-4V", 4.43, {"Ti": 0.90, "Al": 0.06, "V": 0.04})


@kept_with_first(8)
def implants(patient: Patient, amplitude: float = 1.0) -> tuple[Assembly, ...]:
    """All metal of a patient at a collapse amplitude, as one assembly; empty for most patients.

    Pictures recognise it by identity: the same patient and amplitude give the same object.
    """
    parts = metal(patient.spec, patient.column, amplitude)
    solids = tuple(Solid(TITANIUM_ALLOY, _body(part), _taken_out(part, parts)) for part in parts)
    return (Assembly(solids),) if solids else ()


def _body(part: MetalPart) -> Body:
    if part.start_radius_mm == part.end_radius_mm:
        return Cylinder(part.start_mm, part.end_mm, part.start_radius_mm)
    return Frustum(part.start_mm, part.end_mm, part.start_radius_mm, part.end_radius_mm)


def _taken_out(part: MetalPart, parts: tuple[MetalPart, ...]) -> tuple[Body, ...]:
    """What is metal already: a thread's core, the stretches of rod that pass through a head."""
    if part.kind == "thread":
        return tuple(_body(other) for other in parts if other.number == part.number and other.kind == "core")
    if part.kind == "head":
        return tuple(_body(other) for other in parts if other.kind == "rod" and _is_near(part, other))
    return ()


def _is_near(head: MetalPart, rod: MetalPart) -> bool:
    """Whether a stretch of rod can pass through a head."""
    middle = [0.5 * (a + b) for a, b in zip(head.start_mm, head.end_mm, strict=True)]
    low = [min(a, b) - 12.0 for a, b in zip(rod.start_mm, rod.end_mm, strict=True)]
    high = [max(a, b) + 12.0 for a, b in zip(rod.start_mm, rod.end_mm, strict=True)]
    return all(a <= m <= b for a, m, b in zip(low, middle, high, strict=True))
