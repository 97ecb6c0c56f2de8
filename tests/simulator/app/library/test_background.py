"""Work done aside: in order, pressing jobs first, and nothing heard of it after the end."""

from __future__ import annotations

import threading
import time

from simulator.app.library.background import Background


def wait_for(condition: object, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.002)


def test_jobs_are_done_in_order_and_pressing_ones_first() -> None:
    rung, go, order = threading.Semaphore(0), threading.Event(), []
    worker = Background(rung.release, quiet=True)
    worker.ask("first", go.wait)
    wait_for(lambda: not worker._waiting)
    for name in ("a", "b", "a"):
        worker.ask(name, lambda name=name: order.append(name))
    worker.ask("now", lambda: order.append("now"), pressing=True)
    go.set()
    for _ in range(4):
        assert rung.acquire(timeout=10.0)
    assert order == ["now", "b", "a"]
    assert {done.name for done in worker.take()} == {"first", "now", "a", "b"}
    assert worker.take() == []
    worker.stop()


def test_a_failure_is_told_and_the_next_job_done() -> None:
    rung = threading.Semaphore(0)
    worker = Background(rung.release)
    worker.ask("broken", lambda: 1 / 0)
    worker.ask("whole", lambda: 7)
    assert rung.acquire(timeout=10.0)
    assert rung.acquire(timeout=10.0)
    broken, whole = worker.take()
    assert isinstance(broken.failure, ZeroDivisionError)
    assert (whole.result, whole.failure) == (7, None)
    worker.stop()


def test_after_the_end_nothing_is_heard_and_the_thread_goes() -> None:
    heard, go = [], threading.Event()
    worker = Background(lambda: heard.append(1))
    worker.ask("long", go.wait)
    wait_for(lambda: not worker._waiting)
    worker.ask("never", lambda: heard.append(2))
    worker.stop()
    go.set()
    thread = worker._thread
    assert thread is not None
    thread.join(10.0)
    assert not thread.is_alive()
    assert heard == []
    assert worker.take() == []
    worker.ask("late", lambda: heard.append(3))
    assert heard == []


def test_what_has_not_begun_can_be_forgotten() -> None:
    go, rung = threading.Event(), threading.Semaphore(0)
    worker = Background(rung.release)
    worker.ask("long", go.wait)
    wait_for(lambda: not worker._waiting)
    worker.ask("other", lambda: None)
    worker.drop()
    go.set()
    assert rung.acquire(timeout=10.0)
    assert [done.name for done in worker.take()] == ["long"]
    worker.stop()
