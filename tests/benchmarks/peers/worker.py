"""One contestant in a process of its own: reads requests from standard input, answers each with one line.

Requests and answers are JSON. ``{"volume": path, "patient_from_voxel": ..., "view": {...}, "image": path}``
prepares, projects once, and writes the image; ``{}`` projects once more. Answers are ``{"ms": ...}``,
``{"impossible": why}`` or ``{"failed": why}``. The first line, unasked, is ``{"version": ...}`` or
``{"missing": why}``. Run by ``round_robin.py`` with the interpreter that has what the contestant needs.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import metadata

import numpy as np

from tests.benchmarks.peers.contestants import Contestant, ImpossibleViewError, Projection
from tests.benchmarks.peers.exchange import view_from_json, volume_from_file


def serve(contestant: Contestant, threads: int) -> None:
    """Answer requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not get among the answers

    def answer(row: dict) -> None:
        answers.write(json.dumps(row) + "\n")
        answers.flush()

    try:
        version = contestant.version()
        contestant.load()
    except metadata.PackageNotFoundError:
        return answer({"missing": f"{contestant.distribution} is not installed"})
    except (ImportError, OSError) as error:
        return answer({"missing": str(error)})
    answer({"version": version})
    projection: Projection | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request:
                projection = None  # gives its memory back before the next is prepared
                volume = volume_from_file(request["volume"], request["patient_from_voxel"])
                projection = contestant.prepare(volume, view_from_json(request["view"]), threads)
                np.save(request["image"], np.ascontiguousarray(projection(), dtype=np.float32))
            assert projection is not None
            start = time.perf_counter()
            projection()
            answer({"ms": 1e3 * (time.perf_counter() - start)})
        except ImpossibleViewError as why:
            answer({"impossible": str(why)})
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is reported, not hidden
            answer({"failed": f"{type(error).__name__}: {error}"})
    return None


if __name__ == "__main__":
    row, thread_count = json.loads(sys.argv[1]), int(sys.argv[2])
    serve(Contestant(**row), thread_count)
