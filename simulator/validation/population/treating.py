"""One patient treated in one arm: the product's own procedure, without a picture being taken.

The cannulae are where ``operator`` puts them from the first tick on; everything else is done by commands. Balloons
and cement act as in ``engine.step``, by the same functions at the same ticks; what does not act back on them is
left out: the patient's reactions, heat, pulses, hands that move. What a picture would show is asked of
``engine.visibility`` on true frontal and lateral views at the dose of pulsed fluoroscopy, every two seconds while
cement flows and once at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from anatomy.patient import Patient
from anatomy.spec import SIDES, PatientSpec, Side
from scenarios import cases
from scenarios.schema import Instruments, Scenario
from simulator.devices.balloon import MODELS, Model
from simulator.devices.cement import set_where
from simulator.devices.lifting import BENCH_LOAD_N
from simulator.devices.reducing import kyphoplasty_reduction, usual_placement
from simulator.engine import cementing, inflating
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state, make_case
from simulator.engine.events import Event, Refused
from simulator.engine.exposing import programme
from simulator.engine.measuring import cement_front_percent, outcome
from simulator.engine.orders import carry_out
from simulator.engine.state import DEVICE_EVERY, TICK_HZ, State, index_of, with_side
from simulator.engine.visibility import visible_leak_mm2
from simulator.imaging.carm import CArmPose, Table
from simulator.imaging.view import View
from simulator.validation.population import bodies, operator
from simulator.validation.population.arms import Arm, balloon_for
from simulator.validation.population.sampling import Person

CENTRED = Table((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
LATERAL_DEG = 90.0
BENCH_LEVELS = ("T11", "T12", "L1", "L2", "L3", "L4", "L5")
BENCH_HEIGHT_RATIO = 0.6
BENCH_BALLOON: Model = "15/3"
_ARM_STREAM = {"balloon": 1, "cannula": 2, "hand": 3}


class RefusedError(RuntimeError):
    """The engine would not do what the operator of the population asked for: a mistake of ours."""


@dataclass
class Play:
    """A case being played; the state moves on with ``wait`` and ``do``."""

    case: Case
    state: State
    kpa: list[tuple[float, float]] = field(default_factory=list)  # (minutes since mixing, pressure) in flow

    def do(self, command: c.Command) -> list[Event]:
        """A command. Raises RefusedError."""
        self.state, events = carry_out(self.case, self.state, command)
        for event in events:
            if isinstance(event, Refused):
                raise RefusedError(f"{type(command).__name__}: {event.why}")
        return events

    def wait(self, seconds: float) -> list[Event]:
        """Let time pass, in device ticks; returns what happened."""
        happened: list[Event] = []
        for _ in range(max(round(seconds * TICK_HZ / DEVICE_EVERY), 1)):
            self.state, events = inflating.inflated(self.case, self.state)
            happened += events
            self.state, events = cementing.cemented(self.case, self.state)
            happened += events
            self.state = replace(self.state, tick=self.state.tick + DEVICE_EVERY)
            batch = self.state.batch
            if batch.flow_ml_s > 0.0 and batch.mixed_tick is not None:
                minutes = (self.state.tick - batch.mixed_tick) / TICK_HZ / 60.0
                self.kpa.append((minutes, batch.pressure_kpa))
        return happened

    def view(self, lateral: bool) -> View:
        """The true frontal or lateral view of the target."""
        plane = self.state.planes[1 if lateral else 0]
        return self.case.view_of(plane.name, CArmPose(orbital_deg=LATERAL_DEG if lateral else 0.0), CENTRED)

    def leaks_seen_mm2(self, lateral: bool) -> dict[str, float]:
        """Visible leak by destination in a pulse of fluoroscopy."""
        plane = self.state.planes[1 if lateral else 0]
        ngy = programme(self.state, plane, single=False).detector_ngy
        return visible_leak_mm2(self.case, self.state, self.view(lateral), ngy)


def treated(person: Person, arm: Arm) -> dict[str, Any]:
    """What came of treating a person in an arm: plain JSON values.

    Raises ValueError where the person's body cannot be built.
    """
    case, state, drills = begun(person, arm)
    play = Play(case, state)
    if case.balloon is not None:
        _reduce(play, drills)
    else:
        play.do(c.MixCement())
    wanted_ml = _fill(play, person, arm)
    row = _row(play, arm, wanted_ml)
    if case.balloon is not None and _as_rotters(person):
        row["bench"] = _on_a_bench(case)
    return row


def _as_rotters(person: Person) -> bool:
    """Whether a fracture is like those that were made on the bench: a fresh wedge in T11 to L5, without a cleft,
    and not severe (benches compress by some 25 %)."""
    f = person.fracture
    alike = (f.age, f.shape, f.cleft) == ("acute", "wedge", "none") and f.height_ratio >= BENCH_HEIGHT_RATIO
    return alike and person.level in BENCH_LEVELS


def _on_a_bench(case: Case) -> dict[str, float]:
    """The body by itself under 100 N, without posture: two balloons of 3 ml, as in target V15; percent of the
    anterior height found."""
    pair = [usual_placement(case.ground, side, MODELS[BENCH_BALLOON].length_mm) for side in SIDES]
    done = kyphoplasty_reduction(
        case.ground, pair, model=BENCH_BALLOON, volume_ml=3.0, load_n=BENCH_LOAD_N, tick_s=0.5
    )
    return {
        "lost_percent": round(done.deflation_loss_percent, 2),
        "gained_percent": round(done.anterior_gain_percent, 2),
    }


def begun(
    person: Person, arm: Arm, patient_of: Callable[[PatientSpec], Patient] = bodies.body_of
) -> tuple[Case, State, dict[Side, float]]:
    """A case with both cannulae in place, and how far their channels are to be drilled, mm, 0 without a balloon.

    Raises ValueError where the patient cannot be built.
    """
    case = make_case(scenario_of(person, arm), person.seed, patient_of=patient_of)
    state = initial_state(case)
    length = None if case.balloon is None else case.balloon.length_mm
    drills: dict[Side, float] = {}
    for number, side in enumerate(SIDES):
        rng = np.random.default_rng([person.seed, operator.STREAM, _ARM_STREAM["cannula"], number])
        now = case.ground.at(case.rest_amplitude)
        placed = operator.placement(rng, case.patient, side, arm.gauge, length, now)
        state = replace(state, needles=with_side(state.needles, side, placed.needle))
        drills[side] = placed.drill_mm
    return case, state, drills


def scenario_of(person: Person, arm: Arm) -> Scenario:
    """The case of a person and an arm: the library's, with this patient and these instruments on the table."""
    kind = "kyphoplasty-l1-wedge" if arm.balloon else "vertebroplasty-t12"
    model = balloon_for(person.level.startswith("L")) if arm.balloon else None
    tools = Instruments(needle_gauge=arm.gauge, balloon=model, cement=arm.cement, injector=arm.injector)
    library = cases.find(kind)
    two_planes = library.carm.model_copy(update={"planes": 2})
    return library.model_copy(update={"patient": person.spec, "instruments": tools, "carm": two_planes})


