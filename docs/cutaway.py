"""Draw a vertebra cut open, off screen: ``python docs/cutaway.py SCENE.npz IMAGE.png SIZE``.

Seen from the patient's right, somewhat from behind and above, so that the front lies on the right as in a lateral
picture. The right half of the bone is taken away; what is left of the treated body is half transparent. A process
of its own, because a machine without OpenGL can crash it in C.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pyvista as pv
from looks import BALLOON, CAVITY, CEMENT, LEAKS
from numpy.typing import NDArray

BACKGROUND, BONE, BODY, STEEL = "#16191d", "#d9cfbd", "#e6dcc8", "#9aa3ab"
FROM = (300.0, -150.0, 115.0)
LOOK_AT = (0.0, -9.0, 0.0)
HALF_HEIGHT_MM = 39.0
CANNULA_MM = 1.6


def main(scene: str, image: str, size: int) -> None:
    """One picture of a saved scene."""
    data = np.load(scene)
    plotter = pv.Plotter(off_screen=True, window_size=[2 * size, 2 * size])
    plotter.set_background(BACKGROUND)
    plotter.enable_depth_peeling(8)
    cut = (float(data["cut_x_mm"]), 0.0, 0.0)
    bone = _surface(data, "bone", 0.5, "bone_")
    if bone is not None:
        left = bone.clip_closed_surface(normal="-x", origin=cut)
        plotter.add_mesh(left, color=BONE, smooth_shading=True, split_sharp_edges=True, specular=0.1, ambient=0.16)
    body = _surface(data, "body", 0.5)
    if body is not None:
        shell = body.clip("x", origin=cut, invert=True)
        plotter.add_mesh(shell, color=BONE, smooth_shading=True, specular=0.1, ambient=0.16)
        plotter.add_mesh(body, color=BODY, smooth_shading=True, opacity=0.28, specular=0.05, ambient=0.3)
    parts: list[tuple[str, str, float, float]] = [
        ("cavity", CAVITY, 0.5, 0.16 if "cement" in data and data["cement"].max() > 0.4 else 0.45),
        ("balloon", BALLOON, 0.5, 0.85),
        ("cement", CEMENT, 0.4, 1.0),
    ]
    parts += [(f"leak {name}", colour, 0.25, 1.0) for name, colour in LEAKS.items()]
    for name, colour, level, opacity in parts:
        mesh = _surface(data, name, level)
        if mesh is not None:
            plotter.add_mesh(mesh, color=colour, smooth_shading=True, opacity=opacity, specular=0.25, ambient=0.15)
    for x0, y0, z0, x1, y1, z1, radius in data["rods"]:
        rod = pv.Line((x0, y0, z0), (x1, y1, z1)).tube(radius=radius, n_sides=28, capping=True)
        plotter.add_mesh(rod, color=STEEL, smooth_shading=True, specular=0.9, specular_power=20)
    plotter.camera_position = [FROM, LOOK_AT, (0.0, 0.0, 1.0)]
    plotter.camera.parallel_projection = True
    plotter.camera.parallel_scale = HALF_HEIGHT_MM
    plotter.enable_anti_aliasing("ssaa")
    plotter.screenshot(image)
    plotter.close()


def _surface(data: Any, name: str, level: float, grid_of: str = "") -> pv.PolyData | None:
    """The surface of a named array of the scene; None where it has none. grid_of: before the names of its grid."""
    if name not in data:
        return None
    array: NDArray[np.float32] = data[name]
    if array.max() <= level:
        return None
    origin, spacing = data[f"{grid_of}origin_mm"], data[f"{grid_of}voxel_mm"]
    array = np.pad(array, 1)  # so that surfaces are closed
    grid = pv.ImageData(dimensions=array.shape, origin=origin - spacing, spacing=spacing)
    grid.point_data["values"] = array.ravel(order="F")
    surface = grid.contour([level], scalars="values")
    return surface.smooth_taubin(n_iter=20, pass_band=0.12) if surface.n_points else None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
