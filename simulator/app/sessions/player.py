"""A session played in real time on a thread of its own: commands in, the newest state and pictures out.

No window here: whoever looks is told by a callback that something new lies in the mailbox. The newest picture of a
plane wins, events are never lost. Pictures are drawn between ticks, so the simulated clock waits for every exposed
frame, and then for the window to look; a machine that is too slow slows that clock, ticks are never left out.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from simulator.app.sessions.console import Change, Look, look
from simulator.engine.commands import Command
from simulator.engine.events import Event, Exposed
from simulator.engine.screens import Screens
from simulator.engine.session import Session
from simulator.engine.state import TICK_HZ, State
from simulator.imaging.carm import PlaneName
from simulator.imaging.heap import give_back_free_memory
from simulator.imaging.monitor.monitor import Shown
from simulator.imaging.view import View

STATE_EVERY_TICKS = 2
"""A state without picture or event is handed out so often, 30 times a second."""
STANDING_S = 0.05
"""How often monitors are seen to while the clock stands still."""
UNSEEN_S = 0.25
"""How long the simulated clock waits for the window to look: no time passes that nobody could have seen."""
GIVE_BACK_TICKS = 20 * TICK_HZ
"""Of the session: as often free memory is given back, in milliseconds, unless somebody looks at a live picture."""
FORGIVEN_S = 0.25
"""How far the simulated clock may fall behind before it gives up catching up."""


@dataclass
class Update:
    """What has happened since the mailbox was last emptied.

    views: from where exposed pictures were taken; looks: what is set at monitors that were changed; notes: why a
    monitor did not do what it was told.
    """

    state: State | None = None
    pictures: dict[PlaneName, Shown] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    views: dict[PlaneName, View] = field(default_factory=dict)
    looks: dict[PlaneName, Look] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failure: BaseException | None = None
    over: bool = False


class Mailbox:
    """Between the two threads: what was put is merged until it is taken."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._waiting = Update()
        self._rung = False
        self._seen = threading.Event()

    def put(self, update: Update) -> None:
        """Add to what is waiting; rings once until it is taken."""
        with self._lock:
            self._waiting.state = update.state or self._waiting.state
            self._waiting.pictures.update(update.pictures)
            self._waiting.views.update(update.views)
            self._waiting.events += update.events
            self._waiting.looks.update(update.looks)
            self._waiting.notes += update.notes
            self._waiting.failure = update.failure or self._waiting.failure
            self._waiting.over |= update.over
            rung, self._rung = self._rung, True
            self._seen.clear()
        if not rung:
            self._ring()

    def take(self) -> Update:
        """All that was waiting."""
        with self._lock:
            taken, self._waiting, self._rung = self._waiting, Update(), False
            self._seen.set()
        return taken

    def wait_until_taken(self, seconds: float) -> None:
        """Until nothing is waiting any more, at most so long."""
        self._seen.wait(seconds)


class Player:
    """Plays what ``build`` gives, which may take its time (a patient is built in seconds).

    ring is called from the player's thread when something new lies in ``mailbox``. speed: simulated seconds a
    second; tests play faster than life.
    """

    def __init__(
        self, build: Callable[[], tuple[Session, Screens]], ring: Callable[[], None], *, speed: float = 1.0
    ) -> None:
        self.mailbox = Mailbox(ring)
        self.session: Session | None = None
        self._build, self._speed = build, speed
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._at_monitors: queue.SimpleQueue[tuple[PlaneName, Change]] = queue.SimpleQueue()
        self._stopping, self._running = threading.Event(), threading.Event()
        self._running.set()
        self._thread = threading.Thread(target=self._play, name="player", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def send(self, commands: Sequence[Command]) -> None:
        """Give commands; they are carried out in the next tick."""
        for command in commands:
            self._commands.put(command)

    def at_monitor(self, plane: PlaneName, change: Change) -> None:
        """Change a plane's monitor; its picture comes again, also while the clock stands still."""
        self._at_monitors.put((plane, change))

    @property
    def paused(self) -> bool:
        """Whether the simulated clock stands still."""
        return not self._running.is_set()

    def pause(self, paused: bool) -> None:
        """Stop or go on with the simulated clock."""
        if paused:
            self._running.clear()
        else:
            self._running.set()

    def stop(self) -> None:
        """Stop for good and close the recording; returns when that is done."""
        self._stopping.set()
        self._running.set()
        self.mailbox.take()
        if self._thread.is_alive():
            self._thread.join()

    def _play(self) -> None:
        try:
            self.session, screens = self._build()
            give_back_free_memory()  # of building a patient some hundred megabytes lie about
            self.mailbox.put(Update(state=self.session.state))
            try:
                self._tick_on(self.session, screens)
            finally:
                self.session.close()
        except Exception as failure:  # noqa: BLE001 - shown in the window, where somebody can read it
            self.mailbox.put(Update(failure=failure))
        self.mailbox.put(Update(over=True))

    def _tick_on(self, session: Session, screens: Screens) -> None:
        due_s = time.perf_counter()
        while not self._stopping.is_set() and not session.state.ended:
            self._see_to_monitors(screens)
            if not self._running.is_set():
                self._running.wait(STANDING_S)
                due_s = time.perf_counter()
                continue
            events = session.tick(self._given())
            state = session.state
            pictures: dict[PlaneName, Shown] = dict(screens.held(state))
            for event, shown in screens.exposed(state, events):
                pictures["A" if event.plane == "A" else "B"] = shown
            views = {
                plane.name: session.case.view(state, plane)
                for plane in state.planes
                if any(isinstance(event, Exposed) and event.plane == plane.name for event in events)
            }
            if events or pictures or state.tick % STATE_EVERY_TICKS == 0:
                self.mailbox.put(Update(state, pictures, list(events), views))
                self.mailbox.wait_until_taken(UNSEEN_S)
            if state.tick % GIVE_BACK_TICKS == 0 and not any(plane.pedal for plane in state.planes):
                give_back_free_memory()
            due_s += 1.0 / (TICK_HZ * self._speed)
            early_s = due_s - time.perf_counter()
            if early_s > 0.0:
                time.sleep(early_s)
            elif early_s < -FORGIVEN_S:
                due_s = time.perf_counter()

    def _see_to_monitors(self, screens: Screens) -> None:
        """Carry out what was told to monitors; hand out their pictures and what is set there."""
        while not self._at_monitors.empty():
            plane, change = self._at_monitors.get_nowait()
            monitor, update = screens.monitor(plane), Update()
            try:
                change(monitor)
                update.pictures[plane] = screens.redrawn(plane)
                update.notes += [note] if (note := update.pictures[plane].note) else []
            except ValueError as why:
                update.notes.append(f"{why}")
            update.looks[plane] = look(monitor)
            self.mailbox.put(update)

    def _given(self) -> list[Command]:
        given = []
        while True:
            try:
                given.append(self._commands.get_nowait())
            except queue.Empty:
                return given