def _reduce(play: Play, drills: dict[Side, float]) -> None:
    """Balloons in steps to the first reason to stop; then cement is mixed, and they are emptied and taken out."""
    model = play.case.balloon
    assert model is not None
    for side, drill_mm in drills.items():
        play.do(c.Drill(side, round(drill_mm, 1)))
        play.do(c.InsertBalloon(side))
    growing = list(SIDES)
    while growing:
        for side in growing:
            play.do(c.Inflate(side, operator.INFLATION_ML))
        play.wait(operator.INFLATION_ML / 0.1 + operator.PAUSE_INFLATION_S)
        for side in list(growing):
            balloon = play.state.balloon(side)
            assert balloon is not None
            full = balloon.ruptured or balloon.volume_ml >= model.ceiling_ml - 1e-6
            met = play.state.stop_criteria[index_of(side)]
            seen = "cortex" in met or ("height" in met and balloon.volume_ml >= operator.LEAST_CAVITY_ML)
            if full or seen or balloon.pressure_psi >= operator.STOP_PSI:
                growing.remove(side)
        held = max(b.volume_ml for b in play.state.balloons if b is not None)
        if held >= operator.MIX_AT * model.ceiling_ml and not play.state.batch.is_mixed:
            play.do(c.MixCement())
    if not play.state.batch.is_mixed:
        play.do(c.MixCement())
    play.wait(20.0)
    for side in SIDES:
        play.do(c.Deflate(side))
        play.do(c.RemoveBalloon(side))


def _fill(play: Play, person: Person, arm: Arm) -> float:
    """Cement through one cannula after the other; returns what was aimed at, ml."""
    rng = np.random.default_rng([person.seed, operator.STREAM, _ARM_STREAM["hand"]])
    body_ml = play.case.ground.at(1.0).body_ml
    if arm.balloon:
        cavity = play.state.opened.cavity
        wanted_ml = arm.beyond_cavity_ml
        if cavity is not None:
            wanted_ml += float(cavity.sum(dtype=np.float64)) * play.case.ground.grid.voxel_ml
    else:
        low, high = arm.lumbar_ml if person.level.startswith("L") else arm.thoracic_ml
        wanted_ml = float(np.clip(rng.normal(*arm.fill_share) * body_ml, low, high))
    mixed = play.state.batch.mixed_tick
    assert mixed is not None
    play.wait(60.0 * arm.begin_min - (play.state.tick - mixed) / TICK_HZ)
    known_mm2 = 0.0
    for number, side in enumerate(SIDES, start=1):
        known_mm2 = _inject(play, rng, arm, side, wanted_ml * number / len(SIDES), known_mm2)
        play.wait(4.0)
    return wanted_ml


