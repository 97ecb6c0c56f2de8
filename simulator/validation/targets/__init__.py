"""All validation targets, in order. A module a theme; each offers ``TARGETS``."""

from __future__ import annotations

from simulator.validation.target import Target
from simulator.validation.targets import balloon, cure, flow, heat, imaging, leaks, patient

_ALL = (
    *flow.TARGETS,
    *cure.TARGETS,
    *leaks.TARGETS,
    *balloon.TARGETS,
    *imaging.TARGETS,
    *heat.TARGETS,
    *patient.TARGETS,
)
TARGETS: tuple[Target, ...] = tuple(sorted(_ALL, key=lambda target: int(target.number.removeprefix("V"))))
