"""What the records of a results folder say: the board, a comparison, and scores by the metrics as they are now."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from xbench.api.displays import Comparisons, Records, ShownBoard
from xbench.api.places import Folder, cache_folder, data_folder, dataset, reading, records_of
from xbench.api.texts import examples_of
from xbench.catalog import Catalog
from xbench.comparing.deciding import Texts
from xbench.data import Dataset
from xbench.errors import UserError
from xbench.files import why
from xbench.records import Board, Record, Settings
from xbench.rescore import Rescored
from xbench.samples import Samples
from xbench.specs import Cell, Example, Json
from xbench.store import Store

FORMATS = ("csv", "md", "html")


def load(results: Folder = "results") -> Records:
    """All records of a results folder. Raises UserError where there are none."""
    return Records(records_of(reading(results)))


def leaderboard(results: Folder = "results", plugins: Sequence[str] = ()) -> ShownBoard:
    """The board of a results folder; `board.frame` makes a table of it. Raises UserError where there are no records."""
    return ShownBoard.of(_board(reading(results), Catalog.load(plugins)))


def write_board(
    board: Board, folder: Folder, formats: Iterable[str] = FORMATS, catalog: Catalog | None = None
) -> list[Path]:
    """The board as `leaderboard.<format>` files, each put in its place by one rename; their paths.

    Raises UserError on an unknown format, or a folder that cannot be written.
    """
    catalog = catalog if catalog is not None else Catalog.load()
    renderers = [catalog.renderer(name.strip()) for name in formats]
    paths = []
    for renderer in renderers:
        path = Path(folder) / f"leaderboard.{renderer.name}"
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(renderer.render(board))
            part.replace(path)
        except OSError as problem:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise UserError(f"{path}: cannot be written: {why(problem)}", "name another folder") from problem
        paths.append(path)
    return paths


def compare(
    a: str,
    b: str,
    results: Folder = "results",
    task: str | None = None,
    plugins: Sequence[str] = (),
    *,
    data_dir: Folder | None = None,
    public: bool = False,
) -> Comparisons:
    """Can two rows (or two runs) be told apart? One answer for each task and metric: see `comparisons.compare`.

    Args:
        data_dir: where data sets' official files are; default: XBENCH_DATA_DIR. Nothing is downloaded.
        public: the answer goes where others read it: only texts that may be passed on are in it.
    """
    from xbench.comparing import comparisons

    store, catalog = reading(results), Catalog.load(plugins)
    texts = Texts(lambda cell, ids: examples_of(cell, ids, catalog, data_dir), catalog.tasktype, public)
    return Comparisons(
        comparisons.compare(
            records_of(store), a, b, store.folder, catalog.metric, lambda name: defaults_of(catalog, name), task, texts
        )
    )


def rescore(
    results: Folder = "results", data_dir: Folder | None = None, offline: bool = False, plugins: Sequence[str] = ()
) -> Rescored:
    """Score stored predictions again with the metrics as they are now, and draw the board. Trains nothing."""
    from xbench import rescore as scoring

    records_of(reading(results))
    settings = Settings(data_dir=data_folder(data_dir), cache=cache_folder(), offline=offline, plugins=tuple(plugins))
    store, catalog = Store(results), Catalog.load(plugins)  # after what may be refused: it makes folders

    def dataset_of(cell: Cell) -> Dataset:
        return dataset(cell.task, catalog, settings, cell.limit_train, cell.limit_eval)

    result = scoring.rescore(store, catalog, dataset_of)
    draw(store, catalog)
    return result


def draw(store: Store, catalog: Catalog) -> None:
    """The board beside its records, in each of `FORMATS` that is installed."""
    drawn = [name for name in FORMATS if catalog.owned("renderer", name)]
    write_board(_board(store, catalog), store.root, drawn, catalog)


def _board(store: Store, catalog: Catalog) -> Board:
    from xbench import board

    def from_disk(cell: Cell, ids: Collection[str]) -> Mapping[str, Example]:
        return examples_of(cell, ids, catalog, data_folder(None))

    def samples_of(records: Sequence[Record]) -> Samples:
        return Samples(records, store.folder, from_disk, catalog.tasktype)

    return board.build(
        records_of(store), store.folder, catalog.metric, lambda name: defaults_of(catalog, name), samples_of
    )


def defaults_of(catalog: Catalog, method: str) -> Json:
    """A method's declared option defaults; none where its plugin is not installed."""
    owners = catalog.owned("method", method)
    return {option.name: option.default for option in owners[0][1].options} if owners else {}
