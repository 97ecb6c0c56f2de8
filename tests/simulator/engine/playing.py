"""Short scripted sessions: commands with the ticks to wait after them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np

from anatomy.spec import Side
from simulator.devices.needle import angles_deg
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.events import Event
from simulator.engine.recording import Recorder, Row
from simulator.engine.session import Session
from simulator.engine.state import State
from simulator.engine.step import step

MIXED_TICKS = 60 * 65
"""By then any cement is mixed and the injector loaded."""
Script = Sequence[tuple[int, Sequence[c.Command]]]


def approach(case: Case, side: Side, bone_mm: float = 26.0) -> Script:
    """A cannula along the planned corridor: to bone, then so far into it."""
    corridor = case.patient.corridors[side]
    convergence, caudal = angles_deg(side, corridor.direction)
    skin = corridor.skin_mm
    to_bone = float(np.linalg.norm(corridor.entry_mm - skin))
    return [
        (1, [c.PunctureSkin(side, float(skin[0]), float(skin[2]), convergence, caudal)]),
        (420, [c.Advance(side, to_bone - 1.0, "push")]),
        (420 if bone_mm > 20.0 else 240, [c.Advance(side, bone_mm, "mallet")]),
    ]


def kyphoplasty(case: Case) -> Script:
    """A whole kyphoplasty on one side in a minute: needle, balloon, cement, pictures, end."""
    return [
        (30, [c.Expose("A"), c.Expose("B"), c.GiveLocalAnaesthetic("right", 5.0), c.MixCement()]),
        *approach(case, "right"),
        (1060, [c.RemoveStylet("right"), c.Drill("right", 18.0)]),
        (1, [c.InsertBalloon("right"), c.InsertBalloon("left")]),
        (400, [c.Inflate("right", 0.6), c.PressPedal("B")]),
        (10, [c.ReleasePedal("B"), c.Deflate("right")]),
        (1, [c.RemoveBalloon("right")]),
        (900, [c.StartInjection("right", 3.0)]),
        (20, [c.StopInjection()]),
        (10, [c.EndProcedure()]),
    ]


def short(case: Case) -> Script:
    """Pictures, a refusal and a cannula set on bone, in 10 s: enough for tests that play often."""
    return [
        (30, [c.Expose("A"), c.Expose("B"), c.GiveLocalAnaesthetic("right", 5.0)]),
        (1, [c.InsertBalloon("left")]),
        *approach(case, "right", 4.0)[:2],
        (100, [c.Advance("right", 6.0, "mallet")]),
        (10, [c.EndProcedure()]),
    ]


def play(session: Session, script: Script) -> list[Event]:
    """Every event of a session that plays a script."""
    events: list[Event] = []
    for ticks, commands in script:
        events += session.tick(commands)
        for _ in range(ticks):
            events += session.tick()
    return events


def after(case: Case, script: Script, state: State | None = None) -> tuple[State, list[Event]]:
    """State and events after a script, from the beginning or from a state."""
    state = initial_state(case) if state is None else state
    events: list[Event] = []
    for ticks, commands in script:
        for tick in range(ticks + 1):
            state, happened = step(case, state, commands if tick == 0 else ())
            events += happened
    return state, events


def kinds(events: Iterable[Event]) -> list[str]:
    """Kinds of events, in order."""
    return [event.kind for event in events]


def resealed(header: Row, rows: Iterable[Row]) -> bytes:
    """The file that a forger writes: any rows, with seals that fit them again."""
    header = {name: value for name, value in header.items() if name not in ("row", "format")}
    recorder = Recorder(header)
    for row in rows:
        if row.get("row") == "seal":
            recorder.seal(row["tick"], row["state"])
        else:
            recorder.write(row)
    return b"".join(recorder.lines)


def tampered_header(data: bytes, **changes: object) -> bytes:
    """A recording with other values in its header, sealed again; None takes a value out."""
    lines = [json.loads(line) for line in data.splitlines()]
    header = {name: value for name, value in {**lines[0], **changes}.items() if value is not None}
    return resealed(header, lines[1:])
