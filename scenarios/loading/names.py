"""What names say: the unit at their end, and which name was probably meant by a wrong one.

By the rule of this project a quantity's name ends in its unit (``stature_mm``, ``viscosity_pa_s``, ``kv``).
So an instructor who writes ``stature_cm = 160`` or ``stature_mm = "160 cm"`` can be told what to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_UNITS: dict[str, tuple[str, str, float]] = {
    "mm": ("mm", "length", 1.0), "cm": ("cm", "length", 10.0), "m": ("m", "length", 1000.0),
    "mm3": ("mm3", "volume", 0.001), "ml": ("ml", "volume", 1.0), "l": ("l", "volume", 1000.0),
    "ms": ("ms", "time", 0.001), "s": ("s", "time", 1.0), "min": ("min", "time", 60.0),
    "h": ("h", "time", 3600.0), "days": ("days", "time", 86400.0), "years": ("years", "age", 1.0),
    "mg": ("mg", "mass", 0.001), "g": ("g", "mass", 1.0), "kg": ("kg", "mass", 1000.0),
    "pa": ("Pa", "pressure", 0.001), "kpa": ("kPa", "pressure", 1.0), "bar": ("bar", "pressure", 100.0),
    "mmhg": ("mmHg", "pressure", 0.133322), "psi": ("psi", "pressure", 6.894757),
    "atm": ("atm", "pressure", 101.325), "pa_s": ("Pa s", "viscosity", 1.0),
    "rad": ("rad", "angle", 57.29577951308232), "deg": ("degrees", "angle", 1.0),
    "mgy": ("mGy", "dose", 1.0), "gy": ("Gy", "dose", 1000.0), "ugy": ("µGy", "dose", 0.001),
    "gycm2": ("Gy cm2", "dose area", 1.0), "mgycm2": ("mGy cm2", "dose area", 0.001),
    "kv": ("kV", "tube voltage", 1.0), "ma": ("mA", "tube current", 1.0), "mas": ("mAs", "charge", 1.0),
    "n": ("N", "force", 1.0), "kn": ("kN", "force", 1000.0), "c": ("°C", "temperature", 1.0),
    "hz": ("Hz", "rate", 1.0), "hu": ("HU", "CT number", 1.0), "percent": ("%", "percent", 1.0),
    "ml_s": ("ml/s", "flow", 1.0), "ml_min": ("ml/min", "flow", 1.0 / 60.0),
    "mg_cm3": ("mg/cm3", "density", 0.001), "g_cm3": ("g/cm3", "density", 1.0),
    "kg_m2": ("kg/m2", "body mass index", 1.0), "bpm": ("per minute", "heart rate", 1.0),
}  # fmt: skip
"""Ending of a name -> (unit as written, quantity, how many of the quantity's first unit it is)."""

_WHOLE_NAMES = ("kv", "ma", "mas", "mgy", "gycm2", "kpa")
"""Units that are also a quantity's whole name. Not ``min``: on its own that is a minimum."""

_SPOKEN = {
    "cc": "ml", "cm3": "ml", "sec": "s", "second": "s", "seconds": "s", "minute": "min",
    "minutes": "min", "hour": "h", "hours": "h", "year": "years", "y": "years", "yr": "years", "day": "days",
    "°": "deg", "degree": "deg", "degrees": "deg", "°c": "c", "celsius": "c", "%": "percent", "liter": "l",
    "litre": "l", "gram": "g", "grams": "g", "newton": "n", "pas": "pa_s", "pa·s": "pa_s", "pa.s": "pa_s",
    "µgy": "ugy", "gy·cm2": "gycm2", "gy.cm2": "gycm2", "gy_cm2": "gycm2",
}  # fmt: skip

_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")
_QUANTITY = re.compile(r"\s*([-+]?\d+[.,]|[-+]?(?:\d[\d_]*)?[.,]?\d+(?:[eE][-+]?\d+)?)\s*(\D.*?)?\s*")


def split_unit(name: str) -> tuple[str, str | None]:
    """name without its unit, and the ending that gives the unit (None where it has none).

    >>> split_unit("stature_mm"), split_unit("viscosity_pa_s"), split_unit("kv"), split_unit("seed")
    (('stature', 'mm'), ('viscosity', 'pa_s'), ('', 'kv'), ('seed', None))
    """
    low = name.lower()
    for unit in sorted(_UNITS, key=len, reverse=True):
        if low.endswith(f"_{unit}") or (low == unit and unit in _WHOLE_NAMES):
            return name[: len(name) - len(unit)].rstrip("_"), unit
    return name, None


def unit_of(name: str) -> str:
    """The unit a name is given in, as written on paper; empty where it has none or may be a minimum."""
    unit = split_unit(name)[1]
    return _UNITS[unit][0] if unit and not unit.endswith("min") else ""


def number_text(value: float) -> str:
    """value without the digits that only rounding put there: ``1400``, ``0.7``, ``1e+20``."""
    rounded = float(f"{value:.10g}")
    return str(int(rounded)) if rounded.is_integer() and abs(rounded) < 1e15 else repr(rounded)


def converted(value: float, unit: str | None, name: str) -> str | None:
    """``name = value`` with value, given in ``unit``, in the unit of name; None where that is not possible.

    >>> converted(160, "cm", "stature_mm"), converted(160, "kv", "stature_mm")
    ('stature_mm = 1600', None)
    """
    wanted = split_unit(name)[1]
    if unit is None or unit == wanted:
        return f"{name} = {number_text(value)}"
    if wanted is None or _UNITS[unit][1] != _UNITS[wanted][1]:
        return None
    return f"{name} = {number_text(value * _UNITS[unit][2] / _UNITS[wanted][2])}"


def quantity_as_number(text: str, name: str) -> str | None:
    """``name = number`` for a number written as text, with a unit or a decimal comma; None for other text.

    >>> quantity_as_number("80 kV", "kv"), quantity_as_number("0,7", "share"), quantity_as_number("L1", "kv")
    ('kv = 80', 'share = 0.7', None)
    """
    match = _QUANTITY.fullmatch(text) if len(text) <= 40 else None
    if match is None or _THOUSANDS.fullmatch(match[1]):  # 1,400 may be either
        return None
    number, written = float(match[1].replace(",", ".").replace("_", "")), (match[2] or "").lower()
    if not written:
        return converted(number, None, name)
    unit = re.sub(r"[\s/]+", "_", written.replace("²", "2").replace("³", "3").replace("ml/sec", "ml/s"))
    unit = _SPOKEN.get(unit, unit)
    return converted(number, unit, name) if unit in _UNITS else None


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """The one of names that was probably meant by name; None where none is near.

    In this order: the same but for capitals and hyphens, the same with another unit, similar spelling, the
    only one that contains it as a word.

    >>> nearest_name("stature_cm", ["age_years", "stature_mm"]), nearest_name("Female", ["male", "female"])
    ('stature_mm', 'female')
    """
    plain = {_plain(n): n for n in names}
    wanted = _plain(name[:100])
    if wanted in plain:
        return plain[wanted]
    stem = split_unit(wanted)[0]
    same_stem = [n for p, n in plain.items() if stem and split_unit(p)[0] == stem]
    if same_stem:
        return same_stem[0]
    close = get_close_matches(wanted, plain, n=1, cutoff=0.6)
    if close:
        return plain[close[0]]
    containing = [n for p, n in plain.items() if stem and set(stem.split("_")) <= set(p.split("_"))]
    return containing[0] if len(containing) == 1 else None


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())
