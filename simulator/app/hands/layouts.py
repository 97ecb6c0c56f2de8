"""Keys for either hand: the usual ones are for a left hand on the keys and the mouse in the right.

For the mouse in the left hand, what is used blindly while looking at the monitors lies under the right hand:
C-arm on I J K L, single pictures and the second pedal on B N M, cement on O. Actions that lay there change
places with them, so that every key still does something and none does two things. Arrow keys, space, Enter and
all with Ctrl stay.
"""

from __future__ import annotations

_PAIRS: tuple[tuple[str, str, str, str], ...] = (
    ("orbital_down", "J", "remove_balloon", "A"),
    ("orbital_up", "L", "curette", "D"),
    ("cranial", "I", "inflate", "W"),
    ("caudal", "K", "drill", "S"),
    ("step", "P", "other_plane", "Q"),
    ("shot_a", "N", "magnify", "X"),
    ("shot_b", "M", "mix", "C"),
    ("pedal_b", "B", "collimate", "V"),
    ("inject", "O", "deflate", "E"),
    ("bevel", "U", "insert_balloon", "R"),
    ("push", "8", "biopsy", "1"),
    ("twist", "9", "over_wire", "2"),
    ("mallet", "0", "mark_skin", "3"),
)
"""Two actions that change places: each with its key for the right hand's layout mirrored."""

LAYOUTS: dict[str, dict[str, str]] = {
    "right": {},
    "left": {
        **{name: key for pair in _PAIRS for name, key in (pair[:2], pair[2:])},
        "other_side": "Backspace",
    },
}
"""Keys that differ from the usual ones, action to key, by the hand that holds the mouse."""
