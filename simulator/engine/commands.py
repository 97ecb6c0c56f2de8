"""Commands: the only way into a session. What comes of them is in ``events``.

A command says what hands do, in the imperative. All are frozen and small, and are written to recordings as
rows with their ``kind``. Angles here are in degrees, because a file and a person read them. Kinds and fields
are part of the recording format: append, never rename.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_args

from annotated_types import Ge, Gt, Le
from pydantic import Field, TypeAdapter, ValidationError

from anatomy.spec import Side
from simulator.devices.needle import Technique
from simulator.engine.imaging_commands import (
    STRICT,
    Collimate,
    Expose,
    Length,
    LockTechnique,
    Magnify,
    MoveCArm,
    MoveTable,
    PressPedal,
    ReleasePedal,
    SetDoseLevel,
    SetExposureCurve,
    SetFluoroscopyMode,
    SetPulseRate,
)

__all__ = [
    "COMMANDS",
    "Advance",
    "Collimate",
    "Command",
    "Deflate",
    "Drill",
    "EndProcedure",
    "Expose",
    "GiveLocalAnaesthetic",
    "Inflate",
    "InsertBalloon",
    "InsertStylet",
    "LockTechnique",
    "Magnify",
    "MalformedCommandError",
    "MixCement",
    "MoveCArm",
    "MoveTable",
    "PressPedal",
    "PunctureSkin",
    "Redirect",
    "ReleasePedal",
    "RemoveBalloon",
    "RemoveStylet",
    "SetDoseLevel",
    "SetExposureCurve",
    "SetFluoroscopyMode",
    "SetPulseRate",
    "StartInjection",
    "StopInjection",
    "Withdraw",
    "command_of",
    "well_formed",
]  # fmt: skip


@STRICT
@dataclass(frozen=True)
class GiveLocalAnaesthetic:
    """Infiltrate skin, track and periosteum of one side."""

    side: Side
    volume_ml: Annotated[float, Gt(0.0), Le(30.0)]
    kind: Literal["give_local_anaesthetic"] = "give_local_anaesthetic"


@STRICT
@dataclass(frozen=True)
class PunctureSkin:
    """Set a cannula with stylet on the back at (x, z) of the patient frame and point it."""

    side: Side
    x_mm: Length
    z_mm: Length
    convergence_deg: Annotated[float, Ge(-45.0), Le(60.0)]
    caudal_deg: Annotated[float, Ge(-45.0), Le(45.0)]
    kind: Literal["puncture_skin"] = "puncture_skin"


@STRICT
@dataclass(frozen=True)
class Advance:
    """Feed a cannula by this far with a technique."""

    side: Side
    distance_mm: Annotated[float, Gt(0.0), Le(120.0)]
    technique: Technique = "push"
    kind: Literal["advance"] = "advance"


@STRICT
@dataclass(frozen=True)
class Withdraw:
    """Draw a cannula back by this far; all the way takes it out."""

    side: Side
    distance_mm: Annotated[float, Gt(0.0), Le(130.0)]
    kind: Literal["withdraw"] = "withdraw"


@STRICT
@dataclass(frozen=True)
class Redirect:
    """Point a cannula elsewhere; bone allows little of it."""

    side: Side
    convergence_deg: Annotated[float, Ge(-45.0), Le(60.0)]
    caudal_deg: Annotated[float, Ge(-45.0), Le(45.0)]
    kind: Literal["redirect"] = "redirect"


@STRICT
@dataclass(frozen=True)
class RemoveStylet:
    """Take the stylet out of a cannula, which opens the bore."""

    side: Side
    kind: Literal["remove_stylet"] = "remove_stylet"


@STRICT
@dataclass(frozen=True)
class InsertStylet:
    """Put the stylet back."""

    side: Side
    kind: Literal["insert_stylet"] = "insert_stylet"


@STRICT
@dataclass(frozen=True)
class Drill:
    """Open a channel beyond the cannula's tip."""

    side: Side
    distance_mm: Annotated[float, Gt(0.0), Le(60.0)]
    kind: Literal["drill"] = "drill"


@STRICT
@dataclass(frozen=True)
class InsertBalloon:
    """Pass a balloon through the cannula to the end of the channel."""

    side: Side
    kind: Literal["insert_balloon"] = "insert_balloon"


@STRICT
@dataclass(frozen=True)
class Inflate:
    """Add contrast to a balloon."""

    side: Side
    volume_ml: Annotated[float, Gt(0.0), Le(4.0)]
    kind: Literal["inflate"] = "inflate"


@STRICT
@dataclass(frozen=True)
class Deflate:
    """Empty a balloon."""

    side: Side
    kind: Literal["deflate"] = "deflate"


@STRICT
@dataclass(frozen=True)
class RemoveBalloon:
    """Take an empty balloon out."""

    side: Side
    kind: Literal["remove_balloon"] = "remove_balloon"


@STRICT
@dataclass(frozen=True)
class MixCement:
    """Pour the liquid onto the powder: the cement clock starts."""

    kind: Literal["mix_cement"] = "mix_cement"


@STRICT
@dataclass(frozen=True)
class StartInjection:
    """Inject cement through a cannula at a rate, until stopped."""

    side: Side
    rate_ml_per_min: Annotated[float, Gt(0.0), Le(10.0)]
    kind: Literal["start_injection"] = "start_injection"


@STRICT
@dataclass(frozen=True)
class StopInjection:
    """Stop injecting."""

    kind: Literal["stop_injection"] = "stop_injection"


@STRICT
@dataclass(frozen=True)
class EndProcedure:
    """Declare the procedure finished."""

    kind: Literal["end_procedure"] = "end_procedure"


Command = (
    MoveCArm | MoveTable | Collimate | SetPulseRate | SetFluoroscopyMode | SetDoseLevel | SetExposureCurve
    | Magnify | LockTechnique | Expose | PressPedal | ReleasePedal | GiveLocalAnaesthetic | PunctureSkin
    | Advance | Withdraw | Redirect | RemoveStylet | InsertStylet | Drill | InsertBalloon | Inflate | Deflate
    | RemoveBalloon | MixCement | StartInjection | StopInjection | EndProcedure
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
        if first["type"] == "union_tag_invalid":
            raise MalformedCommandError(_unknown_kind(str(first["ctx"]["tag"]))) from None
        name = ".".join(str(part) for part in first["loc"][1:]) or "the command"
        found = "" if first["type"] == "missing" else f", found {first['input']!r:.60}"
        message = first["msg"][0].lower() + first["msg"][1:]
        raise MalformedCommandError(f"{name}: {message}{found}") from None


def _unknown_kind(kind: str) -> str:
    """One sentence with the nearest name, or all names where none is near."""
    known = [one.kind for one in get_args(Command)]
    near = get_close_matches(kind, known, n=1)
    return f"there is no command {kind!r:.60}; " + (f"the nearest is {near[0]!r}" if near else ", ".join(known))


def well_formed(command: Command) -> Command:
    """The command as it would read back from a file. Raises MalformedCommandError."""
    return command_of(asdict(command))
