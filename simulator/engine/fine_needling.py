"""What the anaesthetic needle's tip lies in, for whoever injects through it."""

from __future__ import annotations

from typing import Literal

from anatomy.tissue import Tissue
from simulator.devices.fine_needle import FineNeedle
from simulator.devices.probe import Probe
from simulator.engine.case import Case
from simulator.engine.state import State

Site = Literal["skin", "fat", "muscle", "periosteum", "vessel", "canal", "other"]
PERIOSTEUM_MM = 1.5
"""A tip so near bone injects under the periosteum (preset)."""
VESSELS = ("aorta", "inferior vena cava", "azygos", "hemiazygos", "segmental vessels", "intercostal bundle")
_BY_TISSUE: dict[Tissue, Site] = {
    Tissue.SKIN: "skin",
    Tissue.FAT: "fat",
    Tissue.MUSCLE: "muscle",
    Tissue.LIGAMENT: "muscle",
    Tissue.BLOOD: "vessel",
    Tissue.CANAL: "canal",
    Tissue.CSF: "canal",
}


def fine_needle_site(case: Case, state: State) -> Site | None:
    """What the tip of the anaesthetic needle lies in; None while there is no such needle.

    Vessel and canal come before bone, bone before soft tissue: the worst that an injection can meet.
    """
    needle = state.fine_needle
    if needle is None:
        return None
    tip = needle.tip_mm[None, :]
    for name in touched(case.probe, needle, tip_only=True):
        if name == "canal":
            return "canal"
        if name.startswith(VESSELS):
            return "vessel"
    if case.probe.bone_distance_mm(tip)[0] < PERIOSTEUM_MM + needle.radius_mm:
        return "periosteum"
    return _BY_TISSUE.get(Tissue(int(case.probe.tissue(tip)[0])), "other")


def touched(probe: Probe, needle: FineNeedle, *, tip_only: bool = False) -> tuple[str, ...]:
    """Structures that the needle's surface, or that of its tip alone, reaches and should not."""
    points = needle.tip_mm[None, :] if tip_only else needle.shaft_mm()
    return tuple(
        name
        for name in probe.hazard_names
        if float(probe.hazard_distance_mm(name, points).min()) < needle.radius_mm
    )
