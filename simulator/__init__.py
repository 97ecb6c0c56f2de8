"""The machine that plays and judges. The handful of names that a script needs:

    from simulator import find_case, make_case, new_session, perform, read_recording, score, verify

Names are loaded when they are asked for, so that importing one room does not load the others. Examples that run
are in docs/python-api.md.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

# Pictures are drawn by threads of their own; linear algebra that brings more of them halves the frame rate. Only
# has an effect where NumPy has not been loaded yet, and does not overrule the user.
for _library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_library, "1")

_PLACES = {
    "find_case": ("scenarios.cases", "find"),
    "make_case": ("simulator.engine.case", "make_case"),
    "new_session": ("simulator.engine.session", "new_session"),
    "perform": ("simulator.assessment.trainees.procedure", "perform"),
    "read_recording": ("simulator.engine.recording", "read"),
    "replay": ("simulator.engine.replay", "replay"),
    "score": ("simulator.assessment.score", "score"),
    "verify": ("simulator.engine.replay", "verify"),
}

__all__ = [
    "find_case",
    "make_case",
    "new_session",
    "perform",
    "read_recording",
    "replay",
    "score",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}; it offers {', '.join(_PLACES)}")
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)
