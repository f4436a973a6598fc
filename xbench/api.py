"""What the command line and a notebook call: run, leaderboard, compare, rescore, load."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.driver import OnEvent, Summary, drive
from xbench.errors import UserError
from xbench.local import LocalExecutor
from xbench.plan import Matrix, Plan, build
from xbench.recipes import parse_sets
from xbench.records import Board, Record, Settings
from xbench.rescore import Rescored
from xbench.specs import Cell, Json, TaskSpec
from xbench.store import Store

Names = str | Path | Iterable[str | Path]
Folder = str | Path
FORMATS = ("csv", "md", "html")
DEVICE = re.compile(r"auto|(cpu|cuda|mps|xpu)(:\d+)?")


def run(
    models: Names,
    tasks: Names,
    methods: Names = ("full",),
    recipe: str = "default",
    sets: Mapping[str, Any] | Iterable[str] | None = None,
    seeds: int = 3,
    results: Folder = "results",
    data_dir: Folder | None = None,
    offline: bool = False,
    device: str = "auto",
    jobs: int = 1,
    budget: float | None = None,
    limit_train: int | None = None,
    limit_eval: int | None = None,
    route: str = "auto",
    save_model: bool = False,
    dry_run: bool = False,
    fail_fast: bool = False,
    retry_failed: bool = False,
    plugins: Sequence[str] = (),
    command: str = "",
    on_plan: Callable[[Plan], None] | None = None,
    on_event: OnEvent | None = None,
) -> Summary:
    """Train and score every cell of a matrix that has no record yet, and draw the board.

    Args:
        models: names, folders, hub ids, `LABEL=FOLDER`; `name+method` for that model with that method alone.
        tasks: names, aliases, suites, or paths of cards.
        sets: values of declared options: {"lr": 3e-5, "lora.r": 16}, or texts "lr=3e-5".
        seeds: how many: 0, 1, ...
        results: the folder of records; `leaderboard.csv`, `.md` and `.html` are written into it at the end.
        data_dir: where data sets' official files are; default: XBENCH_DATA_DIR.
        jobs: cells at a time.
        budget: seconds after which no further cell is started.
        dry_run: make the plan and write nothing; `left` of the summary counts what would run.
        plugins: modules to switch on, "no:name" to switch one off.
        command: what the user typed, for the records; the places of files on this machine are taken out.
        on_plan: called with the plan before anything is trained.
        on_event: see `driver.drive`.

    Raises:
        UserError: wrong usage or bad input, before anything is trained; a results folder that fills up.
        KeyboardInterrupt: what is done is kept, and the same call goes on from there.
    """
    if not DEVICE.fullmatch(device):
        raise UserError(f"--device {device}: no such kind of device", "auto, cpu, cuda, cuda:1, mps or xpu")
    catalog = Catalog.load(plugins)
    matrix = Matrix(
        models=_names(models),
        tasks=_names(tasks),
        methods=_names(methods),
        recipe=recipe,
        sets=dict(sets) if isinstance(sets, Mapping) else parse_sets(sets or ()),
        seeds=seeds,
        limit_train=limit_train,
        limit_eval=limit_eval,
        route=route,
        device=device,
        offline=offline,
    )
    settings = Settings(
        data_dir=_data_folder(data_dir),
        cache=cache_folder(),
        offline=offline,
        plugins=tuple(plugins),
        device=device,
        save_model=save_model,
    )
    store = Store(results, writable=not dry_run)

    def dataset_of(task: TaskSpec) -> Dataset:
        return _dataset(task, catalog, settings, limit_train, limit_eval)

    if not dry_run:
        store.gc()
    plan = build(matrix, catalog, dataset_of, store, retry_failed)
    if on_plan is not None:
        on_plan(plan)
    if dry_run:
        return _intended(plan, store)
    executor = LocalExecutor(settings, jobs, spool=store.spool)
    summary = drive(
        plan,
        executor,
        store,
        catalog,
        settings=settings,
        budget=budget,
        fail_fast=fail_fast,
        command=portable(command),
        on_event=on_event,
    )
    if any(store.records()):
        _draw(store, catalog)
    return summary


def load(results: Folder = "results") -> list[Record]:
    """All records of a results folder. Raises UserError where there are none."""
    return _records(_reading(results))


def leaderboard(results: Folder = "results", plugins: Sequence[str] = ()) -> Board:
    """The board of a results folder; `board.frame` makes a table of it. Raises UserError where there are no records."""
    return _board(_reading(results), Catalog.load(plugins))


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
            raise UserError(f"{path}: cannot be written: {problem.strerror}", "name another folder") from problem
        paths.append(path)
    return paths


def compare(
    a: str, b: str, results: Folder = "results", task: str | None = None, plugins: Sequence[str] = ()
) -> list[Json]:
    """Can two rows (or two runs) be told apart? One answer for each task and metric: see `comparisons.compare`."""
    from xbench import comparisons

    store, catalog = _reading(results), Catalog.load(plugins)
    return comparisons.compare(
        _records(store), a, b, store.folder, catalog.metric, lambda name: _defaults(catalog, name), task
    )


def rescore(
    results: Folder = "results", data_dir: Folder | None = None, offline: bool = False, plugins: Sequence[str] = ()
) -> Rescored:
    """Score stored predictions again with the metrics as they are now, and draw the board. Trains nothing."""
    from xbench import rescore as scoring

    _records(_reading(results))
    store, catalog = Store(results), Catalog.load(plugins)
    settings = Settings(data_dir=_data_folder(data_dir), cache=cache_folder(), offline=offline, plugins=tuple(plugins))

    def dataset_of(cell: Cell) -> Dataset:
        return _dataset(cell.task, catalog, settings, cell.limit_train, cell.limit_eval)

    result = scoring.rescore(store, catalog, dataset_of)
    _draw(store, catalog)
    return result


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/xbench`, else `~/.cache/xbench`, else, where that cannot be written, a temporary folder."""
    given = os.environ.get("XDG_CACHE_HOME")
    try:
        folder = (Path(given) if given else Path.home() / ".cache") / "xbench"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):  # no home, or one that is read-only
        return Path(tempfile.gettempdir()) / f"xbench-{os.getuid()}"


