"""Many patients on several processes; each is one process's work from body to rows."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

from simulator.validation.population import storing
from simulator.validation.population.arms import ARMS
from simulator.validation.population.sampling import person_of
from simulator.validation.population.storing import Row
from simulator.validation.population.treating import treated

Progress = Callable[[str, float], None]


def row_of(seed: int, arms: Sequence[str] = tuple(ARMS)) -> Row:
    """One patient in all arms, as it is stored."""
    person = person_of(seed)
    spec, fracture = person.spec, person.fracture
    row: Row = {
        "seed": seed,
        "level": person.level,
        "sex": spec.sex,
        "age_years": spec.age_years,
        "t_score": spec.t_score,
        "fracture": {
            "shape": fracture.shape,
            "age": fracture.age,
            "height_ratio": fracture.height_ratio,
            "cleft": fracture.cleft,
            "endplate_defect_mm": fracture.endplate_defect_mm,
            "posterior_wall_defect_mm": fracture.posterior_wall_defect_mm,
        },
    }
    try:
        return row | {"arms": {name: treated(person, ARMS[name]) for name in arms}}
    except ValueError as error:  # no way into the vertebra, or a body that cannot be
        return row | {"untreatable": str(error)}


def run(
    folder: Path,
    seeds: Iterable[int],
    *,
    arms: Sequence[str] = tuple(ARMS),
    workers: int = 2,
    progress: Progress | None = None,
) -> list[Row]:
    """The rows of all seeds in their order: those stored before, and the others, treated now.

    Raises UnusableFolderError (``storing.opened``); whatever stops a patient otherwise stops the run, and what is
    done is kept.
    """
    stored = storing.opened(folder, arms)
    wanted = list(seeds)
    rows = {row["seed"]: row for row in stored.rows() if row["seed"] in set(wanted)}
    missing = [seed for seed in wanted if seed not in rows]

    def done(row: Row) -> None:
        stored.append(row)
        rows[row["seed"]] = row
        if progress is not None:
            progress(f"{len(rows)} of {len(wanted)} patients", len(rows) / len(wanted))

    if workers <= 1 or len(missing) <= 1:
        for seed in missing:
            done(row_of(seed, arms))
    else:
        _on_processes(missing, arms, min(workers, len(missing)), done)
    return [rows[seed] for seed in wanted]


def _end_with(parent: int) -> None:
    """A process that leaves interruptions to its parent, and ends when that was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, daemon=True).start()


def _on_processes(seeds: list[int], arms: Sequence[str], workers: int, done: Callable[[Row], None]) -> None:
    """All seeds, a few ahead of the processes: a run that is stopped has little under way."""
    # One thread a process: more would only wait for each other.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    waiting, working = iter(seeds), set[Future[Row]]()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_end_with, initargs=(os.getpid(),)) as pool:
        try:
            while True:
                while len(working) < workers + 1 and (seed := next(waiting, None)) is not None:
                    working.add(pool.submit(row_of, seed, tuple(arms)))
                if not working:
                    return
                finished, working = wait(working, return_when=FIRST_COMPLETED)
                for future in finished:
                    done(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
