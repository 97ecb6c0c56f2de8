"""A trainee's hands at the window: what a scripted trainee wants to do, done by keys, buttons and the mouse.

Takes the place of ``assessment.trainees.hands.Hands``. Nothing is given to the session but by events of Qt on the
room; what comes back is what the room's followers get. Angles, depths and rates are those that keys can set.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from PySide6 import QtCore, QtGui
from PySide6.QtTest import QTest

from anatomy.spec import Side
from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.augmentation_actions import INFLATE_ML, RATES_ML_MIN
from simulator.app.hands.needle_actions import ADVANCE_MM, DRILL_MM, TURN_DEG
from simulator.app.hands.patient_actions import ANAESTHETIC_ML, dose
from simulator.app.outside.skin_marks import skin_place
from simulator.app.procedure.aiming import shows_the_back
from simulator.app.procedure.following import Moment
from simulator.app.procedure.room import Room
from simulator.assessment.trainees.care import Carer
from simulator.assessment.trainees.hands import LATERAL_DEG, Hands
from simulator.devices.needle import angles_deg
from simulator.engine import commands as c
from simulator.engine.events import Event, Exposed, Refused, Stalled
from simulator.engine.orders.patient import MG
from simulator.engine.state import TICK_HZ, State
from simulator.imaging.carm import PlaneName

NEAR_DEG, NEAR_MM = 0.7, 4.0
"""How well levers set a C-arm and a table."""
PATIENCE_S = 60.0
BUTTONS = {"insert_balloon", "deflate", "remove_balloon", "mix", "stylet", "ask"}
"""Actions that these hands do by their buttons."""
LEFT = QtCore.Qt.MouseButton.LeftButton


class WindowHands(Hands):
    """Hands of one trainee at one room that is being played."""

    def __init__(self, room: Room, carer: Carer | None = None) -> None:
        assert room.player is not None
        assert room.player.session is not None
        super().__init__(room.player.session, None, carer)
        self.room, self.keys_pressed, self.clicks = room, 0, 0
        self._new: list[Event] = []
        self._cared_s = -1
        self._stored: dict[tuple[PlaneName, tuple[float, float]], int] = {}
        self._held: dict[str, QtCore.QKeyCombination] = {}
        room.followers.append(self._follow)

    @property
    def state(self) -> State:
        """What the window shows, not more."""
        assert self.room.state is not None
        return self.room.state

    def do(self, *commands: c.Command) -> list[Event]:
        """Do what commands say, by hand; returns what happened until all of it was done."""
        self._take()
        happened: list[Event] = []
        for command in commands:
            getattr(self, f"_{command.kind}")(command)
            happened += self._settle()
        return happened

    def wait(self, seconds: float, until: Callable[[State], bool] | None = None) -> list[Event]:
        """Let time pass as the window shows it, and see to the patient meanwhile."""
        end, happened = self.state.tick + max(round(seconds * TICK_HZ), 1), self._take()
        while self.state.tick < end and not self.state.ended:
            self._look_on()
            happened += self._take()
            happened += self._care(happened)
            if until is not None and until(self.state):
                break
        return happened

    def act(self, command: c.Command, seconds: float, until: Callable[[State], bool] | None = None) -> list[Event]:
        """Do something and wait for it to have happened."""
        return self.do(command) + self.wait(seconds, until)

    # What is seen

    def _follow(self, moment: Moment) -> None:
        self._new += moment.events
        self._events += moment.events
        for event in moment.events:
            if isinstance(event, Exposed) and event.lateral_error_deg <= LATERAL_DEG:
                self._lateral_tick = moment.state.tick

    def _look_on(self) -> None:
        """One turn of the window's loop."""
        QTest.qWait(1)
        if self.room.player is not None and not self.room.player._thread.is_alive() and not self.state.ended:
            pytest.fail(f"the session broke: {self.room.messages}")

    def _take(self) -> list[Event]:
        new, self._new = self._new, []
        return new

    def _settle(self) -> list[Event]:
        """Until what was pressed has reached the session and come back."""
        assert self.room.player is not None
        assert self.room.player.session is not None
        reached = self.room.player.session.state.tick + 3
        self._until(lambda: self.state.tick >= reached or self.state.ended)
        return self._take()

    def _until(self, what: Callable[[], bool]) -> None:
        """Look on until something is so; it must come within some patience."""
        clock = QtCore.QElapsedTimer()
        clock.start()
        while not what():
            self._look_on()
            if clock.elapsed() > 1000.0 * PATIENCE_S:
                pytest.fail(f"it did not happen: {self.room.messages}")

    def _care(self, happened: Sequence[Event]) -> list[Event]:
        """Once a second, what a trainee does for the patient."""
        second = self.state.tick // TICK_HZ
        if self._carer is None or second == self._cared_s:
            return []
        self._cared_s = second
        command = self._carer.command(replace(self.state, tick=second * TICK_HZ), happened)
        return [] if command is None else self.do(command)

    # Keys and mouse

    def press(self, name: str) -> None:
        """Do an action by its key, or by its button."""
        action = BY_NAME[name]
        panel = self.room.panels.get(action.group)
        if name in BUTTONS and panel is not None and panel.isVisible():
            self.clicks += 1
            QTest.mouseClick(panel.buttons[name], LEFT)
        else:
            self.keys_pressed += 1
            key = _key(action.key)
            QTest.keyClick(self.room, key.key(), key.keyboardModifiers())

    def hold(self, name: str) -> None:
        """Press a key and keep it down."""
        self.keys_pressed += 1
        key = self._held[name] = _key(BY_NAME[name].key)
        QTest.keyPress(self.room, key.key(), key.keyboardModifiers())

    def let_go(self, name: str) -> None:
        """Let go of a key that is down."""
        key = self._held.pop(name)
        QTest.keyRelease(self.room, key.key(), key.keyboardModifiers())

    def _choose(self, name: str, what: Callable[[], object], wanted: object) -> None:
        """Press a key that goes around until the hands hold something."""
        for _ in range(60):
            if what() == wanted:
                return
            self.press(name)
        pytest.fail(f"{name} never gave {wanted}")

    def _side(self, side: Side) -> None:
        self._choose("other_side", lambda: self.room.hands.side, side)

    def _coarse(self, coarse: bool) -> None:
        self._choose("step", lambda: self.room.hands.coarse, coarse)

    def _plane(self, plane: PlaneName) -> None:
        self._choose("other_plane", lambda: self.room.hands.plane, plane)

    # C-arm and table

    def _move_carm(self, command: c.MoveCArm) -> None:
        """By a stored position where there is one, else by the levers; then it is stored."""
        wanted = (command.orbital_deg, command.angulation_deg)
        self._plane(command.plane)
        number = self._stored.get((command.plane, wanted))
        if number is not None:
            if self._off(command.plane, wanted) > NEAR_DEG:
                self.press(f"recall_{number}")
                self._settle()
                self._until(lambda: not self._pose(command.plane).is_moving)
            return
        for axis, (less, more) in enumerate((("orbital_down", "orbital_up"), ("caudal", "cranial"))):

            def left(axis: int = axis) -> float:
                return wanted[axis] - self._angles(command.plane)[axis]

            self._lever(left, less, more, NEAR_DEG, 6.0)
        number = 2 if abs(wanted[0]) > 45.0 else 1
        self.press(f"store_{number}")
        self._stored = {
            key: kept for key, kept in self._stored.items() if key[0] != command.plane or kept != number
        }
        self._stored[command.plane, wanted] = number

    def _pose(self, name: PlaneName) -> object:
        plane = self.state.plane(name)
        assert plane is not None
        return plane.pose

    def _angles(self, name: PlaneName) -> tuple[float, float]:
        pose = self._pose(name)
        return pose.orbital_deg, pose.angulation_deg  # type: ignore[attr-defined]

    def _off(self, name: PlaneName, wanted: tuple[float, float]) -> float:
        return max(abs(a - b) for a, b in zip(self._angles(name), wanted, strict=True))

    def _lever(self, left: Callable[[], float], less: str, more: str, near: float, far: float) -> None:
        """Hold a lever until little is left; slowly where it is not far."""
        for _ in range(20):
            before = left()
            if abs(before) <= near:
                return
            self._coarse(abs(before) > far)
            name = more if before > 0.0 else less
            reach = 0.5 * far if abs(before) > far else 0.5 * near
            self.hold(name)
            self._until(lambda b=before, r=reach: math.copysign(1.0, b) * left() <= r)  # type: ignore[misc]
            self.let_go(name)
            self._settle()
        pytest.fail(f"{less} and {more} do not get there: {left():.2f} is left")

    def _move_table(self, command: c.MoveTable) -> None:
        for axis, wanted, less, more in (
            (0, command.lateral_mm, "table_left", "table_right"),
            (1, command.longitudinal_mm, "table_feet", "table_head"),
            (2, command.height_mm, "table_down", "table_up"),
        ):
            self._lever(lambda a=axis, w=wanted: w - self.state.table.shift_mm[a], less, more, NEAR_MM, 30.0)  # type: ignore[misc]

    def _collimate(self, command: c.Collimate) -> None:
        self._plane(command.plane)
        self.press("collimate")

    def _expose(self, command: c.Expose) -> None:
        self.press(f"shot_{command.plane.lower()}")
        self._until(lambda: any(isinstance(event, Exposed | Refused) for event in self._new))

    def _set_pulse_rate(self, command: c.SetPulseRate) -> None:
        for _ in range(8):
            if self.state.pulses_per_s == command.pulses_per_s:
                return
            self.press("pulse_rate")
            before = self._new
            self._new = before + self._settle()
        pytest.fail("that pulse rate is not offered")

    def _press_pedal(self, command: c.PressPedal) -> None:
        self.hold(f"pedal_{command.plane.lower()}")

    def _release_pedal(self, command: c.ReleasePedal) -> None:
        self.let_go(f"pedal_{command.plane.lower()}")

    # Cannula

    def _give_local_anaesthetic(self, command: c.GiveLocalAnaesthetic) -> None:
        self._side(command.side)
        for _ in range(max(round(command.volume_ml / ANAESTHETIC_ML), 1)):
            self.press("anaesthetic")

    def _puncture_skin(self, command: c.PunctureSkin) -> None:
        """By a click on the frontal picture; where plane A has turned away, a new one is taken first."""
        self._side(command.side)
        view = self.room.showing.views.get("A")
        if view is None or not shows_the_back(view):
            self._plane("A")
            self.press("recall_1")
            self._settle()
            self._until(lambda: not self._pose("A").is_moving)  # type: ignore[attr-defined]
            self._expose(c.Expose("A"))
            self._settle()
            view = self.room.showing.views["A"]
        assert self.room.case is not None
        skin = skin_place(self.room.case.patient, command.x_mm, command.z_mm)
        assert skin is not None
        monitor = self.room.monitors["A"]
        place = monitor.place(*(float(value) for value in view.project(skin)))
        self.clicks += 1
        QTest.mouseClick(monitor, LEFT, pos=place.toPoint())
        assert self.room.hands.skin_mm == pytest.approx((command.x_mm, command.z_mm), abs=2.0)
        self._aim(
            lambda: (self.room.hands.convergence_deg, self.room.hands.caudal_deg),
            (command.convergence_deg, command.caudal_deg),
        )
        self.press("puncture")
        self._until(lambda: self.state.needle(command.side) is not None)

    def _redirect(self, command: c.Redirect) -> None:
        self._side(command.side)

        def now() -> tuple[float, float]:
            needle = self.state.needle(command.side)
            assert needle is not None
            return angles_deg(command.side, needle.axis)

        self._aim(now, (command.convergence_deg, command.caudal_deg))

    def _aim(self, now: Callable[[], tuple[float, float]], wanted: tuple[float, float]) -> None:
        """By the arrow keys, in large steps and then in small ones."""
        keys = (("less_convergent", "more_convergent"), ("more_cranial", "more_caudal"))
        for axis, (less, more) in enumerate(keys):
            for coarse in (True, False):
                self._coarse(coarse)
                step = TURN_DEG[1 if coarse else 0]
                for _ in range(40):
                    left = wanted[axis] - now()[axis]
                    if abs(left) <= 0.5 * step + 0.01:
                        break
                    self.press(more if left > 0.0 else less)
                    before, kept = now()[axis], self._new
                    self._new = kept + self._settle()
                    if abs(now()[axis] - before) < 0.05 and any(isinstance(e, Refused) for e in self._new):
                        break  # bone holds it

    def _advance(self, command: c.Advance) -> None:
        self._side(command.side)
        self.press(command.technique)
        self._in_steps("advance", command.side, command.distance_mm)

    def _withdraw(self, command: c.Withdraw) -> None:
        self._side(command.side)
        if command.distance_mm < 100.0:
            self._in_steps("withdraw", command.side, command.distance_mm)
        else:
            self.press("pull_out")
            self._until(lambda: self.state.needle(command.side) is None)

    def _in_steps(self, name: str, side: Side, distance_mm: float) -> None:
        """Step by step, each when the one before is done; no further where the cannula stalls or is refused."""
        fine, coarse = ADVANCE_MM
        large, rest = divmod(round(distance_mm / fine) * fine, coarse)
        for is_coarse, count in ((True, round(large)), (False, round(rest / fine))):
            if count:
                self._coarse(is_coarse)
            for _ in range(count):
                self.press(name)
                self._new = self._new + self._settle()
                self._until(lambda: self._rests(side))
                if any(isinstance(event, Stalled | Refused) for event in self._new):
                    return

    def _rests(self, side: Side) -> bool:
        needle = self.state.needle(side)
        return needle is None or needle.feed_mm == 0.0

    def _remove_stylet(self, command: c.RemoveStylet) -> None:
        self._side(command.side)
        self.press("stylet")

    def _drill(self, command: c.Drill) -> None:
        self._side(command.side)
        fine, coarse = DRILL_MM
        large, rest = divmod(round(command.distance_mm / fine) * fine, coarse)
        for is_coarse, count in ((True, round(large)), (False, round(rest / fine))):
            if count:
                self._coarse(is_coarse)
            for _ in range(count):
                self.press("drill")
                self._new = self._new + self._settle()

    # Balloon and cement

    def _insert_balloon(self, command: c.InsertBalloon) -> None:
        self._side(command.side)
        self.press("insert_balloon")

    def _inflate(self, command: c.Inflate) -> None:
        self._side(command.side)
        self._coarse(False)
        for _ in range(max(round(command.volume_ml / INFLATE_ML[0]), 1)):
            self.press("inflate")

    def _deflate(self, command: c.Deflate) -> None:
        self._side(command.side)
        self.press("deflate")

    def _remove_balloon(self, command: c.RemoveBalloon) -> None:
        self._side(command.side)
        self.press("remove_balloon")

    def _mix_cement(self, _command: c.MixCement) -> None:
        self.press("mix")

    def _load_injector(self, _command: c.LoadInjector) -> None:
        self.press("load")

    def _start_injection(self, command: c.StartInjection) -> None:
        if "inject" in self._held:  # it ended by itself while the key was down
            self.let_go("inject")
        self._side(command.side)
        wanted = min(RATES_ML_MIN, key=lambda rate: abs(rate - command.rate_ml_per_min))
        while self.room.hands.rate_ml_min != wanted:
            self.press("faster" if self.room.hands.rate_ml_min < wanted else "slower")
        self.hold("inject")

    def _stop_injection(self, _command: c.StopInjection) -> None:
        self.let_go("inject")

    # Patient

    def _set_oxygen(self, command: c.SetOxygen) -> None:
        while abs(self.state.body.oxygen_l_min - command.flow_l_min) > 1.01:
            before = self.state.body.oxygen_l_min
            self.press("more_oxygen" if before < command.flow_l_min else "less_oxygen")
            self._until(lambda b=before: self.state.body.oxygen_l_min != b)  # type: ignore[misc]

    def _give_drug(self, command: c.GiveDrug) -> None:
        self._choose("next_drug", lambda: self.room.hands.drug, command.drug)
        self._choose("route", lambda: self.room.hands.route, command.route)
        for _ in range(8):
            amount, unit = dose(self.room.hands)
            if np.isclose(amount * MG[unit], command.dose * MG[command.unit], rtol=0.3):
                break
            self.press("more_drug" if amount * MG[unit] < command.dose * MG[command.unit] else "less_drug")
        self.press("give_drug")

    def _give_fluid(self, command: c.GiveFluid) -> None:
        for _ in range(max(round(command.volume_ml / 250.0), 1)):
            self.press("fluid")

    def _support_airway(self, command: c.SupportAirway) -> None:
        for _ in range(4):
            if self.state.body.airway == command.how:
                return
            self.press("airway")
            self._new = self._new + self._settle()

    def _call_for_help(self, _command: c.CallForHelp) -> None:
        self.press("help")

    def _ask_patient(self, _command: c.AskPatient) -> None:
        self.press("ask")

    def _end_procedure(self, _command: c.EndProcedure) -> None:
        self.clicks += 1
        QTest.mouseClick(self.room.end_button, LEFT)
        self._until(lambda: self.state.ended)


def _key(name: str) -> QtCore.QKeyCombination:
    return QtGui.QKeySequence.fromString(name, QtGui.QKeySequence.SequenceFormat.PortableText)[0]
