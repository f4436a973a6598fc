"""What can go wrong, by who has to act: the user, a plugin's author, or nobody (a cell's own failure)."""

from __future__ import annotations


class UserError(Exception):
    """Wrong usage or bad input: one line that names the thing, and the mend. The command line exits with 2.

    Args:
        message: what is wrong, naming the thing (file, line, field, flag).
        hint: the mend, as a sentence or a command; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UnknownName(UserError):
    """Nobody knows a name. noun: what it should be the name of: "task", "--set key"."""

    def __init__(self, message: str, hint: str, noun: str) -> None:
        super().__init__(message, hint)
        self.noun = noun


class MissingData(UserError):
    """A data source is not at hand: the folder and files looked for, or the hub id. Another source may serve."""


class MissingModel(UserError):
    """A checkpoint is not on this machine, and where it may be is not asked (offline) or does not answer."""


class PluginError(Exception):
    """A plugin broke its contract; names the plugin and what it did."""

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(f"plugin {plugin}: {message}")
        self.plugin = plugin
        self.message = message


class CellError(Exception):
    """A cell's own failure, which becomes a record and leaves the other cells alone.

    Args:
        status: a `records.Status` other than "ok".
        stage: where it happened: "load", "fit", "predict", "score".
        message: what happened.
        hint: what may mend it.
        kind: the class name of the original exception.
    """

    def __init__(self, status: str, stage: str, message: str, hint: str = "", kind: str = "CellError") -> None:
        super().__init__(message)
        self.status = status
        self.stage = stage
        self.message = message
        self.hint = hint
        self.kind = kind


class Cancelled(Exception):
    """Raised by `Job.observe` when the run is being stopped; a backend lets it pass."""
