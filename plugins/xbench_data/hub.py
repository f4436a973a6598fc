"""Reader `hub`: data sets of the Hugging Face hub, through `datasets`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbench.abilities import Diagnosis
from xbench.errors import MissingData, UserError
from xbench.specs import DatasetRef, Json
from xbench_data import columns

_BATCH = 1000  # rows turned into Python objects at a time


def _id(ref: DatasetRef) -> str:
    named = ref.location.get("id")
    if not isinstance(named, str):
        raise UserError("reader hub: location.id is missing", "name the hub id in the card: wmt/wmt14")
    return named


def _named(ref: DatasetRef) -> str:
    """For errors: `wmt/wmt14 (de-en)`."""
    config = ref.location.get("config")
    return f"{_id(ref)} ({config})" if config else _id(ref)


def kept(ref: DatasetRef) -> list[Path]:
    """The folders of this data set in the cache of `datasets`, oldest first; their names are commit hashes."""
    import datasets.config
    from datasets.naming import camelcase_to_snakecase

    *owner, name = _id(ref).split("/")
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
        raise UserError(f"hub data set {_id(ref)} has several configurations: {configs}", "name location.config")
    return folders[-1] if folders else None


def _fetch(ref: DatasetRef, offline: bool) -> Path:
    """Download and build the data set; its folder. Raises MissingData where that cannot be."""
    import datasets
    import datasets.config

    revision, others = ref.location.get("revision"), [folder.name for folder in kept(ref)]
    refused = f"hub data set {_named(ref)} is not in the cache {datasets.config.HF_DATASETS_CACHE}"
    if revision is not None:
        refused += f" at the pinned revision {revision}"
        refused += f" (it holds {', '.join(others)})" if others else ""
    if offline or datasets.config.HF_HUB_OFFLINE:
        raise MissingData(f"{refused}, and offline forbids the hub", "run once without --offline to fetch it")
    try:
        datasets.load_dataset_builder(_id(ref), ref.location.get("config"), revision=revision).download_and_prepare()
    except (OSError, datasets.exceptions.DatasetsError) as problem:
        raise MissingData(f"{refused}, and the hub gave none: {problem}", "check the id and the network") from problem
    except (ValueError, RuntimeError) as problem:  # an unknown configuration; a loading script, which is never run
        raise UserError(f"hub data set {_named(ref)}: {problem}", "check location.id and location.config") from problem
    folder = chosen(ref)
    if folder is None:
        raise MissingData(f"{refused}, though it was built there", "check that the cache folder can be written")
    return folder


def _open(ref: DatasetRef, folder: Path, split: str) -> Any:
    """One split of a kept folder, memory-mapped: exactly this folder, whatever else is kept."""
    import datasets.config
    from datasets.packaged_modules.cache.cache import Cache

    config, version, revision = folder.parts[-3:]
    builder = Cache(
        cache_dir=str(datasets.config.HF_DATASETS_CACHE),
        repo_id=_id(ref),
        dataset_name=_id(ref).split("/")[-1],
        config_name=config,
        version=version,
        hash=revision,
    )
    known = list(builder.info.splits or ())
    if ref.splits[split] not in known:
        raise UserError(
            f"hub data set {_named(ref)} has no split {ref.splits[split]!r}",
            f"its splits: {', '.join(known) or 'none'}",
        )
    return builder.as_dataset(ref.splits[split])


def _names(feature: Any, value: Any) -> Any:
    """Class numbers as names, in lists too; a hidden label (-1) as None."""
    from datasets import ClassLabel

    if isinstance(feature, ClassLabel):
        return feature.int2str(value) if isinstance(value, int) and value >= 0 else None
    inner = getattr(feature, "feature", None)
    if isinstance(inner, ClassLabel) and isinstance(value, list):
        return [_names(inner, item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class HubReader:
    """Hub data sets whose files are data (no loading scripts).

    location: `id`; `config`; `revision` (a commit hash, where it is pinned; else the one that is kept, else the newest,
    which the stamp names); `skip_blank`: splits whose rows with an empty text are left out.
    splits: the hub's names; columns may be dotted paths: `translation.en`.
    """

    name: str = "hub"
    result_version: int = 1

    def diagnose(self, offline: bool) -> Iterable[Diagnosis]:
        import datasets.config

        return (Diagnosis("hub", {}, {"data sets": Path(datasets.config.HF_DATASETS_CACHE)}),)

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        folder = chosen(ref)
        return None if folder is None else f"{_id(ref)}@{folder.name}"

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        return columns.kept(self._records(ref, split, offline), ref, split)

    def _records(self, ref: DatasetRef, split: str, offline: bool) -> Iterator[Json]:
        folder = chosen(ref) or _fetch(ref, offline)
        table = _open(ref, folder, split)
        coded = {name: feature for name, feature in table.features.items() if _holds_classes(feature)}
        where = f"{_id(ref)}@{folder.name[:7]} {ref.splits[split]} row"
        number = 0
        for batch in table.with_format("arrow").iter(batch_size=_BATCH):
            for record in batch.to_pylist():
                number += 1
                for name, feature in coded.items():
                    record[name] = _names(feature, record[name])
                yield columns.project(record, ref, f"{where} {number}")


def _holds_classes(feature: Any) -> bool:
    from datasets import ClassLabel

    return isinstance(feature, ClassLabel) or isinstance(getattr(feature, "feature", None), ClassLabel)
