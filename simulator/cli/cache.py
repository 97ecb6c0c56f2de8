"""``cache show|clear``: what was made before and is kept, so that it need not be made again."""

from __future__ import annotations

import typer

from simulator.app.debrief import expert
from simulator.cli.speaking import UserMistakeError
from simulator.engine import patient_file
from simulator.engine.kept_files import Kept, kept_besides, noted_places
from simulator.engine.patient_cache import PatientCache, user_cache
from simulator.engine.patient_file import UnusableFileError

app = typer.Typer(help="Built patients, radiographs, scores and more that are kept for the next start.")


@app.command()
def show() -> None:
    """Where what is kept lies, how much there is, and what it takes of the disk; the patient used last first.

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
    for other in (*kept_besides(expert.folder()), noted_places()):
        if other is not None:
            typer.echo(f"{other.folder}: {_counted(other)}, {other.size_bytes / 1e6:.2f} MB")


@app.command()
def clear() -> None:
    """Remove all that can be made again: the next start builds its patient anew. Own recordings are not touched.

    Example:  vertebrosim cache clear
    """
    kept = _cache()
    typer.echo(f"{kept.folder}: {kept.clear()} patients removed")
    for other in kept_besides(expert.folder()):
        typer.echo(f"{other.folder}: {other.remove()} {other.words} removed")
    notes = noted_places()
    if notes is not None:
        typer.echo(f"{notes.folder}: {_counted(notes)} stay, because nothing else knows them")


def _counted(kept: Kept) -> str:
    return f"{len(kept.files)} {kept.words}"


def _cache() -> PatientCache:
    kept = user_cache()
    if kept is None:
        raise UserMistakeError("no patients are kept, because VERTEBROSIM_NO_CACHE is set; unset it to keep them")
    return kept
