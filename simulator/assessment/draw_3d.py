"""Draw a saved scene off screen: ``python -m simulator.assessment.draw_3d SCENE.npz VIEW.png BEHIND LEFT``."""

from __future__ import annotations

import sys

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

SIZE = (1500, 620)
BONE, CEMENT, LEAK, STEEL = "#e8dcc4", "#2f7fd6", "#d62728", "#8d99a6"


def main(scene: str, image: str, behind: str, left: str) -> None:
    """Two views of the treated segment side by side: from behind and from the left side, cut open.

    behind, left: what is written under them.
    """
    data = np.load(scene)
    bone = surface(data["bone"], data["bone_origin"], data["bone_spacing"], 0.0)
    bone = bone.clip_box([-200, 200, -200, 200, -42, 42], invert=False).extract_surface(algorithm=None)
    parts = {
        CEMENT: surface(data["cement"], data["cement_origin"], data["cement_spacing"], 0.35),
        LEAK: surface(data["leak"], data["cement_origin"], data["cement_spacing"], 0.2),
    }
    plotter = pv.Plotter(off_screen=True, shape=(1, 2), window_size=list(SIZE), border=False)
    views = (((-190, -330, 170), behind), ((-420, -60, 60), left))
    for column, (position, title) in enumerate(views):
        plotter.subplot(0, column)
        plotter.set_background("white")
        shown = bone if column == 0 else bone.clip("x", origin=(1.0, 0, 0), invert=False)
        plotter.add_mesh(
            shown, color=BONE, smooth_shading=True, opacity=0.38 if column == 0 else 1.0, specular=0.1
        )
        for colour, mesh in parts.items():
            if mesh.n_points:
                plotter.add_mesh(mesh, color=colour, smooth_shading=True, specular=0.4)
        for x0, y0, z0, x1, y1, z1 in data["needles"]:
            tube = pv.Line((x0, y0, z0), (x1, y1, z1)).tube(radius=1.6, n_sides=24)
            plotter.add_mesh(tube, color=STEEL, smooth_shading=True, specular=0.8)
        plotter.add_text(title, position="lower_left", font_size=9, color="#1c2733")
        plotter.camera_position = [position, (0, -16, 0), (0, 0, 1)]
        plotter.camera.zoom(1.35)
    plotter.screenshot(image)
    plotter.close()


def surface(
    array: NDArray, origin: NDArray, spacing: NDArray, level: float, *, smooth: bool = True
) -> pv.PolyData:
    """The surface at a level of values (i, j, k), mm; empty where none reaches it."""
    grid = pv.ImageData(dimensions=array.shape, origin=tuple(origin), spacing=tuple(spacing))
    grid.point_data["values"] = array.ravel(order="F")
    if array.max() <= level:
        return pv.PolyData()
    found = grid.contour([level], scalars="values")
    return found.smooth_taubin(n_iter=20, pass_band=0.12) if smooth and found.n_points else found


if __name__ == "__main__":
    main(*sys.argv[1:5])
