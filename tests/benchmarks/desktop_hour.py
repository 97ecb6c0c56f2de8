"""An hour at the desktop: six cases one after the other in the real windows, and what memory they leave.

    python -m tests.benchmarks.desktop_hour [--cases 6] [--rounds 1] [--json FILE]

No screen is needed. An expert's commands, found beforehand in another process, are given to the sessions of the
desktop tick by tick: fluoroscopy is drawn on its monitors, the room from outside is looked at, then comes the
debrief with its replay, played to the end, its pictures, the cut vertebra in 3D and the pages that compare; then
library, the next case's CT and its radiograph. The resident set is read at the end of each step, and its peak in
it. It exits with 1 where the peak passes 1.5 GB or the library's rounds grow by more than GROWTH_MB a case, after
the first two cases.

Peak memory of a desktop session: 1.5 GB at most, 0.8 GB wanted. Linux only: it reads /proc/self/status, and has
the kernel forget the peak (clear_refs) at the beginning of each step.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6 import QtCore, QtWidgets

from anatomy.patient import Patient
from scenarios import cases
from simulator.app import desktop as desktops
from simulator.app import theme
from simulator.app.debrief.window import Debrief
from simulator.app.guide.tutor import GuidedSession
from simulator.app.hands.actions import BY_NAME
from simulator.app.library.window import Library
from simulator.app.procedure.room import Room
from simulator.app.sessions.player import Player
from simulator.engine.case import Case
from simulator.engine.commands import Command, EndProcedure, PressPedal, ReleasePedal
from simulator.engine.events import Event
from simulator.engine.recording import read
from simulator.engine.replay import commands_by_tick
from simulator.engine.screens import Screens
from simulator.engine.session import Session
from simulator.engine.state import TICK_HZ
from simulator.imaging.prior_ct import PriorCt

LIMIT_MB, GROWTH_MB = 1500.0, 25.0
FAST = 1e6
LOOKED_S = 2.0
"""How long the debrief, and the library after it, stand open."""
FIRST = (
    "kyphoplasty-l1-wedge", "vertebroplasty-t12", "kyphoplasty-t12-cleft", "vertebroplasty-l3-metastasis",
    "vertebroplasty-t7-extrapedicular", "kyphoplasty-l2-new-fracture", "vertebroplasty-t11-myeloma",
    "kyphoplasty-l1-anaphylaxis",
)  # fmt: skip
PLAYED = """
import sys
from pathlib import Path
from scenarios.cases import find
from simulator.assessment.trainees.procedure import perform
from simulator.engine.case import make_case
from simulator.engine.session import new_session
session = new_session(make_case(find(sys.argv[1]), 1), "T-042", Path(sys.argv[2]))
perform(session, "expert")
session.close()
"""


def play_by(scripts: Mapping[str, Mapping[int, Sequence[Command]]]) -> None:
    """Sessions get the commands of their case's script, at their ticks, beside those of the window."""
    plain = Session.tick

    def tick(self: Session, commands: Sequence[Command] = ()) -> list[Event]:
        return plain(self, [*scripts[self.case.scenario.id].get(self.state.tick, ()), *commands])

    Session.tick = tick  # type: ignore[method-assign]


def memory_mb() -> tuple[float, float]:
    """(resident now, most until now) of this process, MB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return tuple(float(lines[name].split()[0]) / 1024.0 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


def forget_peak() -> None:
    """From now on ``memory_mb`` gives the most since now."""
    Path("/proc/self/clear_refs").write_text("5")


def script_of(case_id: str, folder: Path) -> dict[int, list[Command]]:
    """An expert's commands, by tick; played once, without pictures, in a process of its own."""
    path = folder / f"{case_id}.vsim"
    if not path.exists():
        subprocess.run([sys.executable, "-c", PLAYED, case_id, str(path)], check=True)
    return with_looks(commands_by_tick(read(path)))


