"""Who takes part: each contestant's name, the module that prepares it, and what must be installed for it.

Every such module has one function::

    prepare(volume: Volume, view: View, threads: int, **options) -> Callable[[], NDArray]

It does what needs doing once for a volume and a view (copies, other orders of axes, masks); what it returns is
timed and gives the image (rows, columns) of ``simulator.imaging.view``, value times mm. It raises
ImpossibleViewError where the peer has no such geometry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module, metadata
from types import ModuleType
from typing import Any

from numpy.typing import NDArray

from anatomy.volume import Volume
from simulator.imaging.view import View

Projection = Callable[[], NDArray]


class ImpossibleViewError(Exception):
    """A peer cannot take this view; the message says why."""


@dataclass(frozen=True)
class Contestant:
    """name; module below this package; options for its ``prepare``; what pip installs for it ("" for ours)."""

    name: str
    module: str
    options: dict[str, Any] = field(default_factory=dict)
    distribution: str = ""

    @property
    def is_peer(self) -> bool:
        """Whether it runs in the peers' interpreter."""
        return bool(self.distribution)

    def version(self) -> str:
        """Version of what is installed, "" for ours. Raises PackageNotFoundError where it is absent."""
        return metadata.version(self.distribution) if self.distribution else ""

    def load(self) -> ModuleType:
        """Its module. Raises ImportError where something is not installed."""
        return import_module(f"{__package__}.{self.module}")

    def prepare(self, volume: Volume, view: View, threads: int) -> Projection:
        """The work to be timed. Raises ImpossibleViewError where the contestant has no such geometry."""
        projection: Projection = self.load().prepare(volume, view, threads, **self.options)
        return projection


YARDSTICK = "plain ray march"

CONTESTANTS = (
    Contestant(YARDSTICK, "plain_march"),
    Contestant("ours, NumPy", "ours", {"kernel": "numpy"}),
    Contestant("ours, compiled", "ours", {"kernel": "compiled"}),
    Contestant("RTK Joseph", "rtk_joseph", distribution="itk-rtk"),
    Contestant("ITK Siddon-Jacobs", "itk_siddon", distribution="itk-twoprojectionregistration"),
    Contestant("gecatsim distance-driven", "gecatsim_distance", {"air_mask": False}, "gecatsim"),
    Contestant("gecatsim, air mask", "gecatsim_distance", {"air_mask": True}, "gecatsim"),
    Contestant("DiffDRR Siddon", "diffdrr_torch", {"renderer": "siddon"}, "diffdrr"),
    Contestant("DiffDRR trilinear", "diffdrr_torch", {"renderer": "trilinear"}, "diffdrr"),
)
