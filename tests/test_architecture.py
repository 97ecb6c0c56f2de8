"""The house's walls: who may import whom, and that the engine loads without anything that draws."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Lowest first; rooms on one floor do not import each other. The first prefix that fits decides.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("anatomy",),
    ("scenarios",),
    ("simulator.physics", "simulator.imaging"),
    ("simulator.devices",),
    ("simulator.engine",),
    ("simulator.assessment",),
    ("simulator.app",),
    ("simulator.bench", "simulator.validation"),
    ("simulator.cli",),
)
OURS = ("anatomy", "scenarios", "simulator")
DRAWING = ("pyvista", "vtk", "vtkmodules", "PySide6", "PyQt6", "qtpy", "pyvistaqt", "pygame")
MAY_DRAW = ("simulator.app", "simulator.assessment.draw_3d")
FRONT_DOOR = "simulator"  # simulator/__init__.py resolves names lazily and imports nothing at load


def floor_of(module: str) -> int | None:
    """The floor a module lives on, None for modules that are not ours (or the front door)."""
    for number, rooms in enumerate(FLOORS):
        if any(module == room or module.startswith(room + ".") for room in rooms):
            return number
    return None


def room_of(module: str) -> str:
    """The room a module lives in."""
    rooms = [room for rooms in FLOORS for room in rooms if module == room or module.startswith(room + ".")]
    return rooms[0] if rooms else module


def imported(source: str) -> list[str]:
    """Modules that a source text imports, wherever in the file."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.append(str(node.module))
            names += [f"{node.module}.{alias.name}" for alias in node.names if node.module in OURS]
    return names


def offences(module: str, source: str) -> list[str]:
    """What a module imports that it must not, in words."""
    own, found = floor_of(module), []
    for name in imported(source):
        if name.split(".")[0] in DRAWING and not module.startswith(MAY_DRAW):
            found.append(f"{module} imports {name}; drawing belongs in {' and '.join(MAY_DRAW)}")
        other = floor_of(name)
        if own is None or other is None:
            continue
        if other > own:
            found.append(f"{module} imports {name} from a higher floor")
        elif other == own and room_of(name) != room_of(module):
            found.append(f"{module} imports {name} from the room next door")
    return found


def modules() -> list[tuple[str, Path]]:
    """All our modules by dotted name."""
    found = []
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found


def test_nobody_imports_from_above_or_next_door() -> None:
    """Every module imports only from below, and drawing libraries only where drawing is done."""
    found = [offence for module, path in modules() for offence in offences(module, path.read_text())]
    assert not found, "\n".join(found)
    assert len(modules()) > 80  # the walk did find the house


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("anatomy.skeleton.spine", "from simulator.imaging import projector"),
        ("simulator.physics.cure", "import simulator.engine.state"),
        ("simulator.physics.cure", "def f():\n    from simulator.imaging.view import View"),
        ("simulator.engine.step", "import pyvista as pv"),
        ("simulator.engine.step", "from PySide6 import QtCore"),
        ("simulator.devices.needle", "from simulator.assessment.score import score"),
        ("scenarios.schema", "from simulator.engine import case"),
    ],
)
def test_a_planted_offence_is_caught(module: str, source: str) -> None:
    """The guard stands in front of the gate: forbidden imports are reported, also inside functions."""
    assert offences(module, source)


def test_allowed_imports_are_allowed() -> None:
    """Imports from below, from the own room and of other libraries are nobody's offence."""
    source = "import numpy\nfrom anatomy.volume import Grid\nfrom simulator.physics import filling\n"
    assert not offences("simulator.devices.cement", source)


LOADS = (
    "import sys, simulator.engine.session, simulator.assessment.score, simulator.assessment.trainees.procedure\n"
)
ASKS = "print(sorted(m for m in sys.modules if m.split('.')[0] in {names}))\n"


def loaded_drawing_modules(extra: str = "") -> str:
    """Drawing modules in a fresh interpreter that has loaded engine, metrics and trainees, as printed text."""
    code = LOADS + extra + ASKS.format(names=(*DRAWING, "matplotlib"))
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_engine_and_scoring_load_without_anything_that_draws() -> None:
    """Playing and scoring need neither PyVista, VTK, Qt nor matplotlib."""
    assert loaded_drawing_modules() == "[]"


def test_a_planted_drawing_import_is_noticed() -> None:
    """The check above does see a library that was loaded."""
    assert "matplotlib" in loaded_drawing_modules("import matplotlib\n")


def test_the_front_door_offers_what_it_says() -> None:
    """Every name of ``simulator.__all__`` can be had, and a wrong one is answered with those that can."""
    import simulator

    for name in simulator.__all__:
        assert callable(getattr(simulator, name))
    with pytest.raises(AttributeError, match="it offers find_case"):
        simulator.find_cases  # noqa: B018
