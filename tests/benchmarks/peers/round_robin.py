"""The contest: every contestant in its own process, taking turns, so that a noisy machine is unfair to none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatomy.frames import FloatArray
from anatomy.volume import Volume
from simulator.imaging.view import View
from tests.benchmarks.peers.contestants import Contestant
from tests.benchmarks.peers.exchange import view_as_json

ROOT = Path(__file__).parents[3]
SLOW_MS, SLOW_ROUNDS = 1000.0, 2
"""Who needs longer than this for a picture takes part in the first rounds only."""

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    "VERTEBROSIM_THREADS",
)


@dataclass
class Result:
    """What came of one contestant on one scan: times, relative RMS, or in words why there is nothing."""

    times_ms: list[float] = field(default_factory=list)
    relative_rms: float = float("nan")
    why_not: str = ""


class Worker:
    """A contestant's process. ``missing`` says in words why it cannot take part, else it is empty."""

    def __init__(self, contestant: Contestant, python: str, threads: int) -> None:
        self.contestant = contestant
        settings = dict.fromkeys(THREAD_VARIABLES, str(threads)) | {"OMP_WAIT_POLICY": "passive"}
        command = [python, "-W", "ignore", "-m", f"{__package__}.worker"]
        try:
            self.process = subprocess.Popen(
                [*command, json.dumps(asdict(contestant)), str(threads)],
                cwd=ROOT,
                env=os.environ | settings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        except OSError as error:
            why = f"cannot start {python}: {error.strerror}; --python takes the path of a Python interpreter"
            raise SystemExit(why) from None
        first = self.hear()
        self.version = str(first.get("version", ""))
        self.missing = str(first.get("missing") or first.get("failed") or "")

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return {"failed": "its process has ended"}
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """The next answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            return {"failed": f"its process ended with {self.process.wait()}"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def workers(contestants: list[Contestant], python: str, threads: int) -> list[Worker]:
    """A process each: peers with the interpreter given, ours with our own."""
    return [Worker(each, python if each.is_peer else sys.executable, threads) for each in contestants]


def contest(
    team: list[Worker], volume: Volume, view: View, exact: FloatArray, rounds: int, folder: Path
) -> dict[str, Result]:
    """Results by contestant on one scan; every round gives everyone one turn, in the same order."""
    array_path = folder / "volume.npy"
    np.save(array_path, volume.array)
    request = {"volume": str(array_path), "patient_from_voxel": volume.patient_from_voxel.tolist(),
               "view": view_as_json(view)}  # fmt: skip
    results: dict[str, Result] = {}
    turns: dict[str, int] = {}
    for number, worker in enumerate(team):
        result = results[worker.contestant.name] = Result()
        path = folder / f"image-{number}.npy"
        answer = worker.ask(request | {"image": str(path)})
        result.why_not = str(answer.get("impossible") or answer.get("failed") or "")
        if not result.why_not:
            result.relative_rms = relative_rms(np.load(path), exact)
            turns[worker.contestant.name] = min(rounds, SLOW_ROUNDS) if answer["ms"] > SLOW_MS else rounds
    for turn in range(rounds):
        for worker in team:
            result = results[worker.contestant.name]
            if result.why_not or turn >= turns[worker.contestant.name]:
                continue
            answer = worker.ask({})
            result.why_not = str(answer.get("failed") or "")
            if "ms" in answer:
                result.times_ms.append(answer["ms"])
    return results


def relative_rms(image: NDArray, exact: FloatArray) -> float:
    """Root mean square of the difference over that of the exact image."""
    return float(np.sqrt(np.mean((image - exact) ** 2) / np.mean(exact**2)))
