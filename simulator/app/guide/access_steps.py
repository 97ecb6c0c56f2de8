"""Steps of one cannula: anaesthetic, skin, pedicle, body, and the channel for a balloon."""

from __future__ import annotations

from functools import partial

import numpy as np

from anatomy.spec import Side
from simulator.app.guide.reading import Tip, channel_share, miss_of, tip_of, to_share_mm
from simulator.app.guide.step import Hint, Now, Step, hint
from simulator.devices.needle import Needle, angles_deg
from simulator.engine.case import Case
from simulator.engine.state import index_of

ANAESTHETIC_ML = 5.0
ENTRY_MM = 3.5
"""A tip so near to the planned corridor enters well; scores begin to fall from 1.5 mm (preset of the library)."""
SEEN_WITHIN_MM = 1.5
"""Advance after which a picture no longer shows where the tip is."""
UNSEEN_MM = 5.0
"""Advance in bone without a picture that the guide speaks up about (scores: full to 4 mm, preset)."""
NEAR_BORDER_MM = 1.5
PAST_WALL_MM = 1.0
"""How far in front of the posterior wall a cannula for a balloon has to stand: 2 to 3 mm (unconfirmed)."""
TIP_SHARE, TIP_MOST, TIP_GOAL = 0.62, 0.90, 0.72
"""Depth of a vertebroplasty needle: anterior third, from 0.67 (clinical M4) less what a picture can tell."""
CHANNEL_SHARE, CHANNEL_GOAL, CHANNEL_MOST = 0.55, 0.70, 0.90
"""Depth of a balloon's channel: about 3 mm short of the anterior wall at most (unconfirmed)."""


def steps(case: Case, side: Side) -> list[Step]:
    """From the anaesthetic to the open cannula, on one side."""
    beside = "_beside" if case.patient.corridors[side].approach == "extrapedicular" else ""
    name, final = ("tip_in", _anterior_third) if case.balloon is None else ("cannula_in", _past_the_wall)
    used = (f"channel_drilled {side}", f"injection_started {side}")
    return [
        Step("local", "access", partial(_local, side=side), side, (f"skin_punctured {side}",)),
        Step("skin", "access", partial(_skin, side=side), side),
        Step(f"entry{beside}", "access", partial(_entry, side=side), side, (f"bone_entered {side}",)),
        Step(f"pedicle{beside}", "access", partial(_pedicle, side=side), side, used),
        Step(name, "access", partial(final, side=side), side, used),
        Step("stylet", "access", partial(_stylet, side=side), side, used),
    ]


def channel_steps(side: Side) -> list[Step]:
    """The channel and the balloon in it, on one side."""
    injected = f"injection_started {side}"
    return [
        Step("drill", "balloon", partial(_drill, side=side), side, (f"balloon_inserted {side}", injected)),
        Step("balloon", "balloon", partial(_balloon, side=side), side, (injected,)),
    ]


def planned_angles_deg(case: Case, side: Side) -> tuple[float, float]:
    """(convergence, caudal) of the planned corridor."""
    return angles_deg(side, case.patient.corridors[side].direction)


def _local(now: Now, side: Side) -> Hint | None:
    given = now.state.anaesthetic_ml[index_of(side)]
    return None if given >= ANAESTHETIC_ML else hint("local", side=side, ml=given, wanted=ANAESTHETIC_ML)


def _skin(now: Now, side: Side) -> Hint | None:
    if now.state.needle(side) is not None or now.seen.did("skin_punctured", side):
        return None
    x, _, z = now.case.patient.corridors[side].skin_mm - _body_centre(now.case)
    convergence, caudal = planned_angles_deg(now.case, side)
    up = "cranial" if z > 0.0 else "caudal"
    return hint(
        "skin", side=side, aside=abs(float(x)), up=abs(float(z)), way=up, convergence=convergence, caudal=caudal
    )


def _body_centre(case: Case) -> np.ndarray:
    return case.patient.landmarks[f"{case.patient.column.target} body centre"]


def _entry(now: Now, side: Side) -> Hint | None:
    needle = now.state.needle(side)
    if needle is None:
        return hint("needle_gone", side=side)
    tip = tip_of(now.case, needle)
    if not tip.on_bone:
        return _to_bone(now, needle, tip)
    if not _seen_here(now, "frontal", needle):
        return hint("entry_look")
    return None if tip.miss <= ENTRY_MM else _off(needle, tip)


def _to_bone(now: Now, needle: Needle, tip: Tip) -> Hint:
    """Outside bone: on towards it, or turned where the way would miss the planned entry."""
    corridor = now.case.patient.corridors[needle.side]
    ahead = float((corridor.entry_mm - needle.tip_mm) @ needle.axis)
    arrives, way = miss_of(now.case, needle.side, needle.tip_mm + max(ahead, 0.0) * needle.axis)
    if arrives > ENTRY_MM and ahead > 0.0:
        degrees = float(np.degrees(np.arctan2(arrives, max(ahead, 10.0))))
        return hint("to_bone_off", mm=arrives, way=way, deg=degrees, press=_towards(way))
    if ahead < -10.0:
        return hint("too_deep", side=needle.side)
    return hint("to_bone", mm=max(tip.to_bone if tip.to_bone is not None else ahead, 1.0))


