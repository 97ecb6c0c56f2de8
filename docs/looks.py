"""Colours of what is drawn in vertebrae cut open."""

from __future__ import annotations

CEMENT, CAVITY, BALLOON = "#eef2f5", "#6fb7d6", "#e8c95a"
LEAKS = {"disc": "#f08c2e", "vein": "#5b8bff", "canal": "#ff4a3d", "soft tissue": "#c27ad8"}
"""Leaks by where they went."""
