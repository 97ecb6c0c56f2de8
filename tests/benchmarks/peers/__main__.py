"""Our projector beside those of others: ``python -m tests.benchmarks.peers --help``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from tests.benchmarks.peers.contestants import CONTESTANTS
from tests.benchmarks.peers.report import as_rows, as_table
from tests.benchmarks.peers.round_robin import Worker, contest, relative_rms, workers
from tests.benchmarks.peers.scans import views, volumes

try:
    from tests.benchmarks.peers.ray_tracing import marched, traced
except ImportError:
    sys.exit("yardstick and exact tracer are compiled with numba, which is not installed here: pip install numba")

INSTALL = """\
  The peers want an environment of their own:
    python3 -m venv ../peers && ../peers/bin/pip install -r tests/benchmarks/peers/requirements.txt
    .venv/bin/python -m tests.benchmarks.peers --python ../peers/bin/python"""


def main() -> int:
    """Run what is installed, print a table a scan, name what is missing."""
    options = _options()
    chosen = [c for c in CONTESTANTS if not options.only or any(o.lower() in c.name.lower() for o in options.only)]
    scans = [angles for angles in views() if not options.views or angles in options.views]
    if not chosen or not scans:
        known = "; ".join([", ".join(c.name for c in CONTESTANTS), ", ".join(views())])
        sys.stderr.write(f"nothing to run: choose --only and --views among {known}\n")
        return 2
    say(f"{date.today()}, {options.threads} threads each, up to {options.rounds} turns")
    _show_convergence()
    team = workers(chosen, options.python, options.threads)
    rows: list[dict[str, Any]] = _missing(team)
    playing = [worker for worker in team if not worker.missing]
    versions = {worker.contestant.name: worker.version for worker in playing}
    with tempfile.TemporaryDirectory() as folder:
        for phantom, volume in volumes().items():
            for angles in scans:
                view, scan = views()[angles], f"{phantom} {angles}"
                sys.stderr.write(f"{scan} ...\n")
                results = contest(playing, volume, view, traced(volume, view), options.rounds, Path(folder))
                say("\n".join(as_table(scan, results, versions)))
                rows += as_rows(scan, results, versions, options.threads)
                if options.json:
                    options.json.write_text(json.dumps(rows, indent=1) + "\n")
    for worker in team:
        worker.close()
    return 0


def say(text: str) -> None:
    """Print now, so that a run that is broken off has shown what it measured."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.peers",
        description="Time and error of our projector and of its peers on the same work, taking turns.",
        epilog="example: python -m tests.benchmarks.peers --python ../peers/bin/python --json peers.json",
    )
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contestant on each scan")
    parser.add_argument("--threads", type=int, default=2, help="threads of each contestant")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the environment with the peers")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="contestants by a part of their name")
    parser.add_argument("--views", nargs="*", metavar="A/B", help="views as primary/secondary, e.g. 35/20")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as `vertebrosim bench` does")
    return parser.parse_args()


def _missing(team: list[Worker]) -> list[dict[str, Any]]:
    """Say who cannot take part, why, and the remedy; the same as rows."""
    missing = [worker for worker in team if worker.missing]
    for worker in missing:
        say(f"missing: {worker.contestant.name}: {worker.missing}")
    if missing:
        say(INSTALL)
    return [{"name": f"projector {w.contestant.name}", "not_measured": w.missing} for w in missing]


def _show_convergence() -> None:
    """The exact tracer against ever finer marching: the difference must vanish."""
    for name, volume in volumes().items():
        view = views(pixels=128)["35/20"]
        exact = traced(volume, view)
        steps = {step: relative_rms(marched(volume, view, step_mm=step), exact) for step in (1.0, 0.25, 0.0625)}
        found = ", ".join(f"{step:g} mm {error:.0e}" for step, error in steps.items())
        say(f"relative RMS of a ray march against the exact tracer, {name} 35/20: {found}")


if __name__ == "__main__":
    sys.exit(main())
