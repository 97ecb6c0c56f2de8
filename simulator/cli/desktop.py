"""``play``, and ``vertebrosim`` alone: the desktop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.schema import Scenario
from simulator.app.settings import MODES
from simulator.cli.speaking import UserMistakeError, scenario_named


def play(
    case: Annotated[str, typer.Argument(help="Library id or path of a scenario file.")],
    trainee: Annotated[str, typer.Option("--trainee", help="Who is playing, as it stands in the recording.")] = "",
    record: Annotated[Path | None, typer.Option("--record", help="Recording (.vsim); else numbered ones.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Starting position and noise.")] = 1,
    mode: Annotated[
        str, typer.Option("--mode", help=f"{', '.join(MODES)}; else as last time, at first the tutorial.")
    ] = "",
) -> int:
    """Open the desktop on one case.

    Example:  vertebrosim play kyphoplasty-l1-wedge --trainee T-042 --record session.vsim
    """
    scenario = scenario_named(case)
    if mode not in ("", *MODES):
        raise UserMistakeError(f"--mode {mode} is not a way to play; choose one of {', '.join(MODES)}")
    if record is not None and record.exists():
        raise UserMistakeError(f"{record} exists and is never overwritten; choose another --record")
    if record is not None and not record.parent.is_dir():
        raise UserMistakeError(f"the folder {record.parent} of --record does not exist; make it first")
    return open_desktop(scenario, trainee=trainee, seed=seed, record=record, mode=mode)


def open_desktop(
    scenario: Scenario | None,
    *,
    trainee: str = "",
    seed: int = 1,
    record: Path | None = None,
    replay: Path | None = None,
    mode: str = "",
) -> int:
    """The desktop at the library, on one case, or at a replay, until it is closed. Returns the exit code.

    Raises UserMistakeError where no window can be opened.
    """
    try:
        from simulator.app import desktop, display
    except ImportError as error:  # a library of the system that Qt needs
        raise UserMistakeError(
            f"the desktop cannot be loaded ({error}); install/system-packages.sh names what is missing, "
            "and vertebrosim demo works without it"
        ) from None
    if why := display.hindrance():
        raise UserMistakeError(why)
    return desktop.run(scenario, trainee=trainee, seed=seed, record=record, replay=replay, mode=mode)
