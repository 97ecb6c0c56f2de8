"""Getting in: views, skin, pedicle, body. One procedure for every skill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy.frames import FloatArray, unit
from anatomy.skeleton.vertebra import side_sign
from anatomy.spec import Side
from simulator.assessment.trainees.eyes import Eyes, Sight
from simulator.assessment.trainees.hands import Hands
from simulator.assessment.trainees.skill import Skill
from simulator.devices.needle import Technique, angles_deg
from simulator.engine.case import Case
from simulator.engine.commands import (
    Advance,
    Collimate,
    Command,
    Expose,
    GiveLocalAnaesthetic,
    MoveCArm,
    MoveTable,
    PunctureSkin,
    Redirect,
    Withdraw,
)
from simulator.engine.events import Event, Exposed, Stalled
from simulator.engine.state import State
from simulator.imaging.carm import PlaneName

FELT_N = 6.0
"""A rise of resistance within 2 mm that a hand takes for bone: a thin cannula does not stall at a thin cortex."""


@dataclass(frozen=True)
class Plan:
    """A side's corridor from the planning CT, relative to the pedicle's centre, and what was read of it."""

    side: Side
    entry_mm: FloatArray
    target_mm: FloatArray
    skin_mm: FloatArray

    @property
    def way(self) -> FloatArray:
        return unit(self.target_mm - self.entry_mm)

    def miss_mm(self, point_mm: FloatArray) -> float:
        """Distance of a point from the corridor's axis."""
        offset = point_mm - self.entry_mm
        return float(np.linalg.norm(offset - (offset @ self.way) * self.way))


