"""Work behind a window: in order, urgent work first, given up on request, failures said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import pytest

from simulator.app.debrief.worker import Errand, GivenUpError, Worker

Post = SimpleQueue[Callable[[], None]]


@pytest.fixture
def post() -> Post:
    """What is said to the window's thread: this one."""
    return SimpleQueue()


@pytest.fixture
def worker(post: Post) -> Iterator[Worker]:
    made = Worker(post.put, "test")
    yield made
    made.stop()


def hear(post: Post) -> None:
    post.get(timeout=10.0)()


def test_results_come_in_order_with_progress(worker: Worker, post: Post) -> None:
    said: list[object] = []

    def work(errand: Errand) -> str:
        errand.report(0.5)
        return "done"

    worker.ask(Errand(work, said.append, progress=said.append))
    worker.ask(Errand(lambda _e: "second", said.append))
    for _ in range(3):
        hear(post)
    assert said == [0.5, "done", "second"]


def test_what_is_urgent_comes_first_and_only_the_newest(worker: Worker, post: Post) -> None:
    go, done = threading.Event(), []
    worker.ask(Errand(lambda _e: go.wait(10.0)))
    worker.ask(Errand(lambda _e: done.append("ordinary")))
    worker.ask(Errand(lambda _e: done.append("old"), instead_of="picture"))
    worker.ask(Errand(lambda _e: done.append("new"), instead_of="picture"))
    go.set()
    for _ in range(3):
        hear(post)
    assert done == ["new", "ordinary"]


def test_what_is_given_up_is_stopped_and_says_nothing(worker: Worker, post: Post) -> None:
    said: list[object] = []
    begun = threading.Event()

    def for_ever(errand: Errand) -> None:
        begun.set()
        while True:
            errand.report(0.0)

    errand = worker.ask(Errand(for_ever, said.append, said.append))
    assert begun.wait(10.0)
    errand.give_up()
    worker.ask(Errand(lambda _e: "next", said.append))
    while "next" not in said:
        hear(post)
    assert said == ["next"]


def test_a_failure_is_said(worker: Worker, post: Post) -> None:
    said: list[Exception] = []

    def broken(_errand: Errand) -> None:
        raise ValueError("no such picture")

    worker.ask(Errand(broken, failed=said.append))
    hear(post)
    assert str(said[0]) == "no such picture"


def test_stopping_gives_up_what_runs(post: Post) -> None:
    worker, begun = Worker(post.put, "test"), threading.Event()

    def for_ever(errand: Errand) -> None:
        begun.set()
        while True:
            errand.report(0.0)

    worker.ask(Errand(for_ever))
    assert begun.wait(10.0)
    worker.stop()
    assert worker._thread is not None
    assert not worker._thread.is_alive()


def test_no_more_waits_than_there_is_room_for(worker: Worker) -> None:
    """Who asks for more stands until some is done, unless nobody wants it any more."""
    go = [threading.Event() for _ in range(4)]
    for event in go:
        worker.ask(Errand(lambda _e, event=event: event.wait(10.0)))
    asker, passed = Errand(lambda _e: None), threading.Event()

    def ask() -> None:
        worker.wait_for_room(2, asker)
        passed.set()

    thread = threading.Thread(target=ask)
    thread.start()
    assert not passed.wait(0.3)
    go[0].set()
    assert not passed.wait(0.3)
    go[1].set()
    assert passed.wait(5.0)
    thread.join()
    worker.ask(Errand(lambda _e: None))
    asker.give_up()
    with pytest.raises(GivenUpError):
        worker.wait_for_room(2, asker)
    for event in go:
        event.set()
