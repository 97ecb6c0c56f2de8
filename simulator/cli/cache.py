"""``cache show|clear``: the patients that were built before."""

from __future__ import annotations

import typer

from simulator.cli.speaking import UserMistakeError
from simulator.engine import patient_file
from simulator.engine.patient_cache import PatientCache, user_cache
from simulator.engine.patient_file import UnusableFileError

app = typer.Typer(help="The patients that were built before and are kept for the next start.")


@app.command()
def show() -> None:
    """Where they are, how many, and how much of the disk they take; the one used last first.

    Example:  vertebrosim cache show
    """
    kept = _cache()
    files = kept.files()
    total = sum(path.stat().st_size for path in files)
    typer.echo(
        f"{kept.folder}: {len(files)} patients, {total / 1e9:.2f} of at most {kept.limit_bytes / 1e9:.1f} GB"
    )
    for path in files:
        try:
            spec = patient_file.read_key(path)["spec"]
            broken = "" if spec["fracture"] is None else f", {spec['fracture']['shape']} fracture"
            said = (
                f"{spec['target_level']}{broken}, {spec['sex']}, {spec['age_years']:g} years, seed {spec['seed']}"
            )
        except (UnusableFileError, OSError, KeyError, TypeError, ValueError) as error:
            said = f"cannot be used and will be built anew ({error})"
        typer.echo(f"  {path.name[:12]}  {said}")


@app.command()
def clear() -> None:
    """Remove all of them; the next start builds its patient anew.

    Example:  vertebrosim cache clear
    """
    kept = _cache()
    typer.echo(f"{kept.folder}: {kept.clear()} patients removed")


def _cache() -> PatientCache:
    kept = user_cache()
    if kept is None:
        raise UserMistakeError("no patients are kept, because VERTEBROSIM_NO_CACHE is set; unset it to keep them")
    return kept
