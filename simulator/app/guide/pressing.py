"""Which key mends what is missing: the action that each hint of the guide ends with. Pure, no Qt.

Hints that turn or move something name their action themselves; those after which one only waits have none.
"""

from __future__ import annotations

from dataclasses import replace

from simulator.app.guide.reading import ViewKind, plane_of
from simulator.app.guide.step import Hint
from simulator.engine.state import State

ACTIONS: dict[str, str] = {
    "time_out": "check_off", "antibiotic": "tab_patient", "oxygen": "more_oxygen", "collimate": "collimate",
    "local": "anaesthetic", "skin": "puncture", "needle_gone": "puncture",
    "to_bone": "advance", "too_deep": "withdraw", "border_crossed": "withdraw", "heads_medial": "withdraw",
    "to_wall": "advance", "past_wall": "advance", "tip_on": "advance", "too_far": "withdraw",
    "stylet": "stylet", "drill": "drill", "drill_back": "withdraw", "balloon": "insert_balloon",
    "inflate": "inflate", "deflate": "deflate", "remove": "remove_balloon",
    "mix": "mix", "drops_start": "inject", "fill": "inject", "go_on": "inject", "reload": "load",
    "stylet_in": "stylet", "out": "withdraw", "ask": "ask", "end": "end",
    "low_saturation": "more_oxygen", "low_pressure": "fluid",
}  # fmt: skip
SHOTS: dict[str, ViewKind] = {
    "no_frontal": "frontal", "frontal_look": "frontal", "entry_look": "frontal", "balloon_frontal": "frontal",
    "last_frontal": "frontal", "lateral_look": "lateral", "look_first": "lateral", "wall_look": "lateral",
    "inflate_look": "lateral", "balloon_lateral": "lateral", "last_lateral": "lateral",
}  # fmt: skip
"""Pictures to be taken, by the plane that shows such a view."""
PEDALS: dict[str, ViewKind] = {"drops_unseen": "lateral", "blind": "lateral"}
"""Pedals to be held down."""


def with_key(hint: Hint, state: State) -> Hint:
    """A hint with the action that mends it, where there is one and it does not name it itself."""
    if "press" in hint.values:
        return hint
    press = ACTIONS.get(hint.key)
    for kinds, action in ((SHOTS, "shot"), (PEDALS, "pedal")):
        if hint.key in kinds:
            press = f"{action}_{plane_of(state, kinds[hint.key]).lower()}"
    return hint if press is None else replace(hint, values={**hint.values, "press": press})
