"""The DICOM validator of dicom3tools, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def errors_of(path: Path) -> list[str]:
    """Errors that dciodvfy finds in a file; skips where the program is missing."""
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy is not installed (Debian: apt-get install dicom3tools)")
    said = subprocess.run([program, "-new", str(path)], capture_output=True, text=True, check=False, timeout=60)
    assert said.stderr.strip(), f"dciodvfy said nothing about {path}"
    return [line for line in said.stderr.splitlines() if line.startswith("Error")]
