"""Live pictures: what one exposure leaves to the next, and what it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from simulator.engine import commands as c
from simulator.engine.breathing import INSPIRATION_SHARE, shift_px
from simulator.engine.case import Case, initial_state
from simulator.engine.events import Event
from simulator.engine.screens import LEAST_FRAMES_PER_S, Screens, enlarged, exposure, frame
from simulator.engine.state import State
from simulator.engine.step import step
from simulator.imaging import projected_body
from simulator.imaging.beam.exposure import Technique
from simulator.imaging.fluoroscope import Fluoroscope
from simulator.imaging.monitor.monitor_settings import MonitorSettings
from simulator.imaging.projected_body import ProjectedBody
from simulator.imaging.projection.projector import line_integrals
from tests.fingerprint import fingerprint

Tick = tuple[State, list[Event]]


@pytest.fixture(scope="module")
def body(case: Case) -> ProjectedBody:
    """The patient's projections, shared: what is kept of them must not show."""
    return ProjectedBody(case.patient)


def played(case: Case, orders: dict[int, list[c.Command]], ticks: int) -> list[Tick]:
    """States and events of every tick of a short session."""
    state, found = initial_state(case), []
    for tick in range(ticks):
        state, events = step(case, state, orders.get(tick, []))
        found.append((state, events))
    return found


@pytest.fixture(scope="module")
def session(case: Case) -> list[Tick]:
    """A shot, a run of both planes at 15 a second with a turn of plane A in it, and a shot again."""
    return played(
        case,
        {
            0: [c.SetPulseRate(15.0), c.Expose("A")],
            20: [c.PressPedal("A"), c.PressPedal("B")],
            32: [c.MoveCArm("A", 3.0, 0.0)],
            44: [c.ReleasePedal("A"), c.ReleasePedal("B")],
            58: [c.Expose("A")],
        },
        59,
    )


def pictures(screens: Screens, session: list[Tick]) -> list[tuple[int, bytes]]:
    """Number and grey of every picture of a session."""
    return [(event.number, shown.grey.tobytes()) for tick in session for event, shown in screens.exposed(*tick)]


def test_same_exposures_same_pictures(case: Case, body: ProjectedBody, session: list[Tick]) -> None:
    """Two rooms show the same bits, in the order of pulses; so does the same room that begins again."""
    screens = Screens(case, body=body)
    first = pictures(screens, session)
    assert [number for number, _ in first] == list(range(1, len(first) + 1))
    assert len(first) > 12
    assert first == pictures(Screens(case), session)
    assert first == pictures(screens, session)


def test_planes_side_by_side(case: Case, body: ProjectedBody) -> None:
    """Both planes drawn at once are what they are one after the other."""
    at_once, in_turn = Screens(case, body=body), Screens(case)
    start = initial_state(case)
    for tick in (0, 4, 8):
        state = replace(start, tick=tick)
        together = at_once.show_all(state, state.planes)
        alone = [in_turn.show(state, plane) for plane in state.planes]
        assert [s.grey.tobytes() for s in together] == [s.grey.tobytes() for s in alone]


def test_nothing_comes_back_to_the_session(case: Case, session: list[Tick]) -> None:
    """Drawing, holding and storing change neither case nor state."""
    state, events = next(tick for tick in session if tick[1])
    before = fingerprint(case, state, events)
    screens = Screens(case)
    screens.exposed(state, events)
    screens.monitor("A").store()
    screens.held(state)
    assert fingerprint(case, state, events) == before


def test_a_shot_stands_for_itself(case: Case, body: ProjectedBody, session: list[Tick]) -> None:
    """A single exposure is not averaged with the run before it: a filtered monitor shows it like one without."""
    filtered, plain = Screens(case, body=body), Screens(case, body=body)
    plain.monitor("A").settings = MonitorSettings(filter_k=1.0)
    alike = {}
    for tick in session:
        for (event, a), (_, b) in zip(filtered.exposed(*tick), plain.exposed(*tick), strict=True):
            if event.plane == "A":
                alike[event.number, event.single] = np.array_equal(a.grey, b.grey)
    shots = [same for (_, single), same in alike.items() if single]
    assert shots == [True, True]
    first_of_run, *later = (same for (_, single), same in alike.items() if not single)
    assert first_of_run
    assert not all(later)


