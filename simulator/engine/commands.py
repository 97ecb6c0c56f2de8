"""Commands: the only way into a session. What comes of them is in ``events``.

A command says what hands do, in the imperative. All are frozen and small, and are written to recordings as
rows with their ``kind``. Angles here are in degrees, because a file and a person read them. Kinds and fields
are part of the recording format: append, never rename.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from anatomy.spec import Side
from simulator.devices.needle import Technique
from simulator.imaging.carm import PlaneName

_STRICT = with_config(ConfigDict(extra="forbid", allow_inf_nan=False))
Angle = Annotated[float, Ge(-180.0), Le(180.0)]
Length = Annotated[float, Ge(-500.0), Le(500.0)]


@_STRICT
@dataclass(frozen=True)
class MoveCArm:
    """Turn a plane to gantry angles; it takes time to get there."""

    plane: PlaneName
    orbital_deg: Angle
    angulation_deg: Angle
    kind: Literal["move_carm"] = "move_carm"


@_STRICT
@dataclass(frozen=True)
class MoveTable:
    """Move the table top to a place (mm from where the case began)."""

    lateral_mm: Length
    longitudinal_mm: Length
    height_mm: Length
    kind: Literal["move_table"] = "move_table"


@_STRICT
@dataclass(frozen=True)
class Collimate:
    """Set a plane's field, height and width at the detector."""

    plane: PlaneName
    height_mm: Annotated[float, Ge(20.0), Le(298.0)]
    width_mm: Annotated[float, Ge(20.0), Le(298.0)]
    kind: Literal["collimate"] = "collimate"


@_STRICT
@dataclass(frozen=True)
class SetPulseRate:
    """Choose pulses per second for both planes."""

    pulses_per_s: Annotated[float, Gt(0.0), Le(60.0)]
    kind: Literal["set_pulse_rate"] = "set_pulse_rate"


@_STRICT
@dataclass(frozen=True)
class Expose:
    """Take one picture with a plane."""

    plane: PlaneName
    kind: Literal["expose"] = "expose"


@_STRICT
@dataclass(frozen=True)
class PressPedal:
    """Start pulsed fluoroscopy on a plane."""

    plane: PlaneName
    kind: Literal["press_pedal"] = "press_pedal"


@_STRICT
@dataclass(frozen=True)
class ReleasePedal:
    """Stop fluoroscopy on a plane."""

    plane: PlaneName
    kind: Literal["release_pedal"] = "release_pedal"


@_STRICT
@dataclass(frozen=True)
class GiveLocalAnaesthetic:
    """Infiltrate skin, track and periosteum of one side."""

    side: Side
    volume_ml: Annotated[float, Gt(0.0), Le(30.0)]
    kind: Literal["give_local_anaesthetic"] = "give_local_anaesthetic"


@_STRICT
@dataclass(frozen=True)
class PunctureSkin:
    """Set a cannula with stylet on the back at (x, z) of the patient frame and point it."""

    side: Side
    x_mm: Length
    z_mm: Length
    convergence_deg: Annotated[float, Ge(-45.0), Le(60.0)]
    caudal_deg: Annotated[float, Ge(-45.0), Le(45.0)]
    kind: Literal["puncture_skin"] = "puncture_skin"


@_STRICT
@dataclass(frozen=True)
class Advance:
    """Feed a cannula by this far with a technique."""

    side: Side
    distance_mm: Annotated[float, Gt(0.0), Le(120.0)]
    technique: Technique = "push"
    kind: Literal["advance"] = "advance"


@_STRICT
@dataclass(frozen=True)
class Withdraw:
    """Draw a cannula back by this far; all the way takes it out."""

    side: Side
    distance_mm: Annotated[float, Gt(0.0), Le(130.0)]
    kind: Literal["withdraw"] = "withdraw"


@_STRICT
@dataclass(frozen=True)
class Redirect:
    """Point a cannula elsewhere; bone allows little of it."""

    side: Side
    convergence_deg: Annotated[float, Ge(-45.0), Le(60.0)]
    caudal_deg: Annotated[float, Ge(-45.0), Le(45.0)]
    kind: Literal["redirect"] = "redirect"


@_STRICT
@dataclass(frozen=True)
class RemoveStylet:
    """Take the stylet out of a cannula, which opens the bore."""

    side: Side
    kind: Literal["remove_stylet"] = "remove_stylet"


@_STRICT
@dataclass(frozen=True)
class InsertStylet:
    """Put the stylet back."""

    side: Side
    kind: Literal["insert_stylet"] = "insert_stylet"


@_STRICT
@dataclass(frozen=True)
class Drill:
    """Open a channel beyond the cannula's tip."""

    side: Side
    distance_mm: Annotated[float, Gt(0.0), Le(60.0)]
    kind: Literal["drill"] = "drill"


@_STRICT
@dataclass(frozen=True)
class InsertBalloon:
    """Pass a balloon through the cannula to the end of the channel."""

    side: Side
    kind: Literal["insert_balloon"] = "insert_balloon"


@_STRICT
@dataclass(frozen=True)
class Inflate:
    """Add contrast to a balloon."""

    side: Side
    volume_ml: Annotated[float, Gt(0.0), Le(4.0)]
    kind: Literal["inflate"] = "inflate"


@_STRICT
@dataclass(frozen=True)
class Deflate:
    """Empty a balloon."""

    side: Side
    kind: Literal["deflate"] = "deflate"


@_STRICT
@dataclass(frozen=True)
class RemoveBalloon:
    """Take an empty balloon out."""

    side: Side
    kind: Literal["remove_balloon"] = "remove_balloon"


@_STRICT
@dataclass(frozen=True)
class MixCement:
    """Pour the liquid onto the powder: the cement clock starts."""

    kind: Literal["mix_cement"] = "mix_cement"


@_STRICT
@dataclass(frozen=True)
class StartInjection:
    """Inject cement through a cannula at a rate, until stopped."""

    side: Side
    rate_ml_per_min: Annotated[float, Gt(0.0), Le(10.0)]
    kind: Literal["start_injection"] = "start_injection"


@_STRICT
@dataclass(frozen=True)
class StopInjection:
    """Stop injecting."""

    kind: Literal["stop_injection"] = "stop_injection"


@_STRICT
@dataclass(frozen=True)
class EndProcedure:
    """Declare the procedure finished."""

    kind: Literal["end_procedure"] = "end_procedure"


Command = (
    MoveCArm | MoveTable | Collimate | SetPulseRate | Expose | PressPedal | ReleasePedal | GiveLocalAnaesthetic
    | PunctureSkin | Advance | Withdraw | Redirect | RemoveStylet | InsertStylet | Drill | InsertBalloon | Inflate
    | Deflate | RemoveBalloon | MixCement | StartInjection | StopInjection | EndProcedure
)  # fmt: skip

COMMANDS: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="kind")])


class MalformedCommandError(ValueError):
    """A command holds what its fields cannot: not a number, infinite, beyond any hand; the message says what."""


def command_of(fields: Any) -> Command:
    """The command with these fields (kind among them), every value of its field's type.

    Raises MalformedCommandError with one sentence.
    """
    try:
        return COMMANDS.validate_python(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"][1:]) or "the command"
        found = "" if first["type"] == "missing" else f", found {first['input']!r:.60}"
        message = first["msg"][0].lower() + first["msg"][1:]
        raise MalformedCommandError(f"{name}: {message}{found}") from None


def well_formed(command: Command) -> Command:
    """The command as it would read back from a file. Raises MalformedCommandError."""
    return command_of(asdict(command))
