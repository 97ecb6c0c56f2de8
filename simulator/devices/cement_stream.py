"""Cement on its way through one cannula: how warm it is, and how far cured, where it has come to.

Three places, each with a cure of its own: the bore, the bone about the mouth, and the front, which is the first
that came in. Cement in bowl and injector is at room temperature (``cement.Batch``). A place takes the temperature
of what is around it with a first-order lag:

- in the bore: half of the cannula lies in the patient, half in the air. A rod of cement of radius R warms with
  R^2 / (5.78 a), a = 8.4e-8 m2/s from k 0.17 W/m/K, 1390 kg/m3, 1460 J/kg/K: 3 s at 1.2 mm (conduction alone).
- in bone: a ball of 5 mm warms with R^2 / (9.87 a) = 30 s.
- the front is the thinnest and takes the bone's temperature at once.

Heat that the cement itself gives off is not in it; whoever knows the temperature of the bone passes it as bone_c.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from anatomy.changing import changed
from simulator.physics import cure

BODY_C = 37.0
BORE_LAG_S, BONE_LAG_S = 3.0, 30.0
IN_PATIENT_SHARE = 0.5
"""Share of the cannula that the patient warms (unconfirmed)."""

MOUTH_ML = 1.0
"""Cement about the mouth that is renewed by what comes: nine tenths of the pressure in bone are lost there
(closed form for a ball in uniform bone; the limit itself is a preset)."""


@dataclass(frozen=True)
class Stream:
    """Cures and temperatures, None where nothing has come yet; bone_ml is what has gone out of the mouth."""

    bore_cure: float | None = None
    bore_warm: float = 0.0  # 0 at room temperature, 1 at that of the cannula
    bone_cure: float | None = None
    bone_warm: float = 0.0  # 0 at room temperature, 1 at that of the bone
    bone_ml: float = 0.0
    front_cure: float | None = None


def aged(stream: Stream, kinetics: cure.Kinetics, room_c: float, bone_c: float, duration_s: float) -> Stream:
    """The stream a moment older."""
    if stream.bore_cure is None and stream.front_cure is None:
        return stream
    bore_c = room_c + stream.bore_warm * IN_PATIENT_SHARE * (bone_c - room_c)
    mouth_c = room_c + stream.bone_warm * (bone_c - room_c)
    places = {"bore_cure": bore_c, "bone_cure": mouth_c, "front_cure": bone_c}
    known = {name: c for name, c in places.items() if getattr(stream, name) is not None}
    before = np.array([getattr(stream, name) for name in known])
    after = cure.advance_cure(kinetics, before, np.array(list(known.values())), duration_s)
    return changed(
        stream,
        **{name: float(alpha) for name, alpha in zip(known, after, strict=True)},
        bore_warm=1.0 - (1.0 - stream.bore_warm) * math.exp(-duration_s / BORE_LAG_S),
        bone_warm=1.0 - (1.0 - stream.bone_warm) * math.exp(-duration_s / BONE_LAG_S),
    )


def passed(stream: Stream, fresh_cure: float, bore_ml: float, entered_ml: float, left_ml: float) -> Stream:
    """The stream after entered_ml of fresh cement came into a bore that held bore_ml, and left_ml went into bone.

    In the bore and about the mouth what comes mixes with what is there.
    """
    if bore_ml + entered_ml <= 0.0:
        return stream
    share = entered_ml / (bore_ml + entered_ml)
    before = fresh_cure if stream.bore_cure is None else stream.bore_cure
    in_bore = before + share * (fresh_cure - before)
    warm = stream.bore_warm * (1.0 - share)
    stream = changed(stream, bore_cure=in_bore, bore_warm=warm)
    if left_ml <= 0.0:
        return stream
    new = left_ml / (min(stream.bone_ml, MOUTH_ML) + left_ml)
    mouth = in_bore if stream.bone_cure is None else stream.bone_cure + new * (in_bore - stream.bone_cure)
    return changed(
        stream,
        bone_cure=mouth,
        bone_warm=stream.bone_warm + new * (IN_PATIENT_SHARE * warm - stream.bone_warm),
        bone_ml=stream.bone_ml + left_ml,
        front_cure=in_bore if stream.front_cure is None else stream.front_cure,
    )
