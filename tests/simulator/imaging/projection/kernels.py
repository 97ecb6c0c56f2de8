"""Runs a file of tests once with each projection kernel that is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.imaging.projection import projector


@pytest.fixture(params=sorted(projector.KERNELS), scope="module", autouse=True)
def each_kernel(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of the kernel that ``line_integrals`` uses meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projector, "fastest_kernel", lambda: request.param)
        yield request.param
