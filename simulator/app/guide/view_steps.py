"""Steps before the skin: time-out, what the patient is given, level and views."""

from __future__ import annotations

from functools import partial
from typing import get_args

import numpy as np

from anatomy.spec import LEVELS
from simulator.app.guide.reading import ViewKind, off_centre_mm, plane_of, turn_needed_deg
from simulator.app.guide.step import Hint, Now, Step, hint
from simulator.assessment.metrics.imaging import COLLIMATED_SHARE, FULL_FIELD_MM
from simulator.engine.case import Case
from simulator.engine.guidance_commands import TimeOutItem
from simulator.engine.state import Plane

VIEW_DEG = 5.0
"""A view off by no more counts as true: full credit in the notes on scoring (M16, unconfirmed)."""
CENTRED_MM = 15.0
OXYGEN_L_MIN = 2.0
COUNTED_FROM = ("T12", "L5")
"""Levels from which one counts: the last rib, and the vertebra on the sacrum."""
ITEMS: tuple[TimeOutItem, ...] = get_args(TimeOutItem)


def steps(case: Case) -> list[Step]:
    """These steps of a case."""
    skin, bone = ("skin_punctured",), ("bone_entered",)
    before = [Step("time_out", "before", _time_out, overtaken_by=skin)]
    if "cefazolin" not in case.scenario.condition.allergies:
        before.append(Step("antibiotic", "before", _antibiotic, overtaken_by=skin))
    return [
        *before,
        Step("oxygen", "before", _oxygen, overtaken_by=skin),
        Step("count", "views", _count, overtaken_by=bone),
        Step("frontal", "views", partial(_true_view, kind="frontal"), overtaken_by=bone),
        Step("centre", "views", _centre, overtaken_by=bone),
        Step("lateral", "views", partial(_true_view, kind="lateral"), overtaken_by=bone),
        Step("collimate", "views", _collimate, overtaken_by=bone),
    ]


def open_items(now: Now) -> list[TimeOutItem]:
    """What has not been said yet."""
    return [item for item in ITEMS if item not in now.seen.checked]


def _time_out(now: Now) -> Hint | None:
    left = open_items(now)
    return hint("time_out", left=len(left)) if left else None


def _antibiotic(now: Now) -> Hint | None:
    return None if "cefazolin" in now.seen.drugs else hint("antibiotic")


def _oxygen(now: Now) -> Hint | None:
    flow = now.state.body.oxygen_l_min
    return None if flow >= OXYGEN_L_MIN else hint("oxygen", flow=flow)


def _count(now: Now) -> Hint | None:
    target = LEVELS.index(now.case.patient.column.target)
    missing = []
    for level in COUNTED_FROM:
        low, high = sorted((target, LEVELS.index(level)))
        missing.append([one for one in LEVELS[low : high + 1] if one not in now.seen.levels])
    fewest = min(missing, key=len)
    if not fewest:
        return None
    if "frontal" not in now.seen.of_kind:
        return hint("no_frontal")
    towards_head = LEVELS.index(fewest[0]) < target
    return hint("count", missing=", ".join(fewest), press="table_feet" if towards_head else "table_head")


def _true_view(now: Now, kind: ViewKind) -> Hint | None:
    look = now.seen.of_kind.get(kind)
    if look is not None and look.error_deg <= VIEW_DEG:
        return None
    plane = now.state.plane(plane_of(now.state, kind))
    assert plane is not None
    orbital, angulation = turn_needed_deg(now.case, plane.pose, kind)
    if max(abs(orbital), abs(angulation)) <= 0.6 * VIEW_DEG:
        return hint(f"{kind}_look")
    if abs(orbital) >= abs(angulation):
        press = "orbital_up" if orbital > 0.0 else "orbital_down"
        return hint(f"{kind}_orbital", plane=plane.name, deg=abs(orbital), press=press)
    word = "cranial" if angulation > 0.0 else "caudal"
    return hint(f"{kind}_angulation", plane=plane.name, deg=abs(angulation), way=word, press=word)


def _centre(now: Now) -> Hint | None:
    plane = now.state.planes[0]
    right, head = off_centre_mm(now.case, now.state, plane)
    if abs(turn_needed_deg(now.case, plane.pose, "frontal")[0]) > 45.0:  # a single C-arm that stands lateral
        right = 0.0
    if np.hypot(right, head) <= CENTRED_MM:
        return None
    if abs(head) >= abs(right):
        return hint("centre", mm=abs(head), press="table_feet" if head > 0.0 else "table_head")
    return hint("centre", mm=abs(right), press="table_left" if right > 0.0 else "table_right")


def _collimate(now: Now) -> Hint | None:
    wide = [plane.name for plane in now.state.planes if not _collimated(plane)]
    return hint("collimate", plane=wide[0]) if wide else None


def _collimated(plane: Plane) -> bool:
    height, width = plane.pose.field_mm
    return height * width <= COLLIMATED_SHARE * FULL_FIELD_MM**2
