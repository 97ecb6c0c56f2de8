"""Scratch: memory handed out again for the same purpose, and never to two users at once."""

from __future__ import annotations

import threading

import numpy as np

from simulator.imaging.scratch import scratch


def test_one_purpose_is_one_piece_of_memory():
    """Asked again, smaller or as large, the same memory comes back in the wanted shape; larger, new memory."""
    first = scratch("test.one", (4, 6))
    assert first.dtype == np.float32
    assert np.shares_memory(scratch("test.one", (3, 5)), first)
    assert scratch("test.one", (5, 7)).shape == (5, 7)


def test_two_purposes_and_two_threads_share_nothing():
    """Another purpose or another thread never gets the same memory."""
    mine = scratch("test.two", (4, 4))
    assert not np.shares_memory(scratch("test.three", (4, 4)), mine)
    theirs = []
    thread = threading.Thread(target=lambda: theirs.append(scratch("test.two", (4, 4))))
    thread.start()
    thread.join()
    assert not np.shares_memory(theirs[0], mine)
