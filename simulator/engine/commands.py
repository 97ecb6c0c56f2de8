"""Commands: the only way into a session. What comes of them is in ``events``.

A command says what hands do, in the imperative. All are frozen and small, and are written to recordings as
rows with their ``kind``. Angles here are in degrees, because a file and a person read them. Kinds and fields
are part of the recording format: append, never rename.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError

from simulator.engine.augmentation_commands import (
    AugmentationCommand,
    Deflate,
    DrawContrastBack,
    Inflate,
    InjectByForce,
    InsertBalloon,
    LoadInjector,
    MixCement,
    RemoveBalloon,
    SampleCement,
    StartInjection,
    StopInjection,
)
from simulator.engine.guidance_commands import AskHint, CheckOff, GuidanceCommand
from simulator.engine.imaging_commands import (
    STRICT,
    Collimate,
    DriveCArm,
    DriveTable,
    Expose,
    ImagingCommand,
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
from simulator.engine.needle_commands import (
    Advance,
    AdvanceTool,
    CannulaOverWire,
    Curette,
    Drill,
    InsertFineNeedle,
    InsertStylet,
    InsertTool,
    MarkSkin,
    NeedleCommand,
    PunctureSkin,
    Redirect,
    RemoveFineNeedle,
    RemoveMark,
    RemoveStylet,
    RemoveTool,
    RotateBevel,
    TakeBiopsy,
    Withdraw,
)
from simulator.engine.patient_commands import (
    AskPatient,
    CallForHelp,
    GiveDrug,
    GiveFluid,
    GiveLocalAnaesthetic,
    PatientCommand,
    SetOxygen,
    SupportAirway,
)

__all__ = [
    "COMMANDS",
    "Advance",
    "AdvanceTool",
    "AskHint",
    "AskPatient",
    "CallForHelp",
    "CannulaOverWire",
    "CheckOff",
    "Collimate",
    "Command",
    "Curette",
    "Deflate",
    "DrawContrastBack",
    "Drill",
    "DriveCArm",
    "DriveTable",
    "EndProcedure",
    "Expose",
    "GiveDrug",
    "GiveFluid",
    "GiveLocalAnaesthetic",
    "Inflate",
    "InjectByForce",
    "InsertBalloon",
    "InsertFineNeedle",
    "InsertStylet",
    "InsertTool",
    "LoadInjector",
    "LockTechnique",
    "Magnify",
    "MalformedCommandError",
    "MarkSkin",
    "MixCement",
    "MoveCArm",
    "MoveTable",
    "PressPedal",
    "PunctureSkin",
    "Redirect",
    "ReleasePedal",
    "RemoveBalloon",
    "RemoveFineNeedle",
    "RemoveMark",
    "RemoveStylet",
    "RemoveTool",
    "RotateBevel",
    "SampleCement",
    "SetDoseLevel",
    "SetExposureCurve",
    "SetFluoroscopyMode",
    "SetOxygen",
    "SetPulseRate",
    "StartInjection",
    "StopInjection",
    "SupportAirway",
    "TakeBiopsy",
    "Withdraw",
    "command_of",
    "well_formed",
]  # fmt: skip


@STRICT
@dataclass(frozen=True)
class EndProcedure:
    """Declare the procedure finished."""

    kind: Literal["end_procedure"] = "end_procedure"


Command = ImagingCommand | NeedleCommand | AugmentationCommand | PatientCommand | EndProcedure | GuidanceCommand

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
    """One sentence with the nearest name, or with a few of them where none is near: all would not be read."""
    known = [one.kind for one in get_args(Command)]
    near = get_close_matches(kind, known, n=1)
    some = f"{len(known)} are known, such as {', '.join(sorted(known)[:4])}"
    return f"there is no command {kind!r:.60}; " + (f"the nearest is {near[0]!r}" if near else some)


def well_formed(command: Command) -> Command:
    """The command as it would read back from a file. Raises MalformedCommandError."""
    return command_of(asdict(command))
