"""Where the veins of the spine run and how wide they are: builds the graph of veins.py for one patient.

Courses: anatomy section 5. Basivertebral veins form a Y in the body; the epidural plexus is a pair of channels 8
to 10 mm beside the midline, joined behind every body; from it veins leave through the foramina. Lumbar veins run
on the waist of the bodies to the vena cava, ascending lumbar veins between psoas and transverse processes;
intercostal veins lead to azygos (right in front of T5 to T12), hemiazygos (T9 to T12, left) and accessory
hemiazygos (T4 to T8).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np

from anatomy import frames, shapes
from anatomy.body import vessels
from anatomy.body.thorax import heart_place, hilum_mm, place_in_chest
from anatomy.body.trunk import Trunk
from anatomy.body.veins import Evidence, Kind, Vein, VenousGraph
from anatomy.body.vessels import OFF_BONE_MM, beside_body
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.skeleton.vertebra import Vertebra, side_sign
from anatomy.spec import LEVELS, SIDES, Level, Side

DRAINED: tuple[Level, ...] = LEVELS[LEVELS.index("T4") :]
_LUMBAR = [level for level in DRAINED if level.startswith("L")]
_THORACIC = [level for level in DRAINED if level.startswith("T")]
_CAVA: tuple[Level, ...] = ("L4", "L3", "L2", "L1", "T12", "T11", "T10")

# Diameters, mm; see veins.py for what is published.
_TRUNK_MM, _ARM_MM, _BRIDGE_MM = 2.2, 1.5, 2.0
_EPIDURAL_MM, _FORAMINAL_MM, _EXTERNAL_MM = 3.5, 2.0, 1.6
_LUMBAR_MM, _INTERCOSTAL_MM, _ASCENDING_MM = 3.0, 2.6, 3.5
_AZYGOS_MM: dict[str, float] = {"T12": 5.0, "T11": 5.6, "T10": 6.3, "T9": 7.2, "T8": 8.0, "T7": 8.5, "T6": 9.0,
                                "T5": 9.5, "T4": 9.8}  # fmt: skip
_HEMIAZYGOS_MM = {"T12": 4.2, "T11": 4.6, "T10": 5.0, "T9": 5.4}
_ACCESSORY_MM = {"T4": 3.2, "T5": 3.5, "T6": 3.8, "T7": 4.1, "T8": 4.5}
_CAVA_MM, _ILIAC_MM, _SUPERIOR_CAVA_MM, _NECK_MM = 19.0, 13.0, 18.0, 4.5
_HEART_MM, _TRUNK_PULMONARY_MM, _PULMONARY_MM = 30.0, 26.0, 22.0

# Nominal inflow, ml/min (unconfirmed): marrow and cord of a level, body wall of a side, great veins' branches.
_MARROW, _CORD, _CHEST_WALL, _LOIN_WALL = 3.0, 1.0, 12.0, 15.0
_LEG, _KIDNEYS, _LIVER, _HEAD_AND_ARMS, _HEART_WALL = 400.0, 1000.0, 1400.0, 1400.0, 250.0

AZYGOS_ANGLE_DEG, _HEMIAZYGOS_ANGLE_DEG = 22.0, -78.0  # from the front of the body to the right
_LATERAL_DEG, _WAIST_DEG = 118.0, 92.0
_VEIN_Z_MM = 2.0  # segmental veins above their arteries


@dataclass
class _Drawing:
    """A graph while it is being drawn."""

    nodes: dict[str, FloatArray] = field(default_factory=dict)
    veins: list[Vein] = field(default_factory=list)
    inflow: dict[str, float] = field(default_factory=dict)

    def node(self, name: str, place_mm: FloatArray, inflow_ml_min: float = 0.0) -> None:
        self.nodes[name] = np.asarray(place_mm, dtype=float)
        if inflow_ml_min:
            self.inflow[name] = inflow_ml_min

    def vein(
        self,
        start: str,
        end: str,
        kind: Kind,
        diameter_mm: float,
        *between: FloatArray,
        evidence: Evidence = "unconfirmed",
        is_valveless: bool = False,
    ) -> None:
        points = np.vstack([self.nodes[start], *(np.atleast_2d(b) for b in between), self.nodes[end]])
        line = shapes.spline(points, 3) if len(points) > 2 else points
        self.veins.append(Vein(start, end, kind, diameter_mm, line, evidence, is_valveless))


def venous_graph(spine: Column, outline: Trunk) -> VenousGraph:
    """The veins of one patient."""
    g = _Drawing()
    _great_veins(g, spine, outline)
    _iliac_veins(g, spine)
    for level in DRAINED:
        _body_and_canal(g, spine.vertebrae[level])
        for side in SIDES:
            _beside(g, spine.vertebrae[level], side)
    _azygos(g, spine)
    for upper, lower in itertools.pairwise(DRAINED):
        _between_levels(g, spine.vertebrae[upper], spine.vertebrae[lower])
    for side in SIDES:
        g.vein(f"T4 epidural {side}", "superior vena cava", "epidural", _NECK_MM,
               _in_patient(spine.vertebrae["T1"], _epidural(spine.vertebrae["T1"], side, 0.0)))  # fmt: skip
    return VenousGraph(g.nodes, tuple(g.veins), g.inflow)


def _in_patient(v: Vertebra, local: FloatArray) -> FloatArray:
    return frames.apply(v.patient_from_vertebra, local)


def _great_veins(g: _Drawing, spine: Column, t: Trunk) -> None:
    """Both venae cavae, right heart, and the way into the lungs."""
    atrium, ventricle, trunk = (heart_place(t, part) for part in ("right atrium", "right ventricle", "trunk"))
    g.node("right atrium", atrium, _HEART_WALL)
    g.node("right ventricle", ventricle)
    g.node("pulmonary trunk", trunk)
    g.node("superior vena cava", place_in_chest(t, 24.0, 40.0, t.z_of["T4"] - 2.0), _HEAD_AND_ARMS)
    cava = vessels.inferior_vena_cava(spine)
    for level in _CAVA:
        at = frames.apply(frames.inverse(spine.vertebrae[level].patient_from_vertebra), cava.line_mm)[:, 2]
        inflow = {"L1": _KIDNEYS, "T10": _LIVER}.get(level, 0.0)
        g.node(f"vena cava {level}", cava.line_mm[np.argmin(np.abs(at))], inflow)
    g.node("confluence of the iliac veins", cava.line_mm[0])
    chain = ["confluence of the iliac veins", *(f"vena cava {level}" for level in _CAVA)]
    for start, end in itertools.pairwise(chain):
        g.vein(start, end, "vena cava", _CAVA_MM, evidence="published")
    g.vein(chain[-1], "right atrium", "vena cava", _CAVA_MM, evidence="published")
    g.vein("superior vena cava", "right atrium", "heart", _SUPERIOR_CAVA_MM)
    g.vein("right atrium", "right ventricle", "heart", _HEART_MM)
    g.vein("right ventricle", "pulmonary trunk", "heart", _HEART_MM)
    g.node("pulmonary bifurcation", place_in_chest(t, -10.0, 36.0, t.z_of["T6"] + 8.0))
    g.vein("pulmonary trunk", "pulmonary bifurcation", "lung", _TRUNK_PULMONARY_MM)
    for side in SIDES:
        g.node(f"lung {side}", hilum_mm(t, side_sign(side)))
        g.vein("pulmonary bifurcation", f"lung {side}", "lung", _PULMONARY_MM)


def _iliac_veins(g: _Drawing, spine: Column) -> None:
    """Common iliac veins, behind and beside the arteries; the left one crosses the front of L5."""
    sacrum, l5 = spine.patient_from_sacrum, spine.vertebrae["L5"]
    for side in SIDES:
        s = side_sign(side)
        g.node(f"iliac vein {side}", frames.apply(sacrum, (s * 36.0, 16.0, -18.0)), _LEG)
        on_l5 = beside_body(l5, s * np.radians(34.0), 3.0 + 0.5 * _ILIAC_MM)
        way = _in_patient(l5, on_l5 - (0.0, 0.0, 0.35 * l5.size.rim_height_mm))
        g.vein(f"iliac vein {side}", "confluence of the iliac veins", "iliac", _ILIAC_MM, way)


def _epidural(v: Vertebra, side: Side, z: float) -> FloatArray:
    """Middle of an epidural channel at a height: nearer to the midline behind the body than at its ends."""
    at_ends = min(abs(z) / (0.5 * v.size.rim_height_mm), 1.0)
    x = min(8.0 + 2.0 * at_ends, 0.5 * v.size.canal_width_mm - 1.5)
    return np.array([side_sign(side) * x, v.posterior_wall_y_mm - 1.6, z])


def _under_pedicle_z(v: Vertebra) -> float:
    d = v.size
    return d.pedicle_center_z_above_midbody_mm - 0.5 * d.pedicle_height_mm - 3.0


def _body_and_canal(g: _Drawing, v: Vertebra) -> None:
    """The basivertebral Y, and the epidural channels behind it."""
    d, wall, level = v.size, v.posterior_wall_y_mm, v.level
    z = 0.04 * d.rim_height_mm
    g.node(f"{level} body", _in_patient(v, np.array([0.0, wall + 12.4, z])), _MARROW)
    g.node(f"{level} basivertebral foramen", _in_patient(v, np.array([0.0, wall - 0.5, z])))
    g.node(f"{level} front", _in_patient(v, beside_body(v, 0.0, 1.0, z)))
    g.vein(f"{level} body", f"{level} basivertebral foramen", "basivertebral", _TRUNK_MM, is_valveless=True)
    g.vein(f"{level} body", f"{level} front", "basivertebral", _ARM_MM, evidence="published", is_valveless=True)
    for side in SIDES:
        node = f"{level} epidural {side}"
        g.node(node, _in_patient(v, _epidural(v, side, _under_pedicle_z(v))), _CORD)
        g.vein(f"{level} basivertebral foramen", node, "epidural", _BRIDGE_MM,
               _in_patient(v, _epidural(v, side, z)), is_valveless=True)  # fmt: skip


def _beside(g: _Drawing, v: Vertebra, side: Side) -> None:
    """Foraminal vein, segmental vein on the waist, and the veins on the front of the body."""
    d, s, level = v.size, side_sign(side), v.level
    lumbar = v.region == "L"
    outer = 0.5 * (d.pedicle_center_to_center_mm + d.pedicle_width_mm)
    low, wall = _under_pedicle_z(v), v.posterior_wall_y_mm
    lateral, waist = f"{level} lateral {side}", f"{level} waist {side}"
    place = (s * (outer + 3.0), wall - 3.5, d.pedicle_center_z_above_midbody_mm if lumbar else low)
    g.node(lateral, _in_patient(v, np.array(place)), _LOIN_WALL if lumbar else _CHEST_WALL)
    radius = 0.5 * (_LUMBAR_MM if lumbar else _INTERCOSTAL_MM)
    off = OFF_BONE_MM + radius
    g.node(waist, _in_patient(v, beside_body(v, s * np.radians(_WAIST_DEG), off, _VEIN_Z_MM)))
    under, out = s * (outer - 0.5 * d.pedicle_width_mm), s * (outer + 2.5)
    below = _in_patient(v, np.array([(under, wall - 3.0, low), (out, wall - 3.0, low - (1.0 if lumbar else 0.0))]))
    g.vein(f"{level} epidural {side}", lateral, "foraminal", _FORAMINAL_MM, below[: 2 if lumbar else 1],
           is_valveless=True)  # fmt: skip
    if level != "L5":
        behind = _in_patient(v, beside_body(v, s * np.radians(_LATERAL_DEG), off, _VEIN_Z_MM))
        g.vein(lateral, waist, "segmental", 2.0 * radius, behind, is_valveless=True)
    arm = _in_patient(v, beside_body(v, s * np.radians(60.0), -6.0, _VEIN_Z_MM))
    g.vein(f"{level} body", waist, "basivertebral", _ARM_MM, arm, evidence="published", is_valveless=True)
    angles = s * np.radians([25.0, 55.0, 75.0])
    g.vein(f"{level} front", waist, "external", _EXTERNAL_MM,
           _in_patient(v, beside_body(v, angles, 1.0, _VEIN_Z_MM)), is_valveless=True)  # fmt: skip
    if lumbar:
        _to_the_cava(g, v, side, off)


def _to_the_cava(g: _Drawing, v: Vertebra, side: Side, off: float) -> None:
    """A lumbar vein from the waist to the vena cava, the left one behind the aorta; L5 to the iliac vein."""
    level = v.level
    if level == "L5":
        g.vein(f"L5 waist {side}", f"iliac vein {side}", "segmental", _LUMBAR_MM)
        return
    stops = [75.0, 60.0] if side == "right" else [-75.0, -50.0, -25.0, 0.0, 25.0]
    course = beside_body(v, np.radians(stops), off, _VEIN_Z_MM)
    g.vein(f"{level} waist {side}", f"vena cava {level}", "segmental", _LUMBAR_MM, _in_patient(v, course))


def _azygos(g: _Drawing, spine: Column) -> None:
    """Azygos, hemiazygos and accessory hemiazygos, what they receive, and the arch to the superior vena cava."""
    for level in _THORACIC:
        v = spine.vertebrae[level]
        azygos = 0.5 * _AZYGOS_MM[level]
        g.node(f"azygos {level}", _in_patient(v, beside_body(v, np.radians(AZYGOS_ANGLE_DEG), 1.0 + azygos)))
        left = 0.5 * {**_HEMIAZYGOS_MM, **_ACCESSORY_MM}[level]
        g.node(_left_chain(level), _in_patient(v, beside_body(v, np.radians(_HEMIAZYGOS_ANGLE_DEG), 1.0 + left)))
        off = OFF_BONE_MM + 0.5 * _INTERCOSTAL_MM
        course = beside_body(v, np.radians([75.0, 50.0]), off, _VEIN_Z_MM)
        g.vein(f"{level} waist right", f"azygos {level}", "segmental", _INTERCOSTAL_MM, _in_patient(v, course))
        g.vein(f"{level} waist left", _left_chain(level), "segmental", _INTERCOSTAL_MM)
    for lower, upper in itertools.pairwise(_THORACIC[::-1]):
        g.vein(f"azygos {lower}", f"azygos {upper}", "azygos", _AZYGOS_MM[upper],
               evidence="published" if upper in ("T5", "T6", "T7", "T8") else "unconfirmed")  # fmt: skip
        if lower in ("T12", "T11", "T10"):
            g.vein(_left_chain(lower), _left_chain(upper), "azygos", _HEMIAZYGOS_MM[upper], evidence="published")
        elif lower != "T9":  # the accessory vein runs down
            g.vein(_left_chain(upper), _left_chain(lower), "azygos", _ACCESSORY_MM[lower])
    for level, diameter in (("T9", 5.4), ("T8", 4.5)):
        v = spine.vertebrae[level]
        across = beside_body(v, np.radians([-50.0, -25.0, 0.0]), 1.0 + 0.5 * diameter)
        g.vein(_left_chain(level), f"azygos {level}", "azygos", diameter, _in_patient(v, across))
    arch = beside_body(spine.vertebrae["T4"], np.radians(55.0), 16.0, None) + (0.0, 0.0, 8.0)
    g.vein("azygos T4", "superior vena cava", "azygos", _AZYGOS_MM["T4"],
           _in_patient(spine.vertebrae["T4"], arch), evidence="published")  # fmt: skip


def _left_chain(level: Level) -> str:
    return f"hemiazygos {level}" if level in _HEMIAZYGOS_MM else f"accessory hemiazygos {level}"


def _between_levels(g: _Drawing, upper: Vertebra, lower: Vertebra) -> None:
    """Channels that join a level to the one above: epidural, ascending lumbar, and on the front."""
    for side in SIDES:
        half = 0.5 * lower.size.rim_height_mm
        course = [_in_patient(lower, _epidural(lower, side, z)) for z in (0.0, half)]
        ends = (f"{lower.level} epidural {side}", f"{upper.level} epidural {side}")
        g.vein(*ends, "epidural", _EPIDURAL_MM, *course,
               evidence="published", is_valveless=True)  # fmt: skip
        if lower.level in _LUMBAR and upper.level in _LUMBAR:
            g.vein(f"{lower.level} lateral {side}", f"{upper.level} lateral {side}", "ascending lumbar",
                   _ASCENDING_MM, evidence="published", is_valveless=True)  # fmt: skip
        elif lower.level == "L1":
            into = "azygos T12" if side == "right" else _left_chain("T12")
            g.vein(f"L1 lateral {side}", into, "ascending lumbar", _ASCENDING_MM, evidence="published")
        if lower.level == "L5":
            g.vein(
                f"L5 lateral {side}", f"iliac vein {side}", "ascending lumbar", _ASCENDING_MM, is_valveless=True
            )
    rim = _in_patient(lower, beside_body(lower, 0.0, 1.0) + (0.0, 0.0, 0.5 * lower.size.rim_height_mm))
    g.vein(f"{lower.level} front", f"{upper.level} front", "external", _EXTERNAL_MM, rim, is_valveless=True)
