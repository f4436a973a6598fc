"""Reader `hub`: data sets of the Hugging Face hub, through `datasets`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbench.abilities import Diagnosis
from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_data import columns, tables
from xbench_data.hubcache import chosen, hub_id, title
from xbench_data.hubfetch import fetch


def described(ref: DatasetRef, folder: Path) -> str:
    """Rows by split, bytes, revision and place of a kept folder, for a person."""
    from datasets import DatasetInfo

    splits = DatasetInfo.from_directory(str(folder)).splits or {}
    rows = ", ".join(f"{name} {split.num_examples:,}" for name, split in splits.items())
    number = sum(path.stat().st_size for path in folder.iterdir())
    return f"{rows} rows, {number / 1e6:.3g} MB, {hub_id(ref)}@{folder.name[:7]}, in {folder}"


def _open(ref: DatasetRef, folder: Path, split: str) -> Any:
    """One split of a kept folder, memory-mapped: exactly this folder, whatever else is kept."""
    import datasets.config
    from datasets.packaged_modules.cache.cache import Cache

    config, version, revision = folder.parts[-3:]
    builder = Cache(
        cache_dir=str(datasets.config.HF_DATASETS_CACHE),
        repo_id=hub_id(ref),
        dataset_name=hub_id(ref).split("/")[-1],
        config_name=config,
        version=version,
        hash=revision,
    )
    known = list(builder.info.splits or ())
    if ref.splits[split] not in known:
        raise UserError(
            f"hub data set {title(ref)} has no split {ref.splits[split]!r}",
            f"its splits: {', '.join(known) or 'none'}",
        )
    return builder.as_dataset(ref.splits[split])


@dataclass(frozen=True, slots=True)
class HubReader:
    """Hub data sets whose files are data (no loading scripts).

    location: `id`; `config`; `revision` (a commit hash, where it is pinned; else the one that is kept, else the newest,
    which the stamp names); `skip_blank`: splits whose rows with an empty text are left out; `values`:
    field -> value in the data -> what it stands for.
    splits: the hub's names; columns may be dotted paths: `translation.en`.
    """

    name: str = "hub"
    result_version: int = 1

    @property
    def location(self) -> Sequence[str]:
        return ("id", "config", "revision", "skip_blank", "values")

    def diagnose(self, offline: bool) -> Iterable[Diagnosis]:
        import datasets.config

        return (Diagnosis("hub", {}, {"data sets": Path(datasets.config.HF_DATASETS_CACHE)}),)

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        folder = chosen(ref)
        return None if folder is None else f"{hub_id(ref)}@{folder.name}"

    def fetch(self, ref: DatasetRef, root: Path | None) -> str:
        """The cache of `datasets` takes it; `root` is for files."""
        there = chosen(ref)
        folder = there or fetch(ref, offline=False)
        return f"{'here already' if there else 'fetched'}, {described(ref, folder)}"

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        return columns.kept(self._records(ref, split, offline), ref, split)

    def _records(self, ref: DatasetRef, split: str, offline: bool) -> Iterator[Json]:
        folder = chosen(ref) or fetch(ref, offline)
        table = _open(ref, folder, split)
        where = f"{hub_id(ref)}@{folder.name[:7]} {ref.splits[split]} row"
        batches = table.with_format("arrow").iter(batch_size=tables.BATCH)
        for number, record in enumerate(tables.records(batches, table.features), start=1):
            yield columns.project(record, ref, f"{where} {number}")
