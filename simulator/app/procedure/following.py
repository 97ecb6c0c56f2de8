"""What the room is told of the session: one moment after the other, to everybody who follows. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simulator.app.hands.hands import Hands
from simulator.app.sessions.console import Look
from simulator.engine.case import Case
from simulator.engine.events import Event
from simulator.engine.state import State
from simulator.imaging.carm import PlaneName
from simulator.imaging.monitor.monitor import Shown
from simulator.imaging.view import View


@dataclass(frozen=True)
class Moment:
    """What is played, how it stands, what hands hold; events, pictures, from where they were taken
    (views) and settings of monitors (looks) that are new since the moment before."""

    case: Case
    state: State
    hands: Hands
    events: tuple[Event, ...] = ()
    pictures: Mapping[PlaneName, Shown] = field(default_factory=dict)
    views: Mapping[PlaneName, View] = field(default_factory=dict)
    looks: Mapping[PlaneName, Look] = field(default_factory=dict)


Follower = Callable[[Moment], None]
"""Is called with every moment, on the window's thread, in the order in which followers were added."""
