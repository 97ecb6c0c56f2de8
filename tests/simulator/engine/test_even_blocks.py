"""Packed arrays come back bit by bit, whatever is in them and however much of it is even."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.even_blocks import BLOCK, pack, unpack


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(0, 9 * BLOCK + 3),
    code=st.sampled_from("?bHifd"),
    runs=st.integers(1, 12),
)
def test_every_bit_comes_back(seed: int, size: int, code: str, runs: int) -> None:
    """Runs of one value between values of chance, of any type and length."""
    rng = np.random.default_rng(seed)
    array = rng.integers(0, 2, size).astype(code) if code == "?" else rng.integers(0, 99, size).astype(code)
    for _ in range(runs):
        start = int(rng.integers(0, size + 1))
        array[start : start + int(rng.integers(0, 4 * BLOCK))] = rng.integers(0, 2)
    back = unpack(pack(array), array.dtype, size)
    assert back.dtype == array.dtype
    assert back.tobytes() == array.tobytes()


def test_numbers_that_are_none_and_zeros_with_a_sign_are_kept() -> None:
    """Equal bytes make a block even, not equal values: -0.0 is not 0.0, and nan is equal to itself."""
    array = np.zeros(4 * BLOCK, dtype=np.float32)
    array[5] = -0.0
    array[BLOCK : 2 * BLOCK] = np.nan
    packed = pack(array)
    assert len(packed) == 1 + 3 * 4 + BLOCK * 4
    assert unpack(packed, array.dtype, array.size).tobytes() == array.tobytes()


def test_memory_order_is_not_the_packers_business() -> None:
    """A Fortran array is packed as it lies."""
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    assert unpack(pack(array), array.dtype, 6).tolist() == [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]


@pytest.mark.parametrize("change", [-1, 1, 4, BLOCK * 4])
def test_bytes_that_are_too_few_or_too_many_are_refused(change: int) -> None:
    """What cannot be the values that are asked for is not guessed at."""
    packed = pack(np.arange(3 * BLOCK, dtype=np.float32))
    with pytest.raises(ValueError, match="are not those of"):
        unpack(packed[:change] if change < 0 else packed + bytes(change), np.dtype(np.float32), 3 * BLOCK)
