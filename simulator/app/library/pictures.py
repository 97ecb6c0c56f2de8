"""Pictures of cases: a radiograph of the patient once there is one, before that a drawing.

Radiographs are kept in the user's cache by what decides the patient, so that each is exposed once.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image
from PySide6 import QtCore, QtGui

from anatomy.spec import PatientSpec
from scenarios.cases import UnusablePatientError
from scenarios.schema import PatientFile, Scenario
from simulator.app import theme
from simulator.app.library.attempts import write_whole
from simulator.app.library.background import ONE_PATIENT
from simulator.app.library.schematic import Kind, schematic
from simulator.engine import imported_patient, patient_cache
from simulator.engine.patient_cache import user_cache
from simulator.imaging.heap import give_back_free_memory
from simulator.imaging.radiograph import lateral

FIELD_MM = (150.0, 125.0)
"""Open field at the detector, height and width: the target between its neighbours."""
PULSES = 6
RECIPE = 1
"""Raised whenever the same patient would give another picture."""

FILLS: dict[Kind, tuple[str, str]] = {
    "bone": (theme.FIELD, theme.QUIET), "target": (theme.FILLED, theme.ACCENT),
    "lesion": (theme.GROUND, theme.WARNING),
    "cement": (theme.QUIET, theme.TEXT), "cleft": (theme.GROUND, theme.ACCENT),
}  # fmt: skip


def radiograph_path(scenario: Scenario) -> Path | None:
    """Where the radiograph of a case's patient is kept, or would be; None where nothing is kept."""
    patients = user_cache()
    if patients is None:
        return None
    who = scenario.patient
    key = patients.path(who).stem if isinstance(who, PatientSpec) else who.digest
    name = hashlib.sha256(f"{RECIPE} {FIELD_MM} {key}".encode()).hexdigest()[:40]
    return patients.folder.parent / "desktop" / "radiographs" / f"{name}.png"


def can_expose(scenario: Scenario) -> bool:
    """Whether a radiograph can be had without building a patient, and kept."""
    patients = user_cache()
    if patients is None:
        return False
    return isinstance(scenario.patient, PatientFile) or patients.path(scenario.patient).exists()


def expose(scenario: Scenario) -> bool:
    """Expose the radiograph of a case's patient and keep it; False where that is not possible. Takes seconds."""
    path = radiograph_path(scenario)
    if path is None or not can_expose(scenario):
        return False
    with ONE_PATIENT:
        try:
            patient = imported_patient.patient_of(scenario, patient_cache.patient_of)
        except UnusablePatientError:
            return False
        grey = lateral(patient, FIELD_MM, pulses=PULSES)
        del patient
        give_back_free_memory()
    held = io.BytesIO()
    Image.fromarray(grey).save(held, "PNG")
    return write_whole(path, held.getvalue())


def kept_radiograph(scenario: Scenario) -> QtGui.QImage | None:
    """The radiograph that is kept; None where there is none, or no picture in its file."""
    path = radiograph_path(scenario)
    image = QtGui.QImage(str(path)) if path is not None and path.exists() else QtGui.QImage()
    return None if image.isNull() else image


def drawn(scenario: Scenario | None, size: QtCore.QSize, ratio: float = 1.0) -> QtGui.QPixmap:
    """The drawing of a case; an empty frame for a file that cannot be read."""
    pixmap = QtGui.QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QtGui.QColor(theme.GROUND))
    if scenario is None:
        return pixmap
    found = schematic(scenario)
    painter = QtGui.QPainter(pixmap)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    for shape in found.shapes:
        fill, line = FILLS[shape.kind]
        painter.setBrush(QtGui.QColor(fill))
        painter.setPen(QtGui.QPen(QtGui.QColor(line), 1.2))
        painter.drawPolygon(
            QtGui.QPolygonF([QtCore.QPointF(x * size.width(), y * size.height()) for x, y in shape.points])
        )
    font = painter.font()
    font.setPixelSize(max(8, size.width() // 7))
    painter.setFont(font)
    painter.setPen(QtGui.QColor(theme.TEXT))
    for name, down in found.names:
        box = QtCore.QRectF(1.0, (down - 0.1) * size.height(), 0.3 * size.width(), 0.2 * size.height())
        painter.drawText(box, QtCore.Qt.AlignmentFlag.AlignCenter, name)
    painter.end()
    return pixmap


def fitted(image: QtGui.QImage, size: QtCore.QSize, ratio: float = 1.0) -> QtGui.QPixmap:
    """A radiograph that fills a place, its middle kept."""
    whole = size * ratio
    fill, smooth = QtCore.Qt.AspectRatioMode.KeepAspectRatioByExpanding, QtCore.Qt.TransformationMode
    larger = image.scaled(whole, fill, smooth.SmoothTransformation)
    left, top = (larger.width() - whole.width()) // 2, (larger.height() - whole.height()) // 2
    pixmap = QtGui.QPixmap.fromImage(larger.copy(left, top, whole.width(), whole.height()))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
