"""Threads: order is kept, nobody waits for ever, and a bad setting is explained."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator.imaging import threads
from simulator.imaging.threads import in_parallel, threads_wanted


@pytest.fixture(params=[1, 3])
def count(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A number of threads, and a pool of that size."""
    monkeypatch.setattr(threads, "THREADS", request.param)
    threads._pool.cache_clear()
    yield int(request.param)
    threads._pool.cache_clear()


def test_results_come_in_the_order_of_the_tasks(count):
    """Whoever finishes first, the first result is that of the first task."""
    assert in_parallel(lambda n: n * n, range(50)) == [n * n for n in range(50)]
    assert in_parallel(str, []) == []


def test_work_that_calls_for_help_itself_does_not_wait_for_ever(count):
    """Every thread of the pool may use the pool."""

    def row(n: int) -> int:
        return sum(in_parallel(lambda m: n * m, range(4)))

    done = ThreadPoolExecutor(1).submit(in_parallel, row, range(12))
    assert done.result(timeout=20.0) == [6 * n for n in range(12)]


def test_several_threads_may_ask_at_once(count):
    """Two planes draw side by side with one pool."""
    together = threading.Barrier(3)

    def plane(n: int) -> list[int]:
        together.wait(20.0)
        return in_parallel(lambda m: n + m, range(20))

    with ThreadPoolExecutor(3) as planes:
        assert list(planes.map(plane, range(3))) == [list(range(n, n + 20)) for n in range(3)]


def test_a_mistake_in_the_work_reaches_the_caller(count):
    """An exception in one task is raised, not lost in a thread."""
    with pytest.raises(ZeroDivisionError):
        in_parallel(lambda n: 1 // n, [2, 1, 0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_worker_has_threads_of_its_own():
    """A process forked after a picture was drawn can draw too."""
    code = (
        "import os\n"
        "from simulator.imaging import threads\n"
        "threads.THREADS = 2\n"
        "assert threads.in_parallel(abs, [-1, -2]) == [1, 2]\n"
        "child = os.fork()\n"
        "if child == 0: os._exit(threads.in_parallel(abs, [-3, -4])[1])\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=30.0).returncode == 4


def test_how_many_threads_there_are():
    """What is asked for, at most four; without a wish the cores."""
    assert [threads_wanted(wish) for wish in ("1", "2", "99")] == [1, 2, 4]
    assert 1 <= threads_wanted(None) == threads_wanted("") <= 4


def test_systems_that_do_not_tell_their_cores_have_threads_too(monkeypatch):
    """Where sched_getaffinity is missing, as on Windows and macOS, all cores count."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert threads_wanted(None) == 3


@pytest.mark.parametrize("setting", ["0", "-1", "two", "1.5"])
def test_a_bad_setting_is_named_with_its_remedy(setting):
    """One sentence: what is wrong, and what is allowed."""
    with pytest.raises(ValueError, match=rf"VERTEBROSIM_THREADS is '{setting}'; set it to a whole number from 1"):
        threads_wanted(setting)


def test_a_bad_setting_ends_the_program_without_a_traceback():
    """Exit code 2 and one line on standard error."""
    ended = subprocess.run(
        [sys.executable, "-c", "import simulator.imaging.threads"],
        env={**os.environ, "VERTEBROSIM_THREADS": "many"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("vertebrosim: VERTEBROSIM_THREADS is 'many'; set it")
    assert ended.stderr.count("\n") == 1