def test_last_image_is_held_once(case: Case, body: ProjectedBody, session: list[Tick]) -> None:
    """When a pedal is let go its last pictures are held together, quieter than the last; a shot is not held."""
    screens = Screens(case, body=body)
    screens.monitor("B").settings = MonitorSettings(filter_k=1.0)
    held: list[tuple[int, str]] = []
    live: dict[str, np.ndarray] = {}
    for state, events in session:
        for event, shown in screens.exposed(state, events):
            live[event.plane] = shown.grey
            assert shown.kind == "live"
        for name, shown in screens.held(state).items():
            held.append((state.tick, name))
            assert shown.kind == "held"
            if name == "B":  # plane A was turning
                assert grain(shown.grey) < 0.75 * grain(live[name])
    assert [name for _, name in held] == ["A", "B"]
    assert len({tick for tick, _ in held}) == 1


def grain(grey: np.ndarray) -> float:
    """Noise of a picture: differences of neighbours in its middle."""
    middle = grey[200:312, 200:312].astype(float)
    return float(np.diff(middle, axis=1).std())


def test_reference_image_stays(case: Case, body: ProjectedBody) -> None:
    """A stored picture is on the reference monitor, untouched by pulses that follow."""
    screens, state = Screens(case, body=body), initial_state(case)
    screens.show(state, state.planes[0])
    kept = screens.monitor("A").store()
    before = kept.grey.copy()
    screens.show(replace(state, tick=4), state.planes[0])
    assert screens.monitor("A").reference is kept
    assert np.array_equal(kept.grey, before)


def test_a_withdrawn_needle_leaves_a_ghost(case: Case, in_bone: State, body: ProjectedBody) -> None:
    """Where steel was, the next reading lacks a per cent or two of the one before, and nothing a second later."""
    bare = replace(in_bone, needles=(None, None))
    rooms = Screens(case, body=body), Screens(case, body=body)
    needle, without = (log_shown(room, state) for room, state in zip(rooms, (in_bone, bare), strict=True))
    steel = ndimage.uniform_filter(needle - without, 5) > 0.3
    assert 200 < steel.sum() < 20000
    ghost = {}
    for ticks in (4, 12, 64):
        seen, unspoilt = (log_shown(room, replace(bare, tick=bare.tick + ticks)) for room in rooms)
        ghost[ticks] = float((seen - unspoilt)[steel].mean())
    assert 0.003 < ghost[4] < 0.03
    assert 0.0 < ghost[12] < 0.5 * ghost[4]
    assert abs(ghost[64]) < 0.02 * ghost[4]


def log_shown(screens: Screens, state: State) -> np.ndarray:
    """Log attenuation of the next picture of plane A, unfiltered, at the technique of a shot."""
    monitor = screens.monitor("A")
    monitor.settings = MonitorSettings(filter_k=1.0)
    screens.show(state, replace(state.planes[0], technique=Technique(80.0, 0.4)))
    return monitor.store().log_attenuation


