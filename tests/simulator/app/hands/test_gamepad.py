"""A gamepad's hands: what begins, ends, repeats and drives; and SDL's own virtual pad through all of it."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.gamepad import (
    AXES,
    BINDINGS,
    BUTTONS,
    CONTROLS,
    FIRST_REPEAT_S,
    NEUTRAL,
    NEXT_REPEAT_S,
    REPEATED,
    Drive,
    Felt,
    Grip,
    Pad,
    driven,
    feel,
)
from simulator.app.hands.hands import Hands
from simulator.app.hands.pad_rebinding import pad_bound, pad_holder, pad_rebound
from simulator.app.hands.pads import Pads
from simulator.app.settings import Settings
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import well_formed


def pad(*buttons: str, **axes: float) -> Pad:
    """A pad with these down and pushed."""
    return Pad(tuple(axes.get(name, 0.0) for name in AXES), frozenset(buttons))


def test_every_binding_is_a_control_and_an_action() -> None:
    assert set(BINDINGS) <= set(CONTROLS) <= set(AXES) | set(BUTTONS)
    assert set(BY_NAME) >= REPEATED
    assert set(BINDINGS.values()) <= set(BY_NAME)
    assert len(set(BINDINGS.values())) == len(BINDINGS)


def test_buttons_bound_anew_do_that_and_repeat_as_it_repeats() -> None:
    """Also a held action on a button, and a step on a trigger."""
    bound = pad_bound(Settings(pad_buttons={"righttrigger": "advance", "dpup": "pedal_a", "x": "no such action"}))
    grip, began, ended = Grip(), list[str](), list[str]()
    for tick in range(61):
        grip, felt = feel(grip, pad("dpup", "x", righttrigger=1.0), tick / 60.0, bound)
        began += felt.began
        ended += felt.ended
    assert began.count("pedal_a") == 1
    assert began.count("advance") > 4
    assert set(began) == {"pedal_a", "advance"}, "what this program does not know is passed over"
    assert ended == []
    _, felt = feel(grip, NEUTRAL, 2.0, bound)
    assert set(felt.ended) == {"pedal_a", "advance"}


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_given_another_action_and_back_is_as_at_first(control: str) -> None:
    settings = Settings()
    first = pad_bound(settings)
    after = pad_rebound(settings, control, "latch")
    assert pad_bound(after) == first | {control: "latch"}
    assert pad_bound(pad_rebound(after, control, "")) == {c: a for c, a in first.items() if c != control}
    assert pad_rebound(after, control, first.get(control, "")) == settings
    assert pad_rebound(settings, control, first.get(control, "")) == settings


def test_an_action_is_on_one_control_only() -> None:
    after = pad_rebound(Settings(), "guide", "inject")
    assert pad_holder(after, "inject") == "guide"
    assert "a" not in pad_bound(after)
    assert pad_rebound(after, "a", "inject") == Settings()
    with pytest.raises(ValueError, match="no control 'z'"):
        pad_rebound(Settings(), "z", "inject")


def test_a_trigger_is_a_pedal_that_does_not_flutter() -> None:
    grip, told = Grip(), []
    for push in (0.0, 0.4, 0.6, 0.45, 0.4, 0.3, 0.0):
        grip, felt = feel(grip, pad(righttrigger=push), 0.0)
        told.append((felt.began, felt.ended))
    none: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    assert told == [none, none, (("pedal_a",), ()), none, none, ((), ("pedal_a",)), none]


def test_the_needle_goes_on_while_its_button_is_down() -> None:
    grip, times = Grip(), []
    for tick in range(61):
        grip, felt = feel(grip, pad("dpup", "b"), tick / 60.0)
        times += [(tick / 60.0, name) for name in felt.began]
    steps = [time for time, name in times if name == "advance"]
    assert steps[0] == 0.0
    assert len(steps) == pytest.approx(2 + (1.0 - FIRST_REPEAT_S) / NEXT_REPEAT_S, abs=1)
    assert [time for time, name in times if name == "step"] == [0.0], "only what goes in steps repeats itself"


def test_pulled_out_everything_is_let_go(case: Case) -> None:
    grip, _ = feel(Grip(), pad("a", righttrigger=1.0, leftx=1.0), 0.0)
    _, felt = feel(grip, NEUTRAL, 0.1)
    assert set(felt.ended) == {"inject", "pedal_a"}
    assert driven(felt, Hands(), initial_state(case)) == [
        c.DriveCArm(plane.name, orbital_deg_s=0.0) for plane in initial_state(case).planes
    ]


def test_sticks_drive_at_their_speed_and_say_so_once(case: Case) -> None:
    state, hands = initial_state(case), Hands(coarse=True)
    grip, felt = feel(Grip(), pad(leftx=1.0, lefty=-1.0, rightx=-0.5, righty=0.1), 0.0)
    told = driven(felt, hands, state)
    assert [well_formed(command) for command in told] == told
    assert told[:2] == [c.DriveCArm("A", orbital_deg_s=20.0), c.DriveCArm("A", angulation_deg_s=20.0)]
    (table,) = told[2:]
    assert isinstance(table, c.DriveTable)
    assert -30.0 < (table.lateral_mm_s or 0.0) < 0.0
    assert table.longitudinal_mm_s is None
    _, felt = feel(grip, pad(leftx=0.99, lefty=-1.0, rightx=-0.5, righty=0.05), 0.1)
    assert driven(felt, hands, state) == [], "a tremor is no command"
    slow = driven(Felt(drive=Drive(orbital=1.0)), Hands(coarse=False), state)
    assert slow == [c.DriveCArm("A", orbital_deg_s=4.0)]


def test_without_sdl_there_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> None:
        raise ImportError("No module named 'pygame'")

    monkeypatch.setattr("simulator.app.hands.pads.pygame_module", missing)
    pads = Pads()
    pads.load(wait=True)
    assert "pygame" in pads.failed
    assert not pads.probe()
    assert pads.read() is None


@pytest.fixture
def virtual() -> tuple[ctypes.CDLL, int, int]:
    """SDL's library, and a virtual gamepad in it: its handle and device index."""
    import pygame

    found = list(Path(pygame.__file__).parents[1].glob("pygame_ce.libs/libSDL2-2*"))
    if sys.platform != "linux" or not found:
        pytest.skip("SDL's library is only looked for where its wheel for Linux puts it")
    sdl = ctypes.CDLL(str(found[0]))
    sdl.SDL_JoystickOpen.restype = ctypes.c_void_p
    pads = Pads()
    pads.load(wait=True)
    index = sdl.SDL_JoystickAttachVirtual(1, len(AXES), len(BUTTONS), 0)
    assert index >= 0
    return sdl, sdl.SDL_JoystickOpen(index), index


def test_a_pad_is_found_read_and_missed(virtual: tuple[ctypes.CDLL, int, int]) -> None:
    sdl, handle, index = virtual
    pads = Pads()
    pads.load(wait=True)
    assert pads.probe()
    assert pads.name
    sdl.SDL_JoystickSetVirtualAxis(ctypes.c_void_p(handle), 0, ctypes.c_int16(-32768))
    sdl.SDL_JoystickSetVirtualAxis(ctypes.c_void_p(handle), 5, ctypes.c_int16(32767))
    sdl.SDL_JoystickSetVirtualButton(ctypes.c_void_p(handle), BUTTONS.index("dpup"), ctypes.c_uint8(1))
    said = pads.read()
    assert said is not None
    assert said.axis("leftx") == pytest.approx(-1.0, abs=1e-3)
    assert said.axis("righttrigger") == pytest.approx(1.0, abs=1e-3)
    assert "dpup" in said.buttons
    assert sdl.SDL_JoystickDetachVirtual(index) == 0
    assert pads.read() is None
    assert not pads.probe()