def _off(needle: Needle, tip: Tip) -> Hint:
    """On bone beside the planned entry: back, turned, and on again."""
    degrees = float(np.degrees(np.arctan2(tip.miss, max(needle.depth_mm, 10.0))))
    return hint("entry_off", mm=tip.miss, way=tip.way, deg=degrees, press=_towards(tip.way))


def _towards(way: str) -> str:
    """The action that turns a cannula back from the side that it is off to."""
    return {
        "lateral": "more_convergent",
        "medial": "less_convergent",
        "cranial": "more_caudal",
        "caudal": "more_cranial",
    }[way]


def _seen_here(now: Now, kind: str, needle: Needle) -> bool:
    """Whether a picture of a kind shows the tip where it is now."""
    look = now.seen.of_kind.get(kind)
    return look is not None and abs(look.depth_mm[index_of(needle.side)] - needle.depth_mm) <= SEEN_WITHIN_MM


def _pedicle(now: Now, side: Side) -> Hint | None:
    lateral = now.seen.of_kind.get("lateral")
    if lateral is not None and (seen := lateral.behind_mm[index_of(side)]) is not None and seen <= 0.0:
        return None
    needle = now.state.needle(side)
    if needle is None:
        return hint("needle_gone", side=side)
    tip = tip_of(now.case, needle)
    through = now.case.patient.corridors[side].approach == "transpedicular"
    if through and tip.behind > 0.0 and tip.medial > 0.0:
        return hint("border_crossed", mm=tip.behind, urgent=True)
    unseen = _unseen_mm(now, needle)
    if unseen > UNSEEN_MM:
        return hint("look_first", mm=unseen, urgent=True)
    if through and tip.behind > 0.0 and tip.at_wall > 0.0:
        return hint("heads_medial", mm=max(-tip.medial, 0.0), wall=tip.behind, urgent=-tip.medial < NEAR_BORDER_MM)
    if tip.behind > 0.0:
        return hint("to_wall", mm=tip.behind)
    return hint("wall_look")


def _unseen_mm(now: Now, needle: Needle) -> float:
    """Advance in bone since the last picture of any kind."""
    newest = max((look for look in now.seen.looks.values()), key=lambda look: look.tick, default=None)
    seen = 0.0 if newest is None else newest.bone_mm[index_of(needle.side)]
    return needle.bone_mm - seen


def _past_the_wall(now: Now, side: Side) -> Hint | None:
    """For a balloon: just in front of the posterior wall, seen from the side."""
    needle, seen = now.state.needle(side), _seen_behind(now, side)
    if seen is not None and seen <= -PAST_WALL_MM:
        return None
    if needle is None:
        return hint("needle_gone", side=side)
    ahead = -tip_of(now.case, needle).behind
    return hint("past_wall", mm=2.5 - ahead) if ahead < PAST_WALL_MM else hint("wall_look")


def _anterior_third(now: Now, side: Side) -> Hint | None:
    """For cement through the needle itself: in the anterior third, seen from the side."""
    needle, seen = now.state.needle(side), _seen_behind(now, side)
    depth = now.case.ground.vertebra.size.depth_mm
    if seen is not None and TIP_SHARE <= -seen / depth <= TIP_MOST:
        return None
    if needle is None:
        return hint("needle_gone", side=side)
    unseen = _unseen_mm(now, needle)
    if unseen > UNSEEN_MM:
        return hint("look_first", mm=unseen)
    share = tip_of(now.case, needle).depth_share
    if share > TIP_MOST:
        return hint("too_far", mm=-to_share_mm(now.case, needle, TIP_GOAL), percent=100.0 * share, urgent=True)
    if share < TIP_SHARE:
        return hint("tip_on", mm=to_share_mm(now.case, needle, TIP_GOAL), percent=100.0 * share)
    return hint("wall_look")


def _seen_behind(now: Now, side: Side) -> float | None:
    """How far behind the posterior wall the last lateral picture shows a tip."""
    lateral = now.seen.of_kind.get("lateral")
    return None if lateral is None else lateral.behind_mm[index_of(side)]


def _stylet(now: Now, side: Side) -> Hint | None:
    needle = now.state.needle(side)
    if needle is None:
        return hint("needle_gone", side=side)
    return hint("stylet", side=side) if needle.stylet else None


def _drill(now: Now, side: Side) -> Hint | None:
    needle, model = now.state.needle(side), now.case.balloon
    if needle is None or model is None:
        return hint("needle_gone", side=side)
    share = channel_share(now.case, needle)
    if needle.drilled_mm >= model.length_mm and share >= CHANNEL_SHARE:
        return None
    left = to_share_mm(now.case, needle, CHANNEL_GOAL, drilled=True)
    short = model.length_mm + 0.5 - needle.drilled_mm
    if short > 0.0 and share + (short / now.case.ground.vertebra.size.depth_mm) > CHANNEL_MOST:
        return hint("drill_back", mm=short)
    return hint("drill", mm=max(left, short, 1.0))


def _balloon(now: Now, side: Side) -> Hint | None:
    return None if now.seen.did("balloon_inserted", side) else hint("balloon", side=side)
