"""The command line: thin, one file a command group. Everything that it does, `xbench.api` does for a notebook too."""

from xbench.cli.app import main

__all__ = ["main"]
