"""Draw the surface of bone off screen: ``python docs/bone_surface.py BONE.npz IMAGE.png SIZE``.

A process of its own, because a machine without OpenGL can crash it in C.
"""

from __future__ import annotations

import sys

import numpy as np
import pyvista as pv

BONE = "#e6dfd2"
FROM = (-300.0, 330.0, 90.0)  # mm: from the front, the left and slightly above
HALF_HEIGHT_MM = 47.0


def main(bone: str, image: str, size: int) -> None:
    """One view of what holds more mineral than the level, lit from the front."""
    data = np.load(bone)
    grid = pv.ImageData(dimensions=data["mineral"].shape, origin=data["origin_mm"], spacing=data["voxel_mm"])
    grid.point_data["mineral"] = data["mineral"].ravel(order="F")
    surface = grid.contour([float(data["level"])], scalars="mineral").smooth_taubin(n_iter=12, pass_band=0.15)
    plotter = pv.Plotter(off_screen=True, window_size=[2 * size, 2 * size])
    plotter.set_background("#202020")
    plotter.add_mesh(surface, color=BONE, smooth_shading=True, specular=0.15, ambient=0.15)
    plotter.camera_position = [FROM, (0.0, -14.0, 0.0), (0.0, 0.0, 1.0)]
    plotter.camera.parallel_projection = True
    plotter.camera.parallel_scale = HALF_HEIGHT_MM
    plotter.screenshot(image)
    plotter.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
