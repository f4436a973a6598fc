"""Readers of files and of the Hugging Face hub. Nothing heavy is imported before a row is read."""

from __future__ import annotations

from collections.abc import Iterable

from xbench.hookspecs import hookimpl
from xbench.protocols import Reader


@hookimpl
def xbench_readers() -> Iterable[Reader]:
    from xbench_data.conll import ConllReader
    from xbench_data.delimited import CsvReader
    from xbench_data.hub import HubReader
    from xbench_data.jsonl import JsonlReader
    from xbench_data.parallel import ParallelReader
    from xbench_data.parquet import ParquetReader
    from xbench_data.saved import SavedReader
    from xbench_data.spans import SpansReader

    return (
        CsvReader(),
        JsonlReader(),
        ParquetReader(),
        SavedReader(),
        SpansReader(),
        ConllReader(),
        ParallelReader(),
        HubReader(),
    )
