"""A terminal small enough to read: what a person would see after all that a program wrote."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len

_PIECE = re.compile(r"\x1b\[(?P<arguments>[?\d;]*)(?P<command>[A-Za-z])|(?P<plain>[^\x1b])", re.DOTALL)


class Screen:
    """Lines of text under the few controls that a live table uses. A line that is too wide is an error, not wrapped.

    widest: cells of the widest line ever drawn. colours: were any set?
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.lines: list[str] = [""]
        self.row = self.column = self.widest = 0
        self.colours = self.hidden = False

    def write(self, text: str) -> None:
        for piece in _PIECE.finditer(text):
            if piece["plain"]:
                self._put(piece["plain"])
            else:
                self._control(piece["command"], piece["arguments"])

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def _put(self, one: str) -> None:
        if one == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append("")
        elif one == "\r":
            self.column = 0
        elif one >= " ":
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + one + line[self.column + 1 :]
            self.column += 1
            self.widest = max(self.widest, cell_len(self.lines[self.row].rstrip()))

    def _control(self, command: str, arguments: str) -> None:
        match command:
            case "A":
                self.row = max(self.row - int(arguments or 1), max(len(self.lines) - self.rows, 0))
            case "K":
                self.lines[self.row] = ""
            case "J":
                del self.lines[max(len(self.lines) - self.rows, 0) :]
                self.lines.append("")
                self.row = len(self.lines) - 1
            case "H":
                self.row, self.column = max(len(self.lines) - self.rows, 0), 0
            case "m":
                codes = [int(code) for code in arguments.split(";") if code]
                self.colours = self.colours or any(
                    30 <= code <= 48 or 90 <= code <= 107 for code in codes if code != 39
                )
            case "h" | "l":
                self.hidden = command == "l" if arguments == "?25" else self.hidden
            case _:
                raise AssertionError(f"a control that this terminal does not know: {arguments}{command}")


def watch(
    command: Sequence[str],
    columns: int,
    rows: int = 30,
    environment: Mapping[str, str] | None = None,
    act: Callable[[Screen, subprocess.Popen[bytes]], None] = lambda screen, process: None,
    seconds: float = 90.0,
) -> tuple[int, Screen, list[str]]:
    """Run a command on a terminal of its own: its exit code, the screen at the end, and every screen on the way.

    act: called with the screen after each piece of output.
    """
    inside, outside = pty.openpty()
    fcntl.ioctl(outside, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    kept = {key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR", "COLUMNS", "LINES")}
    screen, seen = Screen(columns, rows), []
    with subprocess.Popen(
        list(command),
        stdin=outside,
        stdout=outside,
        stderr=outside,
        env={**kept, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(environment or {})},
        start_new_session=True,
    ) as process:
        os.close(outside)
        deadline, rest = time.monotonic() + seconds, b""
        while time.monotonic() < deadline:
            if not select.select([inside], [], [], 1.0)[0]:
                continue
            try:
                piece = os.read(inside, 1 << 16)
            except OSError:  # the terminal is gone with its last process
                break
            if not piece:
                break
            text, rest = _decoded(rest + piece)
            screen.write(text)
            seen.append(screen.text)
            act(screen, process)
        else:
            process.kill()
    os.close(inside)
    return process.returncode, screen, seen


def _decoded(data: bytes) -> tuple[str, bytes]:
    """What is whole of it; a character or control that is cut short waits for its rest."""
    start = data.rfind(b"\x1b")
    if start >= 0 and not re.match(rb"\x1b\[[?\d;]*[A-Za-z]", data[start:]):
        return data[:start].decode(), data[start:]
    for cut in range(4):
        try:
            return data[: len(data) - cut].decode(), data[len(data) - cut :]
        except UnicodeDecodeError:
            continue
    raise AssertionError(f"no UTF-8: {data!r}")
