"""One command line over all of it. ``main`` is the entry point; each file holds one family of commands."""

from simulator.cli.app import main

__all__ = ["main"]
