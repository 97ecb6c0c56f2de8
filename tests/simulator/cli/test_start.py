"""A command loads what it needs and no more."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numba", "vtk", "vtkmodules", "matplotlib", "scipy", "pydicom", "PySide6")


def test_scenario_list_loads_nothing_heavy() -> None:
    """The shortest answer needs neither projector nor drawing nor DICOM."""
    code = (
        "import sys\nfrom simulator.cli.app import main\nmain(['scenario', 'list', '--format', 'plain'])\n"
        f"print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "kyphoplasty-l1-wedge" in said.stdout
    assert said.stderr.strip() == ""
