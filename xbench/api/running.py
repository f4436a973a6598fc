"""`run`: every missing cell of a matrix is trained and scored, and the board drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from xbench.api.boards import draw
from xbench.api.displays import ShownSummary
from xbench.api.fetch import bring_models, lacking
from xbench.api.notebook import PlainLines, in_notebook, notices
from xbench.api.places import Folder, Names, cache_folder, data_folder, dataset, names_of, portable, refuse_odd_device
from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.driver import OnEvent, Summary, drive
from xbench.errors import UserError
from xbench.local import LocalExecutor
from xbench.matrix import Matrix
from xbench.plan import Plan, build
from xbench.recipes import parse_sets
from xbench.records import Record, Settings
from xbench.specs import TaskSpec
from xbench.store import MODEL, Store


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
) -> ShownSummary:
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
        save_model: keep each trained model; a cell that is done without its model is trained again.
        dry_run: make the plan and write nothing; `left` of the summary counts what would run.
        plugins: modules to switch on, "no:name" to switch one off.
        command: what the user typed, for the records; the places of files on this machine are taken out.
        on_plan: called with the plan before anything is trained.
        on_event: see `driver.drive`. A notebook that gives neither sees a line for each cell that ends.

    Raises:
        UserError: wrong usage or bad input, before anything is trained; a results folder that fills up.
        KeyboardInterrupt: what is done is kept, and the same call goes on from there.
    """
    refuse_odd_device(device)
    catalog = Catalog.load(plugins)
    matrix = Matrix(
        models=names_of(models),
        tasks=names_of(tasks),
        methods=names_of(methods),
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
        data_dir=data_folder(data_dir),
        cache=cache_folder(),
        offline=offline,
        plugins=tuple(plugins),
        device=device,
        save_model=save_model,
    )
    store = Store(results, writable=False)

    def dataset_of(task: TaskSpec) -> Dataset:
        return dataset(task, catalog, settings, limit_train, limit_eval)

    def complete(record: Record) -> bool:
        return not save_model or (store.folder(record) / MODEL).is_dir()

    if on_plan is None and on_event is None and in_notebook():
        lines = PlainLines()
        on_plan, on_event = lines.plan, lines.event
    if not dry_run:
        store.check()
    if not dry_run and store.begun:
        store.prepare()
        store.gc()
    with notices():
        try:
            plan = build(matrix, catalog, dataset_of, store, retry_failed, complete)
        except UserError as problem:
            raise lacking(problem, matrix, catalog, settings.data_dir) from problem
        if not dry_run:
            bring_models(plan, catalog, settings)
    if not dry_run:
        store.prepare()  # not before: a mistake that the plan tells leaves no folder behind
    if on_plan is not None:
        on_plan(plan)
    if dry_run:
        return ShownSummary.of(_intended(plan, store), str(results))
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
        draw(store, catalog)
    return ShownSummary.of(summary, str(results))


def _intended(plan: Plan, store: Store) -> Summary:
    """What a dry run can say."""
    records = [store.get(entry.cell) for entry in plan.entries if entry.state == "done" and entry.cell is not None]
    statuses = Counter[str](record.status for record in records if record is not None)
    told = plan.counts
    return Summary(0, 0, told["done"], told["skip"], told["run"], dict(statuses), 0.0)
