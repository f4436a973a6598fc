"""Where `datasets` keeps a data set of the hub, and which of its folders serves."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

from xbench.errors import UserError
from xbench.specs import DatasetRef


def hub_id(ref: DatasetRef) -> str:
    named = ref.location.get("id")
    if not isinstance(named, str):
        raise UserError("reader hub: location.id is missing", "name the hub id in the card: wmt/wmt14")
    return named


def title(ref: DatasetRef) -> str:
    """For errors: `wmt/wmt14 (de-en)`."""
    config = ref.location.get("config")
    return f"{hub_id(ref)} ({config})" if config else hub_id(ref)


def kept(ref: DatasetRef) -> list[Path]:
    """The folders of this data set in the cache of `datasets`, oldest first; their names are commit hashes.

    Raises UserError where a variable of the environment keeps the library from being imported.
    """
    try:
        with redirect_stdout(io.StringIO()):  # it says so there
            import datasets.config
    except ValueError as problem:
        mend = "a variable of the hub is wrong: `xbench doctor` names it"
        raise UserError(f"the library of the hub cannot be loaded: {problem}", mend) from problem
    from datasets.naming import camelcase_to_snakecase

    *owner, name = hub_id(ref).split("/")
    base = Path(datasets.config.HF_DATASETS_CACHE, "___".join([*owner, camelcase_to_snakecase(name)]))
    found = base.glob(f"{ref.location.get('config', '*')}/*/*")
    whole = [folder for folder in found if (folder / "dataset_info.json").is_file()]
    return sorted(whole, key=lambda folder: folder.stat().st_mtime)


def chosen(ref: DatasetRef) -> Path | None:
    """The kept folder that serves: of the pinned revision, else the latest; None where there is none.

    `datasets` itself would serve its latest folder whatever revision is asked for.
    """
    folders = kept(ref)
    revision = ref.location.get("revision")
    if revision is not None:
        folders = [folder for folder in folders if folder.name == revision]
    if len({folder.parts[-3] for folder in folders}) > 1:
        configs = ", ".join(sorted({folder.parts[-3] for folder in folders}))
        raise UserError(f"hub data set {hub_id(ref)} has several configurations: {configs}", "name location.config")
    return folders[-1] if folders else None