def portable(command: str) -> str:
    """A command without the folders of this machine: `-m minilm=/home/me/minilm` as `-m minilm=.../minilm`."""
    try:
        words = shlex.split(command)
    except ValueError:  # no shell command: a sentence
        return command
    return " ".join(shlex.quote(_portable(word)) for word in words)


def _portable(word: str) -> str:
    label, place = re.fullmatch(r"(.*=|-[a-z](?=[/~.]))?(.*)", word, re.DOTALL).groups(default="")  # type: ignore[union-attr]  # every word fits
    path = PurePath(place)
    outside = path.is_absolute() or (path.parts and re.fullmatch(r"\.\.|~.*", path.parts[0]))
    return f"{label}.../{path.name}" if outside else word


def _names(given: Names) -> tuple[str, ...]:
    return (str(given),) if isinstance(given, str | Path) else tuple(map(str, given))


def _data_folder(given: Folder | None) -> Path | None:
    place = given if given is not None else os.environ.get("XBENCH_DATA_DIR") or None
    if place is None:
        return None
    if not Path(place).is_dir():
        raise UserError(f"data folder {place}: no such folder", "--data-dir or XBENCH_DATA_DIR names it")
    return Path(place).absolute()


def _dataset(
    task: TaskSpec, catalog: Catalog, settings: Settings, limit_train: int | None, limit_eval: int | None
) -> Dataset:
    cache = settings.cache or cache_folder()
    return Dataset(task, catalog, settings.data_dir, settings.offline, cache, limit_train, limit_eval)


def _reading(results: Folder) -> Store:
    return Store(results, writable=False)


def _records(store: Store) -> list[Record]:
    records = list(store.records())
    if not records:
        raise UserError(f"no records under {store.root}", "--results names the folder of a run")
    return records


def _board(store: Store, catalog: Catalog) -> Board:
    from xbench import board

    return board.build(_records(store), store.folder, catalog.metric, lambda name: _defaults(catalog, name))


def _draw(store: Store, catalog: Catalog) -> None:
    """The board beside its records, in every format that is installed."""
    drawn = [name for name in FORMATS if catalog.owned("renderer", name)]
    write_board(_board(store, catalog), store.root, drawn, catalog)


def _defaults(catalog: Catalog, method: str) -> Json:
    """A method's declared option defaults; none where its plugin is not installed."""
    owners = catalog.owned("method", method)
    return {option.name: option.default for option in owners[0][1].options} if owners else {}


def _intended(plan: Plan, store: Store) -> Summary:
    """What a dry run can say."""
    records = [store.get(entry.cell) for entry in plan.entries if entry.state == "done" and entry.cell is not None]
    statuses = Counter[str](record.status for record in records if record is not None)
    told = plan.counts
    return Summary(0, 0, told["done"], told["skip"], told["run"], dict(statuses), 0.0)
