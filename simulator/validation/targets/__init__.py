"""All validation targets, in order. A module a theme; each offers ``TARGETS``."""

from __future__ import annotations

from simulator.validation.target import Target
from simulator.validation.targets import flow, heat, patient

TARGETS: tuple[Target, ...] = tuple(
    sorted(
        (*flow.TARGETS, *heat.TARGETS, *patient.TARGETS), key=lambda target: int(target.number.removeprefix("V"))
    )
)
