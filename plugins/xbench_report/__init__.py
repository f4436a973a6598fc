"""Leaderboard renderers.

csv    every column of the board, safe to open in a spreadsheet
md     one table for each task and metric, with notes
html   one self-contained page that sorts and filters, without any network
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xbench.hookspecs import hookimpl
from xbench.protocols import Renderer
from xbench.records import Board


@dataclass(frozen=True, slots=True)
class Csv:
    """`leaderboard.csv`."""

    name: str = "csv"

    def render(self, board: Board) -> bytes:
        from xbench_report.delimited import render

        return render(board)


@dataclass(frozen=True, slots=True)
class Markdown:
    """`leaderboard.md`."""

    name: str = "md"

    def render(self, board: Board) -> bytes:
        from xbench_report.markdown import render

        return render(board)


@dataclass(frozen=True, slots=True)
class Html:
    """`leaderboard.html`."""

    name: str = "html"

    def render(self, board: Board) -> bytes:
        from xbench_report.page import render

        return render(board)


@hookimpl
def xbench_renderers() -> Iterable[Renderer]:
    return (Csv(), Markdown(), Html())
