"""Tasks before they are run: what their data hold, and cards for data of one's own."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xbench.api.places import Folder, cache_folder, data_folder, dataset
from xbench.catalog import Catalog
from xbench.errors import UserError
from xbench.names import SAFE_NAME
from xbench.owndata.cardtext import card_text, skeleton
from xbench.owndata.paths import name_of
from xbench.profile import Profile, profile
from xbench.records import Settings
from xbench.specs import TaskSpec


@dataclass(frozen=True, slots=True)
class NewTask:
    """A card that was written.

    told: what the data were taken for, a line or two; empty for a skeleton. type: the card's task type.
    ambiguous: a person must choose. ways: those that are equally good; the first was taken.
    """

    path: Path
    told: tuple[str, ...] = ()
    ambiguous: bool = False
    ways: tuple[str, ...] = ()
    type: str = "classification"  # a skeleton's


def describe(task: str | TaskSpec, data_dir: Folder | None = None, plugins: Sequence[str] = ()) -> Profile:
    """Sizes, labels, lengths, duplicates between splits and examples of a task, from data that are at hand.

    Args:
        task: a name, alias, card's path, file or folder of data, or what `Catalog.tasks_named` gave.
        data_dir: where data sets' official files are; default: XBENCH_DATA_DIR.

    Raises:
        UserError: an unknown task, a suite, or a malformed row.
        MissingData: the data are not on this machine; nothing is downloaded.
    """
    catalog = Catalog.load(plugins)
    if isinstance(task, str):
        named = catalog.tasks_named(task)
        if len(named) > 1:
            raise UserError(f"{task} is a suite", f"describe one of {', '.join(one.name for one in named)}")
        (task,) = named
    settings = Settings(data_dir=data_folder(data_dir), cache=cache_folder(), offline=True)
    return profile(dataset(task, catalog, settings, None, None), catalog.tasktype(task.type))


def new_task(
    name: str, source: Folder | None = None, out: Folder | None = None, plugins: Sequence[str] = ()
) -> NewTask:
    """Write a task card to go on with: of a file or folder of data, or a skeleton in which every line is explained.

    Args:
        name: the task's name.
        source: the data; looked at as `run` does where they are named as a task.
        out: the card's path, or a folder; default: `<name>.toml` here.

    Raises:
        UserError: a name that is taken or unsafe, data that cannot be read, a card that exists or cannot be written.
    """
    catalog = Catalog.load(plugins)
    if source is None and Path(name).expanduser().is_file():
        mend = f"xbench new task {name_of(Path(name))} --from {shlex.quote(name)}"
        raise UserError(f"{name} is a file, not a name", f"did you mean {mend}?")
    if not SAFE_NAME.fullmatch(name):
        raise UserError(
            f"name {name!r} cannot be a name", "use letters, digits, '.', '_' and '-', a letter or digit first"
        )
    owners = catalog.owned("alias", name)
    if owners:
        raise UserError(
            f"task {name!r} is declared by {owners[0][0]}", "choose another name, so that boards stay apart"
        )
    path = Path(out) if out is not None else Path(f"{name}.toml")
    if path.is_dir():
        path /= f"{name}.toml"
    if path.suffix != ".toml":
        raise UserError(f"--out {path}: a card's name ends in .toml", f"write {path}.toml")
    if path.exists():
        raise UserError(f"{path} exists already", "name another with --out, or take it away")
    found = catalog.look(Path(source).expanduser()) if source is not None else None
    types = [catalog.tasktype(one) for one in catalog.names("tasktype")]
    text = skeleton(name, path, types, catalog.names("reader")) if found is None else card_text(found, name, path)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise UserError(f"{path}: cannot be written: {problem.strerror}", "name another place with --out") from problem
    if found is None:
        return NewTask(path)
    ways = (found.way, *(way for way, _ in found.rivals))
    return NewTask(path, found.told, found.ambiguous, ways, found.task.type)