def test_anatomy_is_projected_once(case: Case, in_bone: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the C-arm still, needles and breathing cost no projection; a turn does, and so does what has moved of a
    deformed body."""
    calls = []

    def counted(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        return line_integrals(*arguments, **options)

    monkeypatch.setattr(projected_body, "line_integrals", counted)
    screens = Screens(case)

    def projections(state: State) -> int:
        before = len(calls)
        screens.show_all(state, state.planes)
        return len(calls) - before

    assert projections(in_bone) == 2 * 4
    for ticks in (4, 40, 400):
        left, right = in_bone.needles
        assert right is not None
        moved = replace(right, depth_mm=right.depth_mm - 0.02 * ticks)
        assert projections(replace(in_bone, tick=in_bone.tick + ticks, needles=(left, moved))) == 0
    first = in_bone.planes[0]
    turned = replace(first, pose=replace(first.pose, orbital_deg=first.pose.orbital_deg + 1.0))
    assert projections(replace(in_bone, tick=in_bone.tick + 404, planes=(turned, in_bone.planes[1]))) == 4
    assert projections(replace(in_bone, tick=in_bone.tick + 408, amplitude=0.95)) == 2 * 2


def test_breathing_moves_the_patient_not_the_collimator(case: Case, body: ProjectedBody) -> None:
    """Between end expiration and inspiration the picture moves as far as breathing says; its border stays."""
    state = initial_state(case)
    plane = state.planes[0]
    plane = replace(plane, technique=Technique(80.0, 5.0), pose=replace(plane.pose, field_mm=(150.0, 120.0)))
    exhaled = replace(state.breathing, since_tick=0, breaths=0.0)
    inhaled = replace(state.breathing, since_tick=0, breaths=INSPIRATION_SHARE)
    fluoroscope = Fluoroscope(body)
    out, in_ = (exposure(case, replace(state, breathing=b), plane, fluoroscope) for b in (exhaled, inhaled))
    assert np.array_equal(out.inside, in_.inside)
    beyond = ~ndimage.binary_dilation(out.inside, iterations=4)
    inner = ndimage.binary_erosion(out.inside, iterations=12)
    assert out.expected_kev[beyond].max() == in_.expected_kev[beyond].max() == 0.0
    rows, columns = shift_px(case, replace(state, breathing=inhaled), plane)
    assert 1.0 < np.hypot(rows, columns) < 8.0
    back = ndimage.shift(np.log(np.maximum(in_.expected_kev, 1.0)), (-rows, -columns), order=1)
    first = np.log(np.maximum(out.expected_kev, 1.0))
    unmoved = np.log(np.maximum(in_.expected_kev, 1.0))
    assert np.abs(back - first)[inner].mean() < 0.2 * np.abs(unmoved - first)[inner].mean()


class Clock:
    """Seconds that pass only where a picture is drawn: so long each."""

    def __init__(self) -> None:
        self.picture_s, self._now, self._asked = 0.0, 0.0, 0

    def __call__(self) -> float:
        self._asked += 1
        self._now += self.picture_s if self._asked % 2 == 0 else 0.0
        return self._now


@pytest.mark.parametrize(
    ("moving", "picture_s", "halved"),
    [(True, 0.10, [False, False, True, True]), (True, 0.02, [False] * 4), (False, 0.10, [False] * 4)],
)
def test_resolution_is_given_up_only_in_motion(
    case: Case, body: ProjectedBody, moving: bool, picture_s: float, halved: list[bool]
) -> None:
    """Live pictures drop to half resolution where the C-arm turns and full ones have twice been too slow."""
    screens, clock = live_screens(case, body)
    clock.picture_s = picture_s
    found = []
    for tick in range(4):
        state = turning(case, tick) if moving else replace(initial_state(case), tick=tick)
        screens.show(state, state.planes[0])
        found.append(screens.was_halved("A"))
    assert found == halved


def test_the_picture_sharpens_at_rest(case: Case, body: ProjectedBody) -> None:
    """When the C-arm stands, the picture has full resolution at once, and the next turn begins with it."""
    screens, clock = live_screens(case, body)
    clock.picture_s = 1.5 / LEAST_FRAMES_PER_S
    for tick in range(3):
        state = turning(case, tick)
        screens.show(state, state.planes[0])
    assert screens.was_halved("A")
    pose = replace(state.planes[0].pose, orbital_wanted_deg=state.planes[0].pose.orbital_deg)
    rest = replace(state, tick=3, planes=(replace(state.planes[0], pose=pose), *state.planes[1:]))
    shown = screens.show(rest, rest.planes[0], single=True)
    assert not screens.was_halved("A")
    assert grain(shown.grey) > 0.0
    again = turning(case, 4)
    screens.show(again, again.planes[0])
    assert not screens.was_halved("A")


def test_one_slow_picture_is_forgiven(case: Case, body: ProjectedBody) -> None:
    """A single slow picture, as the first of all that prepares the patient, costs no resolution."""
    screens, clock = live_screens(case, body)
    for tick, picture_s in enumerate((1.0, 0.02, 1.0, 0.02)):
        clock.picture_s = picture_s
        state = turning(case, tick)
        screens.show(state, state.planes[0])
        assert not screens.was_halved("A")


@pytest.mark.parametrize("picture_s", [0.03, 0.049, 0.055, 0.066, 0.08, 0.2])
def test_resolution_is_given_up_before_the_rate_falls_short(
    case: Case, body: ProjectedBody, picture_s: float
) -> None:
    """Full pictures that leave a quarter of 1 / 15 s for everything else stay; slower ones are given up within a
    second's drawing."""
    screens, clock = live_screens(case, body)
    clock.picture_s = picture_s
    full_s = 0.0
    for tick in range(30):
        state = turning(case, tick)
        screens.show(state, state.planes[0])
        full_s += 0.0 if screens.was_halved("A") else picture_s
    assert screens.was_halved("A") == (picture_s > 0.05)
    assert picture_s < 0.05 or full_s < 1.0


def test_a_halved_picture_shows_the_same_anatomy(case: Case, body: ProjectedBody) -> None:
    """It has the size of a full one, and its parts lie where they lie there: no shift beats none."""
    screens, clock = live_screens(case, body)
    clock.picture_s = 1.0
    for tick in range(4):
        halved = screens.show(turning(case, tick), turning(case, tick).planes[0]).grey
    assert screens.was_halved("A")
    state = turning(case, 3)
    full = frame(case, state, state.planes[0], Fluoroscope(body)).grey
    assert halved.shape == full.shape
    # Edges alone: the two windows differ by some grey levels, which has nothing to do with where things lie.
    one, other = (edges(p)[40:-40, 40:-40] for p in (halved, full))
    apart = {
        (r, c): float(np.square(np.roll(one, (r, c), axis=(0, 1)) - other)[4:-4, 4:-4].mean())
        for r in (-2, 0, 2)
        for c in (-2, 0, 2)
    }
    assert min(apart, key=apart.__getitem__) == (0, 0)


def test_enlarging_moves_nothing() -> None:
    """A ramp on pixels of double size, between the outermost centres, is the same ramp on the small ones."""
    rows, columns = np.meshgrid(np.arange(20.0), np.arange(14.0), indexing="ij")
    ramp = 8.0 * rows + 4.0 * columns
    coarse = ramp.reshape(10, 2, 7, 2).mean(axis=(1, 3)).astype(np.uint8)
    np.testing.assert_allclose(enlarged(coarse)[1:-1, 1:-1], ramp[1:-1, 1:-1], atol=1.0)


def edges(grey: np.ndarray) -> np.ndarray:
    """A picture without its noise and without its broad shades."""
    wide = grey.astype(float)
    return ndimage.gaussian_filter(wide, 2.0) - ndimage.gaussian_filter(wide, 12.0)


def live_screens(case: Case, body: ProjectedBody) -> tuple[Screens, Clock]:
    """Live screens by a clock of ours."""
    clock = Clock()
    return Screens(case, live=True, body=body, clock=clock), clock


def turning(case: Case, tick: int) -> State:
    """Plane A on its way."""
    state = replace(initial_state(case), tick=tick)
    pose = replace(state.planes[0].pose, orbital_deg=0.5 * tick, orbital_wanted_deg=40.0)
    return replace(state, planes=(replace(state.planes[0], pose=pose), *state.planes[1:]))
