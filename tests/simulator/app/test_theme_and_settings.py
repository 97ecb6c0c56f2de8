"""Contrast of all text, and what is remembered of a user."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.app import settings, theme


@pytest.mark.parametrize("ground", theme.GROUNDS)
@pytest.mark.parametrize("ink", theme.INKS)
def test_text_meets_wcag_aa(ink: str, ground: str) -> None:
    assert theme.contrast(ink, ground) >= 4.5


def test_contrast_of_equal_colours_is_one() -> None:
    assert theme.contrast("#345678", "#345678") == pytest.approx(1.0)


def test_settings_come_back() -> None:
    kept = settings.Settings("T-042", "de", 1.3, {"advance": "R"}, "examination", ("a.vsim", "b.vsim"))
    settings.save(kept)
    assert settings.load() == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"language": "tlh", "text_scale": 99, "keys": [1], "trainee": 7}',
        '{"mode": "x", "set_aside": [1]}',
    ],
)
def test_a_damaged_file_gives_the_first_settings(text: str, user_folder: Path) -> None:
    user_folder.mkdir()
    (user_folder / "settings.json").write_text(text, encoding="utf-8")
    assert settings.load() == settings.Settings()


def test_what_makes_sense_of_a_damaged_file_is_kept(user_folder: Path) -> None:
    user_folder.mkdir()
    (user_folder / "settings.json").write_text('{"language": "de", "text_scale": "huge"}', encoding="utf-8")
    assert settings.load() == settings.Settings(language="de")


def test_recordings_are_numbered_and_never_the_same() -> None:
    first = settings.new_recording("some-case", "../T 1")
    first.write_bytes(b"x")
    second = settings.new_recording("some-case", "../T 1")
    assert first.parent == second.parent == settings.recordings_folder()
    assert (first.name, second.name) == ("some-case----T-1-001.vsim", "some-case----T-1-002.vsim")
