"""Flags that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Results = Annotated[Path, typer.Option("--results", metavar="DIR", help="Folder of the results.")]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", metavar="DIR", help="Data sets' files.  [default: $XBENCH_DATA_DIR]")
]
Offline = Annotated[bool, typer.Option("--offline", help="Use what is on this machine only.")]
Plugins = Annotated[
    list[str] | None,
    typer.Option("-p", metavar="PLUGIN", help="Switch a plugin module on, or off with no:NAME. May be repeated."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output, and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

RESULTS = Path("results")