def cut(commands: dict[int, list[Command]], seconds: float | None) -> dict[int, list[Command]]:
    """The first seconds of it, then the end of the procedure; all of it without."""
    if seconds is None:
        return commands
    end = round(seconds * TICK_HZ)
    return {tick: given for tick, given in commands.items() if tick < end} | {end: [EndProcedure()]}


def with_looks(commands: dict[int, list[Command]]) -> dict[int, list[Command]]:
    """The same with a foot on the pedal for three seconds of every twenty, where the expert's is up."""
    last, down = max(commands), False
    for tick in range(60, last - 300, 20 * TICK_HZ):
        window = range(tick, tick + 3 * TICK_HZ + 1)
        given = [one for at in window for one in commands.get(at, ())]
        down = any(isinstance(one, PressPedal | ReleasePedal) for one in given)
        if not down:
            commands.setdefault(tick, []).append(PressPedal("A"))
            commands.setdefault(window[-1], []).append(ReleasePedal("A"))
    return commands


class Hour:
    """Plays the story step by step while Qt's own loop runs, as for a user."""

    def __init__(
        self,
        app: QtWidgets.QApplication,
        case_ids: Sequence[str],
        folder: Path,
        seconds: float | None = None,
        outside: bool = True,
        debriefed: bool = True,
    ) -> None:
        self.rows: list[dict[str, object]] = []
        self._app, self._cases, self._outside, self._debriefed = app, case_ids, outside, debriefed
        self._scripts = {case: cut(script_of(case, folder), seconds) for case in dict.fromkeys(case_ids)}
        self._began = time.perf_counter()
        self.desktop = desktops.Desktop(speed=FAST)
        self._story = self._told()
        self._until: Callable[[], bool] = lambda: True
        self._timer = QtCore.QTimer(interval=20)
        self._timer.timeout.connect(self._look)

    def run(self) -> None:
        """Until the story is told."""
        play_by(self._scripts)
        self._timer.start()
        if self._app.exec() != 0:
            raise RuntimeError("the story broke off")

    def _look(self) -> None:
        if not self._until():
            return
        try:
            self._until = next(self._story)
        except StopIteration:
            self._app.quit()
        except Exception:
            self._app.exit(3)
            raise

    def _told(self) -> Iterator[Callable[[], bool]]:
        self.desktop.open_library()
        yield _after(1.0)
        self._note("library", "", 0.0)
        for case in self._cases:
            library = self.desktop.window
            assert isinstance(library, Library)
            library.trainee.setText("T-042")
            library.list.choose(case)
            library.page.setCurrentWidget(library.page.imaging)
            yield lambda page=library.page: page.imaging.ct is not None
            for step in range(20):
                library.page.imaging.turn("axial", -2 if step < 10 else 3)
            self._note("prior imaging", case, 0.0)
            library.consent.setChecked(True)
            del library
            self.desktop.window.start.click()
            room = self.desktop.window
            assert isinstance(room, Room)
            yield lambda room=room: room.case is not None
            if self._outside:
                room.do(BY_NAME["room_view"])
                yield lambda view=room.room_view: view.image is not None or view.works is False
                yield _after(1.0)
                if self.desktop.window is room:  # a short case may be over
                    room.do(BY_NAME["room_view"])
            del room
            yield lambda: isinstance(self.desktop.window, Debrief)
            self._note("case played", case, self._seconds())
            yield _after(LOOKED_S)
            if self._debriefed:
                yield from self._looked_back(self.desktop.window)
                self._note("debrief", case, 0.0)
            self.desktop.window.back.click()
            yield lambda: isinstance(self.desktop.window, Library)
            yield _after(LOOKED_S)
            self._note("library", case, 0.0)

    def _looked_back(self, debrief: Debrief) -> Iterator[Callable[[], bool]]:
        """Every page of a debrief: the replay until all of it is drawn and its end is shown in 3D."""
        assert debrief.replay is not None
        assert debrief.replayer is not None
        assert debrief.compare is not None
        debrief.tabs.turn_to("replay")
        replay = debrief.replay
        yield lambda: debrief.replayer.pairs is not None and debrief.replayer.is_finished
        replay.seek(replay.last_tick)
        for view in (replay.vertebra, replay.room) if self._outside else ():
            yield lambda view=view: view.image is not None or view.works is False
        yield _after(1.0)
        debrief.tabs.turn_to("compare")
        for name in debrief.compare.pages:
            debrief.compare.turn_to(name)
            yield _after(1.0)

    def _seconds(self) -> float:
        debrief = self.desktop.window
        assert isinstance(debrief, Debrief)
        return float(debrief.report.duration_s)

    def _note(self, step: str, case: str, simulated_s: float) -> None:
        now, most = memory_mb()
        kinds = Counter(type(one) for one in gc.get_objects())
        held = {kind.__name__: kinds[kind] for kind in WATCHED}
        row = {
            "step": step, "case": case, "rss_mb": round(now), "peak_mb": round(most),
            "simulated_s": round(simulated_s), "wall_s": round(time.perf_counter() - self._began), **held,
        }  # fmt: skip
        self.rows.append(row)
        forget_peak()
        print(json.dumps(row), flush=True)  # noqa: T201 - the script's output


