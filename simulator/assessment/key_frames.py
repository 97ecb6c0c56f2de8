"""Which pictures of a session tell its story: the few that a report shows."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.assessment.evidence import Evidence
from simulator.engine.recording import Row

NEAR_DEG = 30.0
MOMENTS = (
    ("skin_punctured", "before the first puncture"),
    ("bone_entered", "at the bone"),
    ("channel_drilled", "cannula in the body"),
    ("stylet_moved", "needle in place"),
    ("balloon_deflated", "balloons inflated"),
    ("cement_leaked", "when cement first leaked"),
    ("injection_stopped", "cement, last injection"),
    ("ended", "at the end"),
)
"""Turns of a procedure: the event, and what a picture before it shows."""


@dataclass(frozen=True)
class KeyFrame:
    """An exposure by number and plane, and what it shows.

    field_mm: height and width, at the detector, of what blades and iris left open; magnification: how many times
    smaller the part of the panel is that its picture shows.
    """

    number: int
    plane: str
    at_s: float
    caption: str
    field_mm: tuple[float, float]
    magnification: float = 1.0

    @property
    def file_name(self) -> str:
        """The name under which its frame is written."""
        return f"{self.number:04d}-{self.plane}.png"


def key_frames(evidence: Evidence) -> list[KeyFrame]:
    """The last frontal and lateral picture before each turn of the procedure, in order, each once."""
    exposed = evidence.of_kind("exposed")
    found: dict[int, KeyFrame] = {}
    for kind, caption in MOMENTS:
        rows = evidence.of_kind(kind)
        if not rows:
            continue
        moment = rows[-1] if kind in ("injection_stopped", "stylet_moved") else rows[0]
        for view, name in (("frontal", "frontal_error_deg"), ("lateral", "lateral_error_deg")):
            before = [e for e in exposed if e["tick"] <= moment["tick"] and e[name] <= NEAR_DEG]
            if before and before[-1]["number"] not in found:
                found[before[-1]["number"]] = _key(evidence, before[-1], f"{view}, {caption}")
    return sorted(found.values(), key=lambda k: k.number)


def _key(evidence: Evidence, row: Row, caption: str) -> KeyFrame:
    iris_mm = row.get("iris_mm")
    height, width = (side if iris_mm is None else min(side, iris_mm) for side in row["field_mm"])
    return KeyFrame(
        int(row["number"]),
        str(row["plane"]),
        evidence.seconds(row),
        caption,
        (height, width),
        float(row.get("magnification", 1.0)),
    )
