"""Needle metrics (clinical section 2.1): truth on the instrument's surface, the worst of the needles used."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable

from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics.measurement import Measurement, no_occasion, not_done, value

NO_NEEDLE = "no cannula reached bone"
GRADE_LIMITS_MM = (2.0, 4.0, 6.0)
"""Where grades C, D and E begin; A is no breach at all."""
LATERAL_DEG = 20.0
"""A picture within this of the true lateral view counts as a look from the side."""


def _worst(name: str, pick: Callable[[list[float]], float] = max) -> Callable[[Evidence], Measurement]:
    """The worst value of a needle's outcome."""

    def metric(evidence: Evidence) -> Measurement:
        values = [float(n[name]) for n in evidence.needles if n.get("level") and n.get(name) is not None]
        return value(pick(values)) if values else not_done(NO_NEEDLE)

    return metric


def _last_placed(name: str, pick: Callable[[list[float]], float]) -> Callable[[Evidence], Measurement]:
    """A value of where needles ended; the last outcome that still had them in the patient keeps it."""

    def metric(evidence: Evidence) -> Measurement:
        values = [float(n[name]) for n in evidence.needles if n.get(name) is not None]
        return value(pick(values)) if values else not_done(NO_NEEDLE)

    return metric


def _worst_breach(evidence: Evidence) -> tuple[float, str] | None:
    """(mm, side and direction) of the worst breach of a pedicle's wall; None where no cannula reached bone."""
    found = [
        (float(needle["breach_mm"]), f"{side}, {needle.get('breach_direction') or 'no direction'}")
        for side in ("left", "right")
        if (needle := evidence.outcome.get(f"needle_{side}")) and needle.get("level")
    ]
    return max(found, default=None)


def pedicle_breach_mm(evidence: Evidence) -> Measurement:
    """Largest distance by which a cannula's surface lies outside the pedicle's cortex (M1)."""
    worst = _worst_breach(evidence)
    return not_done(NO_NEEDLE) if worst is None else value(worst[0], note=worst[1] if worst[0] > 0.0 else "")


def breach_grade(evidence: Evidence) -> Measurement:
    """Gertzbein-Robbins grade of the worst breach, letter form as a number: A = 0 to E = 4 (M1)."""
    worst = _worst_breach(evidence)
    if worst is None:
        return not_done(NO_NEEDLE)
    grade = 0 if worst[0] <= 0.0 else 1 + bisect_right(GRADE_LIMITS_MM, worst[0])
    return value(grade, note=f"grade {'ABCDE'[grade]}")


def unseen_medial_advance_mm(evidence: Evidence) -> Measurement:
    """Advance in bone since the last lateral picture when the tip passed the pedicle's medial border (M6)."""
    laterals = [e["tick"] for e in evidence.of_kind("exposed") if e["lateral_error_deg"] <= LATERAL_DEG]
    worst, at_s = None, None
    for side in ("left", "right"):
        samples = [(s["tick"], s[f"needle_{side}"]) for s in evidence.samples if f"needle_{side}" in s]
        before = None
        for tick, needle in samples:
            crossed = before is not None and before["medial_mm"] <= 0.0 < needle["medial_mm"]
            if crossed and needle["bone_mm"] > 0.0:
                seen = max((t for t in laterals if t <= tick), default=-1)
                then = next((n["bone_mm"] for t, n in reversed(samples) if t <= seen), 0.0)
                unseen = max(needle["bone_mm"] - then, 0.0)
                if worst is None or unseen > worst:
                    worst, at_s = unseen, tick / 60.0
            before = needle
    if worst is None:
        return (
            no_occasion("no tip passed the medial border of a pedicle")
            if any(n.get("level") for n in evidence.needles)
            else not_done(NO_NEEDLE)
        )
    return value(worst, at_s)


def wrong_level(evidence: Evidence) -> Measurement:
    """Cannulae that entered bone of a level other than the target's."""
    entered = evidence.of_kind("bone_entered")
    if not entered:
        return not_done(NO_NEEDLE)
    wrong = [e for e in entered if e["level"] != evidence.plan["target"]]
    return value(len(wrong), evidence.seconds(wrong[0]) if wrong else None)


def _of_pleura(structure: str) -> str:
    """The pleura about a lung; any other structure as it is. Nothing comes to a lung but through its pleura."""
    return structure.replace("lung ", "pleura ")


def _contacts(evidence: Evidence) -> list[tuple[str, str, float, float]]:
    """(cannula's side, structure, dwell in s, deepest in mm) of every contact, those that never ended included."""
    ended = [(e["side"], e["structure"], e["dwell_s"], e["deepest_mm"]) for e in evidence.of_kind("released")]
    still = [
        (side, *contact)
        for side in ("left", "right")
        for contact in evidence.outcome.get(f"needle_{side}", {}).get("touching", [])
    ]
    return [(side, str(name), float(dwell), float(deep)) for side, name, dwell, deep in [*ended, *still]]