WATCHED = (Room, Library, Debrief, Case, Patient, Session, GuidedSession, Screens, PriorCt, Player)
"""Of these there should be one at most, and none of a window that has gone."""


def _after(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() >= end


STEPS = ("prior imaging", "case played", "debrief", "library")


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Peak and end of each step, MB, a line a case."""
    lines = ["| case | " + " | ".join(STEPS) + " |", "|---" * (1 + len(STEPS)) + "|"]
    for case in dict.fromkeys(str(row["case"]) for row in rows if row["case"]):
        cells = [
            ", ".join(f"{r['peak_mb']} ({r['rss_mb']})" for r in rows if (r["case"], r["step"]) == (case, step))
            for step in STEPS
        ]
        lines.append(f"| {case} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def verdict(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """What is wrong, in sentences."""
    wrong = []
    peak = max(float(row["peak_mb"]) for row in rows)  # type: ignore[arg-type]
    if peak > LIMIT_MB:
        wrong.append(f"the peak of {peak:.0f} MB passes {LIMIT_MB:.0f} MB")
    rounds = [float(row["rss_mb"]) for row in rows if row["step"] == "library"]  # type: ignore[arg-type]
    settled = rounds[2:]
    if len(settled) > 2:
        slope = (settled[-1] - settled[0]) / (len(settled) - 1)
        if slope > GROWTH_MB:
            wrong.append(f"the library grows by {slope:.0f} MB a case: {settled}")
    return wrong


def main() -> int:
    """Play the hour; 0 where memory holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--scripts", type=Path, help="where the expert's recordings are kept for another time")
    parser.add_argument("--seconds", type=float, help="of each case, then it is ended")
    parser.add_argument(
        "--no-room", action="store_true", help="without the view from outside (no OpenGL is loaded)"
    )
    parser.add_argument("--no-debrief", action="store_true", help="only a glance at the debrief")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    unknown = set(FIRST) - set(cases.ids())
    assert not unknown, unknown
    with tempfile.TemporaryDirectory() as name:
        os.environ["VERTEBROSIM_CONFIG_DIR"] = str(Path(name) / "user")
        scripts = asked.scripts or Path(name)
        scripts.mkdir(parents=True, exist_ok=True)
        app = QtWidgets.QApplication([])
        theme.apply(app)
        case_ids = FIRST[: asked.cases] * asked.rounds
        hour = Hour(app, case_ids, scripts, asked.seconds, not asked.no_room, not asked.no_debrief)
        hour.run()
    wrong = verdict(hour.rows)
    simulated = sum(float(row["simulated_s"]) for row in hour.rows)  # type: ignore[arg-type]
    print(table(hour.rows))  # noqa: T201
    print(f"{simulated / 60:.0f} simulated minutes; " + ("; ".join(wrong) or "memory holds"))  # noqa: T201
    if asked.json is not None:
        asked.json.write_text(json.dumps(hour.rows, indent=1) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
