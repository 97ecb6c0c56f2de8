"""The card of all keys as they are bound now, to be printed: HTML, and a page of it as PDF."""

from __future__ import annotations

from html import escape
from pathlib import Path

from PySide6 import QtGui

from simulator.app.hands.actions import ACTIONS, keys_by_action
from simulator.app.hands.gamepad import STICKS
from simulator.app.wording import Wording

_STYLE = """
body { font-family: sans-serif; font-size: 8pt; color: #000000; }
h1 { font-size: 13pt; margin: 0; } h2 { font-size: 9pt; margin: 6px 0 1px 0; }
td { padding: 1px 8px 1px 0; } td.key { font-weight: bold; }
"""


def card_html(say: Wording, bound: dict[str, str], pad_bound: dict[str, str]) -> str:
    """All actions with their keys, by group, in three columns, and what the gamepad's controls do."""
    keys, groups = keys_by_action(bound), list(dict.fromkeys(action.group for action in ACTIONS))
    blocks: list[tuple[int, str]] = []
    for group in groups:
        named = [a.name for a in ACTIONS if a.group == group and keys[a.name]]
        rows = [_row(say.key(keys[name]), say(f"action.{name}")) for name in named]
        blocks.append((len(rows) + 2, _block(say(f"group.{group}"), rows)))
    pad = [_row(say(f"pad.{stick}"), say(f"pad.{does}")) for stick, does in STICKS]
    pad += [_row(say(f"pad.{control}"), say(f"action.{name}")) for control, name in pad_bound.items()]
    blocks.append((len(pad) + 2, _block(say("pad.title"), pad)))
    columns = "".join(f"<td valign=top width='33%'>{''.join(column)}</td>" for column in _spread(blocks, 3))
    title = escape(say("keys.card"))
    return (
        f"<html><head><meta charset='utf-8'><title>{title}</title><style>{_STYLE}</style></head><body>"
        f"<h1>vertebrosim – {title}</h1><table width='100%'><tr>{columns}</tr></table></body></html>"
    )


def _row(key: str, does: str) -> str:
    return f"<tr><td class=key>{escape(key)}</td><td>{escape(does)}</td></tr>"


def _block(title: str, rows: list[str]) -> str:
    return f"<h2>{escape(title)}</h2><table>{''.join(rows)}</table>"


def _spread(blocks: list[tuple[int, str]], columns: int) -> list[list[str]]:
    """Blocks with their heights over columns, in order, none much longer than the others."""
    whole = sum(height for height, _ in blocks)
    spread: list[list[str]] = [[] for _ in range(columns)]
    done = 0
    for height, block in blocks:
        at = min(int((done + 0.5 * height) * columns / whole), columns - 1)
        spread[at].append(block)
        done += height
    return spread


def write_card(path: Path, say: Wording, bound: dict[str, str], pad_bound: dict[str, str]) -> None:
    """Write the card: as PDF, or as HTML where the name ends so. Raises OSError where that is not possible."""
    html = card_html(say, bound, pad_bound)
    if path.suffix.lower() in (".html", ".htm"):
        path.write_text(html, encoding="utf-8")
        return
    path.touch()  # a place that cannot be written is an error here; the writer would only keep silent
    writer = QtGui.QPdfWriter(str(path))
    writer.setPageSize(QtGui.QPageSize(QtGui.QPageSize.PageSizeId.A4))
    writer.setPageOrientation(QtGui.QPageLayout.Orientation.Landscape)
    document = QtGui.QTextDocument()
    document.setHtml(html)
    document.print_(writer)