def _inject(play: Play, rng: np.random.Generator, arm: Arm, side: Side, goal_ml: float, known_mm2: float) -> float:
    """Until the goal, the stop line in front of the posterior wall, a second leak in sight, or nothing flows.

    Returns the leak that is known of now, mm2: what was seen before counts only where it grows.
    """
    depth_mm = play.case.ground.vertebra.size.depth_mm
    # Where cement of the other side already lies far back, only its going on counts.
    stop_line = min(operator.POSTERIOR_STOP, _front(play) - 0.05)
    if play.state.batch.loaded_ml <= 1e-9 and not _reloaded(play, arm, side):
        return known_mm2
    if play.state.batch.side is None:
        play.do(c.StartInjection(side, arm.rate_ml_min))
    paused, look = False, 0
    while _delivered_ml(play.state) < goal_ml and (
        play.state.batch.side is not None or _reloaded(play, arm, side)
    ):
        play.wait(operator.LOOK_S)
        look += 1
        if _front(play) + operator.front_noise(rng, depth_mm) <= stop_line:
            break
        area = sum(play.leaks_seen_mm2(lateral=True).values())
        if look % operator.FRONTAL_EVERY == 0:
            area = max(area, sum(play.leaks_seen_mm2(lateral=False).values()))
        if area < known_mm2 + operator.SEEN_MM2:
            continue
        known_mm2 = area
        play.wait(operator.REACTION_S)
        if paused or play.state.batch.side is None:
            break
        play.do(c.StopInjection())
        play.wait(operator.PAUSE_S)
        if play.state.batch.loaded_ml <= 1e-9 or _cannot_go_on(play, arm, side):
            return known_mm2
        play.do(c.StartInjection(side, operator.SLOWER * arm.rate_ml_min))
        paused = True
    if play.state.batch.side is not None:
        play.do(c.StopInjection())
    return known_mm2


def _cannot_go_on(play: Play, arm: Arm, side: Side) -> bool:
    """Whether the cement has set meanwhile somewhere on its way, or none is left."""
    batch = play.state.batch
    used_up = batch.loaded_ml <= 1e-9 and batch.bowl_ml <= 0.0
    return used_up or set_where(batch, play.case.cement, side, arm.injector) is not None


def _reloaded(play: Play, arm: Arm, side: Side) -> bool:
    """Whether injecting goes on because only the injector was empty: it is filled again."""
    if play.state.batch.loaded_ml > 1e-9 or _cannot_go_on(play, arm, side):
        return False
    play.do(c.LoadInjector())
    while play.state.batch.ready_tick is not None:
        play.wait(0.1)
    if _cannot_go_on(play, arm, side):
        return False
    play.do(c.StartInjection(side, arm.rate_ml_min))
    return True


def _front(play: Play) -> float:
    """How far in front of the posterior wall the rearmost cement lies, share of depth; 1 without cement."""
    percent = cement_front_percent(play.case, play.state)
    return 1.0 if percent is None else percent / 100.0


def _delivered_ml(state: State) -> float:
    """What has gone in, less what the cannulae hold."""
    return state.batch.injected_ml - sum(state.batch.bore_ml)


def _row(play: Play, arm: Arm, wanted_ml: float) -> dict[str, Any]:
    """What is written of an arm."""
    state = play.state
    found = outcome(play.case, state)
    cement = found.get("cement", {})
    early = [kpa for minutes, kpa in play.kpa if minutes < arm.begin_min + 1.0]
    late = [kpa for minutes, kpa in play.kpa if minutes >= arm.begin_min + 1.0]
    return {
        "wanted_ml": round(wanted_ml, 3),
        "delivered_ml": round(_delivered_ml(state), 3),
        "came_back_ml": found["conserved_ml"]["came_back"],
        "body_ml": cement.get("body_ml"),
        "in_body_ml": cement.get("in_body_ml", 0.0),
        "posterior_front_percent": cement.get("posterior_front_percent"),
        "leaked_ml": cement.get("leaked_ml", {}),
        "visible_mm2": {
            name: {where: round(mm2, 1) for where, mm2 in play.leaks_seen_mm2(lateral=name == "lateral").items()}
            for name in ("frontal", "lateral")
        },
        "peak_kpa": round(max((kpa for _, kpa in play.kpa), default=0.0), 1),
        "peak_early_kpa": round(max(early, default=0.0), 1),
        "peak_late_kpa": round(max(late, default=0.0), 1),
        "reduction": found["reduction"],
        "minutes": round(state.tick / TICK_HZ / 60.0, 2),
    }