class Operator:
    """One trainee at one case: hands, eyes and skill, and the two standard views."""

    def __init__(self, case: Case, hands: Hands, eyes: Eyes, skill: Skill) -> None:
        self.case, self.hands, self.eyes, self.skill = case, hands, eyes, skill
        self.known_leak_mm2 = 0.0
        self._angles = {"frontal": (0.0, 0.0), "lateral": (90.0, 0.0)}
        self._readings: dict[Side, list[FloatArray]] = {"left": [], "right": []}

    @property
    def state(self) -> State:
        return self.hands.state

    # ------------------------------------------------------------ views

    def plane_of(self, kind: str) -> PlaneName:
        """The plane that shows a view: its own where there are two."""
        return "B" if kind == "lateral" and len(self.state.planes) == 2 else "A"

    def look(self, kind: str) -> Exposed:
        """Turn to a view if needed and take one picture."""
        name = self.plane_of(kind)
        plane = self.state.plane(name)
        assert plane is not None
        wanted = self._angles[kind]
        if (plane.pose.orbital_deg, plane.pose.angulation_deg) != wanted:
            self.hands.act(MoveCArm(name, *wanted), 12.0, lambda s: not _moving(s, name))
        picture = next(e for e in self.hands.do(Expose(name)) if isinstance(e, Exposed))
        self.hands.wait(0.8)
        return picture

    def set_up(self) -> None:
        """True frontal and lateral views of the target, centred and collimated."""
        for kind in ("frontal", "lateral"):
            if kind == "lateral":
                self._angles[kind] = (90.0, 0.0)
            else:
                pose = self.state.planes[0].pose
                self._angles[kind] = (pose.orbital_deg, pose.angulation_deg)
            for _ in range(self.skill.views_tried):
                picture = self.look(kind)
                orbital, angulation = self.eyes.view_error_deg(picture, kind)
                if max(abs(orbital), abs(angulation)) <= self.skill.view_tolerance_deg:
                    break
                old = self._angles[kind]
                self._angles[kind] = (round(old[0] - orbital, 1), round(old[1] - angulation, 1))
            if kind == "frontal":
                self._centre(picture)
        if self.skill.collimates:
            for plane in self.state.planes:
                self.hands.do(Collimate(plane.name, 220.0, 190.0))

    def _centre(self, picture: Exposed) -> None:
        """Bring the target to the middle of the frontal picture by moving the table."""
        sight = self.eyes.sees(self.state, picture, self.eyes.landmark("body centre"))
        # Where the ray passes the isocentre's depth: the table is moved by that much, patient axes to room.
        depth = -sight.point_mm[1] / sight.way[1]
        at = sight.point_mm + depth * sight.way
        shift = (-float(at[0]), -float(at[2]), self.state.table.shift_mm[2])
        if np.hypot(shift[0] - self.state.table.shift_mm[0], shift[1] - self.state.table.shift_mm[1]) > 6.0:
            self.hands.act(MoveTable(*shift), 6.0, lambda s: not s.table.is_moving)

    # ------------------------------------------------------------ planning

    def read_pedicle(self, side: Side, frontal: Exposed, lateral: Exposed) -> None:
        """Add a reading of a pedicle's centre."""
        point = self.eyes.landmark(f"pedicle {side}")
        self._readings[side].append(self.eyes.locates(self.state, frontal, lateral, point))
        del self._readings[side][: -self.skill.averaged]

    def plan(self, side: Side) -> Plan:
        """The planned corridor where the pictures place it: the CT's shape, shifted to the reading."""
        corridor = self.case.patient.corridors[side]
        shift = np.mean(self._readings[side], axis=0) - self.eyes.landmark(f"pedicle {side}")
        return Plan(side, corridor.entry_mm + shift, corridor.target_mm + shift, corridor.skin_mm + shift)

    # ------------------------------------------------------------ needle

    def reach_bone(self, side: Side) -> Plan:
        """Anaesthetise, puncture, and come to bone on the planned line."""
        self.hands.do(GiveLocalAnaesthetic(side, self.skill.anaesthetic_ml))
        self.hands.wait(15.0)
        for _ in range(self.skill.averaged):
            self.read_pedicle(side, *self.both_views())
        plan = self.plan(side)
        convergence, caudal = angles_deg(side, plan.way)
        self.hands.do(PunctureSkin(side, *_skin_xz(plan), self.eyes.shaky(convergence), self.eyes.shaky(caudal)))
        needle = self.state.needle(side)
        assert needle is not None
        to_bone = float(np.linalg.norm(plan.entry_mm - np.array(needle.skin_mm)))
        self.advance(side, max(to_bone - 12.0, 5.0), "push")
        for _ in range(self.skill.corrections + 1):
            self._feel_for_bone(side)
            frontal, lateral = self.both_views()
            self.read_pedicle(side, frontal, lateral)
            plan = self.plan(side)
            tip = self.eyes.locates(self.state, frontal, lateral, self._tip(side))
            if plan.miss_mm(tip) <= self.skill.deviation_mm:
                break
            if not self._redirect_to(side, plan):
                break
        return plan

    def _tip(self, side: Side) -> FloatArray:
        needle = self.state.needle(side)
        assert needle is not None
        return needle.tip_mm

    def _redirect_to(self, side: Side, plan: Plan) -> bool:
        """Draw back a little and point at the planned entry; False where bone already holds the cannula."""
        needle = self.state.needle(side)
        assert needle is not None
        if needle.in_bone:
            return False
        self.hands.act(Withdraw(side, 12.0), 4.0, lambda s: _idle(s, side))
        needle = self.state.needle(side)
        assert needle is not None
        aim = unit(plan.entry_mm - np.array(needle.skin_mm))
        convergence, caudal = angles_deg(side, aim)
        self.hands.do(Redirect(side, self.eyes.shaky(convergence, 0.3), self.eyes.shaky(caudal, 0.3)))
        return True

    def _feel_for_bone(self, side: Side) -> None:
        """Push on until the tip meets resistance that a push does not overcome, or that feels like bone."""
        for _ in range(24):
            before = self._force_n(side)
            if any(isinstance(e, Stalled) for e in self.advance(side, 2.0, "push")):
                return
            if self._force_n(side) > before + FELT_N:
                return

    def _force_n(self, side: Side) -> float:
        needle = self.state.needle(side)
        return 0.0 if needle is None else needle.force_n

    def advance(self, side: Side, distance_mm: float, technique: Technique) -> list[Event]:
        """Advance and wait for the needle to come to rest."""
        command: Command = Advance(side, distance_mm, technique)
        return self.hands.act(command, 20.0, lambda s: _idle(s, side))

    def advance_in_bone(self, side: Side, distance_mm: float) -> None:
        """Twist forward; take the mallet where twisting does not do it."""
        before = self._depth(side)
        self.advance(side, distance_mm, "twist")
        left = distance_mm - (self._depth(side) - before)
        if left > 0.3:
            self.advance(side, left, "mallet")

    def _depth(self, side: Side) -> float:
        needle = self.state.needle(side)
        return 0.0 if needle is None else needle.depth_mm

    def both_views(self) -> tuple[Exposed, Exposed]:
        """A frontal and a lateral picture."""
        return self.look("frontal"), self.look("lateral")

    def into_body(self, side: Side, depth_mm: float) -> None:
        """On through bone until the lateral picture shows the tip depth_mm in front of the posterior wall."""
        self.advance_in_bone(side, 3.0)
        for _ in range(30):
            lateral = self.look("lateral")
            wall = self.wall_distance(side, lateral)
            left = depth_mm / self._slope(side) + wall
            if left <= 0.7:
                return
            step = min(self.skill.step_mm, left)
            if self.skill.checks_lateral and wall > 0.0:
                frontal = self.look("frontal")
                # Near the medial border before the wall is passed: shorter steps.
                if self._medial_margin(side, frontal) < 2.0:
                    step = min(step, 2.0)
            self.advance_in_bone(side, step)

    def wall_distance(self, side: Side, lateral: Exposed) -> float:
        """How far the tip seems to lie behind the posterior wall (negative in front), along the needle."""
        needle = self.state.needle(side)
        assert needle is not None
        wall = self.eyes.sees(self.state, lateral, self.eyes.landmark("posterior wall"))
        tip = self.eyes.sees(self.state, lateral, needle.tip_mm)
        forward = self.case.ground.vertebra.patient_from_vertebra[:3, 1]
        plan = self.plan(side)  # the pedicle's distance from the midline, for the magnification
        behind = _at_x(wall, 0.0) - _at_x(tip, 0.5 * float(plan.entry_mm[0] + plan.target_mm[0]))
        return float(behind @ forward) / self._slope(side)

    def _slope(self, side: Side) -> float:
        """How much farther forward in the body the tip gets by a millimetre of advance."""
        needle = self.state.needle(side)
        assert needle is not None
        return max(float(needle.axis @ self.case.ground.vertebra.patient_from_vertebra[:3, 1]), 0.3)

    def _medial_margin(self, side: Side, frontal: Exposed) -> float:
        """How far the tip seems to lie lateral of the pedicle's medial border in a frontal picture, mm."""
        pedicle = self.eyes.sees(self.state, frontal, self.eyes.landmark(f"pedicle {side}"))
        tip = self.eyes.sees(self.state, frontal, self._tip(side))
        y = float(np.mean(self._readings[side], axis=0)[1])
        offset = _at_y(tip, y)[0] - _at_y(pedicle, y)[0]
        half = 0.5 * self.case.ground.vertebra.size.pedicle_width_mm
        return float(side_sign(side) * offset + half)


def _skin_xz(plan: Plan) -> tuple[float, float]:
    return round(float(plan.skin_mm[0]), 1), round(float(plan.skin_mm[2]), 1)


def _at_x(sight: Sight, x: float) -> FloatArray:
    return sight.point_mm + (x - sight.point_mm[0]) / sight.way[0] * sight.way


def _at_y(sight: Sight, y: float) -> FloatArray:
    return sight.point_mm + (y - sight.point_mm[1]) / sight.way[1] * sight.way


def _idle(state: State, side: Side) -> bool:
    needle = state.needle(side)
    return needle is None or needle.feed_mm == 0.0


def _moving(state: State, name: PlaneName) -> bool:
    plane = state.plane(name)
    return plane is not None and plane.pose.is_moving