def no_go_contacts(evidence: Evidence) -> Measurement:
    """How often an instrument touched what it must not touch (M8); lung and pleura together are one contact."""
    begun, touching = [], Counter[tuple[str, str]]()
    for event in evidence.of_kind("touched", "released"):
        place = (event["side"], _of_pleura(event["structure"]))
        if event["kind"] == "touched" and touching[place] == 0:
            begun.append(event)
        touching[place] += 1 if event["kind"] == "touched" else -1
    return value(len(begun), evidence.seconds(begun[0]) if begun else None)


def no_go_dwell_s(evidence: Evidence) -> Measurement:
    """For how long in all; a lung was touched for no longer than the pleura before it."""
    contacts = _contacts(evidence)
    pleurae = {(side, name) for side, name, _, _ in contacts if name.startswith("pleura")}
    counted = [c for c in contacts if _of_pleura(c[1]) == c[1] or (c[0], _of_pleura(c[1])) not in pleurae]
    return value(sum(dwell for _, _, dwell, _ in counted))


def no_go_depth_mm(evidence: Evidence) -> Measurement:
    """How deep at most."""
    return value(max((deep for *_, deep in _contacts(evidence)), default=0.0))


VESSELS = ("aorta", "inferior vena cava", "azygos", "hemiazygos", "segmental vessels", "intercostal bundle")


def _nearest(*begins: str) -> Callable[[Evidence], Measurement]:
    """The nearest approach to any structure whose name begins so, and when and where it was."""

    def metric(evidence: Evidence) -> Measurement:
        used = [n for n in evidence.needles if n.get("nearest_mm")]
        if not used:
            return (
                no_occasion("no approach of an instrument was recorded")
                if evidence.needles
                else not_done(NO_NEEDLE)
            )
        found = [
            (float(mm), float(n["nearest_s"][name]), name)
            for n in used
            for name, mm in n["nearest_mm"].items()
            if name.startswith(begins)
        ]
        if not found:
            return no_occasion("no instrument came within 40 mm")
        mm, at_s, name = min(found)
        return value(mm, at_s, note=name)

    return metric


def wall_contact_s(evidence: Evidence) -> Measurement:
    """For how long an instrument's surface lay outside a wall of bone, all walls and both sides together."""
    if not evidence.of_kind("bone_entered"):
        return not_done(NO_NEEDLE)
    ended = [float(e["dwell_s"]) for e in evidence.of_kind("wall_released")]
    still = [float(dwell) for n in evidence.needles for _, dwell, _ in n.get("outside_walls", [])]
    return value(sum(ended) + sum(still))


def cortex_breaks(evidence: Evidence) -> Measurement:
    """How often a tip broke through a bone's shell."""
    broken = evidence.of_kind("cortex_broken")
    if not broken and not evidence.of_kind("bone_entered"):
        return not_done(NO_NEEDLE)
    return value(len(broken), evidence.seconds(broken[0]) if broken else None)


def peak_cortex_force_n(evidence: Evidence) -> Measurement:
    """The largest force at which a shell gave way."""
    broken = evidence.of_kind("cortex_broken")
    if not broken:
        return not_done("no tip broke through a bone's shell")
    worst = max(broken, key=lambda e: float(e["force_n"]))
    return value(float(worst["force_n"]), evidence.seconds(worst), note=f"{worst['side']}, {worst['where']}")


def _final(name: str) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        return value(evidence.outcome.get(name, 0))

    return metric


def _sum(name: str) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        return value(sum(float(n.get(name) or 0.0) for n in evidence.needles))

    return metric


FUNCTIONS: dict[str, Callable[[Evidence], Measurement]] = {
    "pedicle_breach_mm": pedicle_breach_mm,
    "breach_grade": breach_grade,
    "medial_breach_mm": _worst("medial_breach_mm"),
    "wall_clearance_mm": _worst("clearance_mm", min),
    "entry_error_mm": _worst("entry_error_mm"),
    "target_error_mm": _last_placed("target_error_mm", max),
    "angle_error_deg": _last_placed("angle_error_deg", max),
    "tip_depth_percent": _last_placed("depth_percent", min),
    "tip_laterality_percent": _last_placed("laterality_percent", max),
    "order_rule_broken_mm": _worst("order_broken_mm"),
    "unseen_medial_advance_mm": unseen_medial_advance_mm,
    "anterior_breach_mm": _worst("anterior_breach_mm"),
    "no_go_contacts": no_go_contacts,
    "no_go_dwell_s": no_go_dwell_s,
    "no_go_depth_mm": no_go_depth_mm,
    "wrong_level": wrong_level,
    "nearest_canal_mm": _nearest("canal"),
    "nearest_root_mm": _nearest("nerve root"),
    "nearest_vessel_mm": _nearest(*VESSELS),
    "nearest_lung_mm": _nearest("lung", "pleura"),
    "nearest_kidney_mm": _nearest("kidney"),
    "wall_contact_s": wall_contact_s,
    "cortex_breaks": cortex_breaks,
    "peak_cortex_force_n": peak_cortex_force_n,
    "skin_punctures": _final("punctures"),
    "bone_entries": _sum("bone_entries"),
    "redirections": _final("redirections"),
    "needle_path_mm": _sum("path_mm"),
}
