"""The treated vertebra in three dimensions: bone, needle paths, cement and leaks, drawn off screen.

PyVista and VTK are used here and nowhere else below the desktop. A machine without OpenGL can crash the whole
process in C, which Python cannot catch; so the picture is drawn in a process of its own, and where that fails
the report says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from scenarios.wording import Texts
from simulator.assessment.charts import png_url
from simulator.assessment.evidence import Evidence
from simulator.devices.ground import LEAK_REGIONS
from simulator.engine.case import Case
from simulator.engine.leaks import to_be_seen
from simulator.engine.state import State

TIMEOUT_S = 90.0
NEEDS = "an OpenGL driver (on Debian and Ubuntu: libegl1 and libgl1-mesa-dri)"


def picture(case: Case, state: State, evidence: Evidence, say: Texts) -> tuple[str | None, str]:
    """(data URL of the picture, "") or (None, why there is none, in English)."""
    with tempfile.TemporaryDirectory() as folder:
        scene, image = Path(folder) / "scene.npz", Path(folder) / "view.png"
        _save_scene(case, state, evidence, scene)
        names = [say(f"report_chart.{view}") for view in ("from_behind", "from_left")]
        environment = {**os.environ, "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow"}
        try:
            done = subprocess.run(
                [sys.executable, "-m", "simulator.assessment.draw_3d", str(scene), str(image), *names],
                capture_output=True, timeout=TIMEOUT_S, check=False, env=environment,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return None, f"drawing took longer than {TIMEOUT_S:.0f} s"
        if done.returncode != 0 or not image.exists():
            return None, f"this machine could not draw in 3D; it needs {NEEDS}"
        return png_url(image.read_bytes()), ""


def _save_scene(case: Case, state: State, evidence: Evidence, path: Path) -> None:
    """Arrays that ``draw_3d`` draws, all on one axis-aligned grid."""
    now = case.ground.at(state.amplitude)
    grid = case.patient.bone_distance.grid
    filling, regions = to_be_seen(now, state)
    cement, leaked = filling.on_grid() / now.grid.voxel_ml, np.isin(now.label, LEAK_REGIONS)
    leaked[filling.window] = np.isin(regions, LEAK_REGIONS)
    needles = []
    for side in ("left", "right"):
        rows = [s[f"needle_{side}"] for s in evidence.samples if f"needle_{side}" in s]
        if rows:
            deepest = max(rows, key=lambda row: row["depth_mm"])
            tip, way = np.array(deepest["tip_mm"]), np.array(deepest["direction"])
            needles.append([*(tip - 75.0 * way), *tip])
    np.savez(
        path,
        bone=-case.patient.bone_distance.array,
        bone_origin=grid.patient_from_voxel[:3, 3],
        bone_spacing=grid.voxel_mm,
        cement=np.where(leaked, 0.0, cement).astype(np.float32),
        leak=np.where(leaked, cement, 0.0).astype(np.float32),
        cement_origin=now.grid.patient_from_voxel[:3, 3],
        cement_spacing=now.grid.voxel_mm,
        needles=np.array(needles).reshape(-1, 6),
        target_z=json.dumps([-38.0, 38.0]),
    )
