"""What a hub serves: repositories of files, each at one commit, as huggingface.co describes them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

LARGE = (".safetensors", ".parquet", ".bin")  # what the hub keeps apart, by LFS: a redirect to another host


@dataclass(frozen=True)
class File:
    """One file of a repository. `blob`: what git calls it; `sha256`: what LFS calls it."""

    path: str
    data: bytes

    @property
    def large(self) -> bool:
        return self.path.endswith(LARGE)

    @cached_property
    def blob(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.data) + self.data).hexdigest()

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def entry(self) -> dict[str, Any]:
        """As `tree` and `paths-info` tell it."""
        told: dict[str, Any] = {"type": "file", "oid": self.blob, "size": len(self.data), "path": self.path}
        if self.large:
            told["lfs"] = {"oid": self.sha256, "size": len(self.data), "pointerSize": 134}
        return told


@dataclass
class Repository:
    """A model or a data set.

    Args:
        kind: "models" or "datasets".
        name: its full id, owner included.
        gated: only tokens of `readers` get its files.
    """

    kind: str
    name: str
    files: Mapping[str, File]
    gated: bool = False
    readers: set[str] = field(default_factory=set)

    @cached_property
    def commit(self) -> str:
        said = [self.name, *(f"{path} {self.files[path].blob}" for path in sorted(self.files))]
        return hashlib.sha1("\n".join(said).encode()).hexdigest()

    def holds(self, revision: str) -> bool:
        return revision in ("main", self.commit)

    def info(self) -> dict[str, Any]:
        named = {"id": self.name, "modelId": self.name} if self.kind == "models" else {"id": self.name}
        return {
            "_id": self.commit[:24],
            **named,
            "author": self.name.partition("/")[0],
            "sha": self.commit,
            "lastModified": "2026-01-01T00:00:00.000Z",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "private": False,
            "gated": "auto" if self.gated else False,
            "disabled": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "siblings": [{"rfilename": path} for path in sorted(self.files)],
        }

    def tree(self, folder: str, recursive: bool) -> list[dict[str, Any]] | None:
        """Folders and files below `folder`, in order; None where there is no such folder."""
        start = f"{folder}/" if folder else ""
        below = sorted(path for path in self.files if path.startswith(start))
        if not below and folder:
            return None
        entries, folders = [], set()
        for path in below:
            parts = path.removeprefix(start).split("/")
            for depth in range(1, len(parts) if recursive else min(len(parts), 2)):
                folders.add(start + "/".join(parts[:depth]))
            if recursive or len(parts) == 1:
                entries.append(self.files[path].entry())
        return [_folder(path) for path in sorted(folders)] + entries

    def paths(self, wanted: Sequence[str]) -> list[dict[str, Any]]:
        """Those of `wanted` that exist."""
        found = []
        for path in wanted:
            if path in self.files:
                found.append(self.files[path].entry())
            elif any(other.startswith(f"{path}/") for other in self.files):
                found.append(_folder(path))
        return found


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "oid": hashlib.sha1(path.encode()).hexdigest(), "size": 0, "path": path}


def of_folder(kind: str, name: str, folder: Path) -> Repository:
    """The files below a folder, as they lie there."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return Repository(kind, name, {path: File(path, data) for path, data in files.items()})


def of_rows(name: str, configs: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]], features: Any) -> Repository:
    """Rows by configuration and split, in parquet with a card that names them; a split of 100 rows has two files."""
    import datasets

    files, card = {}, ["---", "configs:"]
    for config, splits in configs.items():
        card += [f"- config_name: {config}", "  data_files:"]
        for split, rows in splits.items():
            card += [f"  - split: {split}", f"    path: {config}/{split}-*"]
            number = 2 if len(rows) >= 100 else 1
            table = datasets.Dataset.from_list(list(map(dict, rows)), features=features)
            for index in range(number):
                path = f"{config}/{split}-{index:05}-of-{number:05}.parquet"
                written = io.BytesIO()
                table.shard(number, index, contiguous=True).to_parquet(written)
                files[path] = File(path, written.getvalue())
    text = "\n".join([*card, "---", f"# {name}", ""])
    files["README.md"] = File("README.md", text.encode())
    return Repository("datasets", name, files)
