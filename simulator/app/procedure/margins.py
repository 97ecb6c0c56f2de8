"""What a console writes around a plane's picture, and which of the patient's directions lie at its sides. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.app.hands.hands import Hands
from simulator.app.procedure.readouts import Line
from simulator.app.sessions.console import Look
from simulator.app.wording import Wording
from simulator.engine.case import Case
from simulator.engine.state import Plane, State
from simulator.imaging.monitor.monitor_settings import FILTER_STRENGTHS
from simulator.imaging.monitor.presentation import Orientation
from simulator.imaging.view import View

LAMP_TICKS = 12
"""How long the lamp burns after a pulse."""
WAYS = {
    "R": (1.0, 0.0, 0.0), "L": (-1.0, 0.0, 0.0), "A": (0.0, 1.0, 0.0), "P": (0.0, -1.0, 0.0),
    "H": (0.0, 0.0, 1.0), "F": (0.0, 0.0, -1.0),
}  # fmt: skip
"""The patient's directions by the letters that stand for them on pictures."""


@dataclass(frozen=True)
class Margin:
    """What is written around a picture: lines above at the left and right, below at the left and right, the
    patient's directions at left, right, top and bottom, and whether the beam is on."""

    above: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    below: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    letters: tuple[str, str, str, str] = ("", "", "", "")
    lamp: bool | None = None


def margin(say: Wording, case: Case, state: State, plane: Plane, look: Look | None, taken: View | None) -> Margin:
    """What is written around a plane's picture. taken: from where it was taken: the plane may have turned away
    since."""
    patient = case.scenario.patient
    who = say("screen.patient", sex=say(f"value.{patient.sex}"), age=f"{patient.age_years:.0f}")
    pose, technique = plane.pose, plane.technique
    how = "" if technique is None else f"{technique.kv:.0f} kV  {say.number(technique.mas, '.2f')} mAs"
    kept = say("screen.locked") if plane.locked else ""
    rate = say("screen.continuous") if state.mode == "continuous" else f"{say.number(state.pulses_per_s, 'g')} /s"
    half = "½" if state.dose_level == "half" else ""
    height, width = pose.field_mm
    larger = "" if pose.magnification == 1.0 else f"  ×{say.number(pose.magnification, 'g')}"
    lit = plane.last_pulse_tick is not None and state.tick - plane.last_pulse_tick < LAMP_TICKS
    orientation = Orientation() if look is None else look.settings.orientation
    return Margin(
        above=(
            (
                f"{plane.name}  {patient.target_level}",
                who,
            ),
            (f"{round(pose.orbital_deg):+d}° / {round(pose.angulation_deg):+d}°", _processing(say, look)),
        ),
        below=(
            (" ".join(filter(None, (how, kept))), say("screen.pulses", count=plane.exposures)),
            (" ".join(filter(None, (rate, half))), f"{height:.0f} × {width:.0f} mm{larger}"),
        ),
        letters=letters(taken or case.view(state, plane), orientation),
        lamp=lit,
    )


def reference_margin(say: Wording, plane: Plane, look: Look | None) -> Margin:
    """What is written around the reference image of a plane."""
    if look is None or look.reference is None:
        return Margin(above=((say("screen.reference", plane=plane.name), say("screen.nothing_stored")), ()))
    numbers = [kept.number for kept in look.stored]
    at = numbers.index(look.reference.number) + 1 if look.reference.number in numbers else 0
    return Margin(above=((say("screen.reference", plane=plane.name),), (f"{at} / {len(numbers)}",)))


def _processing(say: Wording, look: Look | None) -> str:
    """How a picture is processed, where that is otherwise than usual."""
    if look is None:
        return ""
    settings = look.settings
    said = [say(f"screen.{settings.mode}")] if settings.mode != "native" else []
    said += [say("screen.inverted")] if settings.invert else []
    said += [f"×{say.number(settings.orientation.zoom, 'g')}"] if settings.orientation.zoom != 1.0 else []
    if (settings.window_factor, settings.level_shift) != (1.0, 0.0):
        said.append(
            say(
                "screen.window",
                width=say.number(settings.window_factor, ".2f"),
                level=say.number(settings.level_shift, "+.2f"),
            )
        )
    return "  ".join(said)


def screen_lines(hands: Hands, look: Look | None) -> list[Line]:
    """The lines of the panel of monitors."""
    lines: list[Line] = [("readout.plane", hands.plane)]
    if look is None:
        return lines
    settings = look.settings
    strength = next(name for name, k in FILTER_STRENGTHS.items() if k == settings.filter_k)
    return [
        *lines,
        ("readout.stored", str(len(look.stored))),
        ("readout.processing", settings.mode),
        ("readout.filter", strength),
        ("readout.window", f"× {settings.window_factor:.2f}"),
        ("readout.level", f"{settings.level_shift:+.2f}"),
    ]


def letters(view: View, orientation: Orientation = Orientation()) -> tuple[str, str, str, str]:  # noqa: B008
    """Orientation letters at the left, right, top and bottom of a picture as it hangs: the nearest of the
    patient's directions."""
    centre = view.source_patient_mm + 530.0 * view.direction_patient
    hung = orientation.on_screen(view.project(centre + 20.0 * np.array(list(WAYS.values()))), view.shape)
    names = list(WAYS)
    left, right = names[int(np.argmin(hung[:, 1]))], names[int(np.argmax(hung[:, 1]))]
    return left, right, names[int(np.argmin(hung[:, 0]))], names[int(np.argmax(hung[:, 0]))]
