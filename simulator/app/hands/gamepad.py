"""A gamepad in the hands: from what is pressed and pushed to actions and motors. Pure: no Qt, no SDL, no wall
clock.

Controls have SDL's names for the usual layout of two sticks, two triggers and four buttons, wherever a maker
puts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from simulator.app.hands.hands import Hands
from simulator.app.hands.imaging_actions import CARM_DEG_S, TABLE_MM_S
from simulator.engine import commands as c
from simulator.engine.commands import Command
from simulator.engine.state import State

AXES = ("leftx", "lefty", "rightx", "righty", "lefttrigger", "righttrigger")
"""In SDL's order; sticks -1 to 1 (right and down positive), triggers 0 to 1."""
BUTTONS = (
    "a", "b", "x", "y", "back", "guide", "start", "leftstick", "rightstick", "leftshoulder", "rightshoulder",
    "dpup", "dpdown", "dpleft", "dpright",
)  # fmt: skip
"""In SDL's order."""
BINDINGS: dict[str, str] = {
    "righttrigger": "pedal_a",
    "lefttrigger": "pedal_b",
    "dpup": "advance",
    "dpdown": "withdraw",
    "dpleft": "less_convergent",
    "dpright": "more_convergent",
    "rightshoulder": "more_cranial",
    "leftshoulder": "more_caudal",
    "a": "inject",
    "b": "step",
    "x": "other_side",
    "y": "stylet",
    "back": "other_plane",
    "start": "pause",
    "leftstick": "collimate",
    "rightstick": "mute",
}
"""Actions by button and trigger, at first. The left stick turns the C-arm, the right one moves the table."""
STICKS = (("left_stick", "turns"), ("right_stick", "moves"))
"""What the sticks do, whatever the buttons are bound to."""
CONTROLS = (*BINDINGS, "guide")
"""What an action can be given to. The middle button has none at first: some systems keep it for themselves."""
REPEATED = frozenset({
    "advance", "withdraw", "less_convergent", "more_convergent", "more_cranial", "more_caudal", "tool_on",
    "tool_back", "brighter", "darker",
})  # fmt: skip
"""Actions that repeat themselves while their button is down, as keys do."""
FIRST_REPEAT_S, NEXT_REPEAT_S = 0.4, 0.12
TRIGGER_ON, TRIGGER_OFF = 0.5, 0.35
"""A pedal that goes down there comes up further down: it does not flutter."""
DEAD = 0.2
"""Share of a stick's way in which nothing happens: worn sticks do not come back to their middle."""
STEPS = 8
"""Speeds of a stick: the engine is told when another one is reached, not of every tremor."""


@dataclass(frozen=True)
class Pad:
    """What a gamepad says: axes as AXES, and the buttons that are down."""

    axes: tuple[float, ...] = (0.0,) * len(AXES)
    buttons: frozenset[str] = frozenset()

    def axis(self, name: str) -> float:
        """The place of an axis."""
        return self.axes[AXES.index(name)]


NEUTRAL = Pad()


def first_pressed(pad: Pad) -> str | None:
    """The control that is down, of several the first; None where nothing is."""
    for name in CONTROLS:
        if name in pad.buttons or (name in AXES and pad.axis(name) > TRIGGER_ON):
            return name
    return None


@dataclass(frozen=True)
class Drive:
    """Shares (-1 to 1) of the speed of each motor: C-arm about the long axis and to the head, table across and to
    the head."""

    orbital: float = 0.0
    angulation: float = 0.0
    across: float = 0.0
    along: float = 0.0


@dataclass(frozen=True)
class Grip:
    """What is down, when each repeats itself next, and how the sticks stand."""

    down: frozenset[str] = frozenset()
    due_s: tuple[tuple[str, float], ...] = ()
    drive: Drive = Drive()


@dataclass(frozen=True)
class Felt:
    """Actions that begin and that end, and what motors were told before and are told now."""

    began: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    before: Drive = field(default_factory=Drive)
    drive: Drive = field(default_factory=Drive)


def feel(grip: Grip, pad: Pad, time_s: float, bound: Mapping[str, str] = BINDINGS) -> tuple[Grip, Felt]:
    """What a gamepad's hands do now. time_s: of any clock that goes on; bound: actions by button and trigger."""
    down = set(pad.buttons & bound.keys())
    for trigger in ("lefttrigger", "righttrigger"):
        if trigger in bound and pad.axis(trigger) > (TRIGGER_OFF if trigger in grip.down else TRIGGER_ON):
            down.add(trigger)
    due = {name: when for name, when in grip.due_s if name in down}
    began = [name for name in bound if name in down and name not in grip.down]
    due |= {name: time_s + FIRST_REPEAT_S for name in began if bound[name] in REPEATED}
    for name, when in due.items():
        if time_s >= when:
            began.append(name)
            due[name] = time_s + NEXT_REPEAT_S
    ended = [name for name in bound if name in grip.down and name not in down]
    drive = Drive(
        _speed(pad.axis("leftx")),
        -_speed(pad.axis("lefty")),
        _speed(pad.axis("rightx")),
        -_speed(pad.axis("righty")),
    )
    felt = Felt(tuple(bound[name] for name in began), tuple(bound[name] for name in ended), grip.drive, drive)
    return Grip(frozenset(down), tuple(due.items()), drive), felt


def _speed(push: float) -> float:
    """Share of the speed for a push of a stick: nothing in the middle, then with the square, in STEPS steps.

    >>> [_speed(push) for push in (0.1, -0.3, 0.6, 1.0)]
    [0.0, -0.125, 0.25, 1.0]
    """
    beyond = (abs(push) - DEAD) / (1.0 - DEAD)
    if beyond <= 0.0:
        return 0.0
    share = max(round(min(beyond, 1.0) ** 2 * STEPS), 1) / STEPS
    return share if push > 0.0 else -share


def driven(felt: Felt, hands: Hands, state: State) -> list[Command]:
    """Commands to the motors whose stick stands otherwise than before; a stick in its middle stops every plane."""
    told: list[Command] = []
    changed = {f.name for f in fields(Drive) if getattr(felt.before, f.name) != getattr(felt.drive, f.name)}
    deg_s, mm_s = hands.step(CARM_DEG_S), hands.step(TABLE_MM_S)
    for name, make in (("orbital", _orbital), ("angulation", _angulation)):
        share = getattr(felt.drive, name)
        if name in changed:
            planes = [hands.plane] if share else [plane.name for plane in state.planes]
            told += [make(c.DriveCArm(plane), share * deg_s) for plane in planes if state.plane(plane)]
    if "across" in changed:
        told.append(c.DriveTable(lateral_mm_s=felt.drive.across * mm_s))
    if "along" in changed:
        told.append(c.DriveTable(longitudinal_mm_s=felt.drive.along * mm_s))
    return told


def _orbital(command: c.DriveCArm, deg_s: float) -> c.DriveCArm:
    return replace(command, orbital_deg_s=deg_s)


def _angulation(command: c.DriveCArm, deg_s: float) -> c.DriveCArm:
    return replace(command, angulation_deg_s=deg_s)
