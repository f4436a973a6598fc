"""A small hub on loopback: the file protocol of huggingface.co over plain HTTP, with the faults that networks have."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hub.handlers import HubHandler, Server, StoreHandler
from hub.repositories import Repository, of_folder, of_rows


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    method: str
    path: str
    token: str | None
    range: str | None


@dataclass
class Fault:
    """What befalls the next `times` requests whose path holds `part`."""

    part: str
    kind: str  # "limit": 429; "cut": half a body and an end; "stall": half a body and no more
    times: int
    seconds: int = 1


class Hub:
    """A context: while it is open, `endpoint` answers as a hub (HF_ENDPOINT) and a second port hands out large files.

    Args:
        prefix: path under which the hub lies, as on a mirror: "/hf".
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.renamed: dict[tuple[str, str], str] = {}  # (kind, old name) -> full id
        self.requests: list[Asked] = []
        self.faults: list[Fault] = []
        self.expired: set[str] = set()  # tokens that are accepted nowhere, public repositories included
        self.stalled, self.closed = threading.Event(), threading.Event()
        self._hub = Server("127.0.0.1", HubHandler, self)
        self._store = Server("127.0.0.1", StoreHandler, self)  # known as localhost: another host to any client
        self.endpoint = f"http://127.0.0.1:{self._hub.server_port}{prefix}"
        self.store = f"http://localhost:{self._store.server_port}"

    def __enter__(self) -> Self:
        self._hub.begin()
        self._store.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed.set()
        self._hub.end()
        self._store.end()

    # --- what is served -------------------------------------------------------------------------------------------

    def serve_model(self, name: str, folder: Path, also: str = "", gated: bool = False) -> Repository:
        """A checkpoint's folder under `name`; `also` is an old name that the hub sends on to it."""
        return self._serve(of_folder("models", name, folder), also, gated)

    def serve_dataset(
        self,
        name: str,
        configs: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]],
        features: Any = None,
        also: str = "",
        gated: bool = False,
    ) -> Repository:
        """{configuration: {split: rows}} in parquet; `features`: a `datasets.Features`, where types are to be told."""
        return self._serve(of_rows(name, configs, features), also, gated)

    def serve(self, repository: Repository) -> None:
        self.repositories[repository.kind, repository.name] = repository

    def _serve(self, repository: Repository, also: str, gated: bool) -> Repository:
        repository.gated = gated
        self.serve(repository)
        if also:
            self.renamed[repository.kind, also] = repository.name
        return repository

    # --- faults ---------------------------------------------------------------------------------------------------

    def limit(self, part: str, times: int = 1, seconds: int = 1) -> None:
        """Answer 429 with Retry-After to the next `times` requests whose path holds `part`."""
        self.faults.append(Fault(part, "limit", times, seconds))

    def cut(self, part: str, times: int = 1) -> None:
        """End the connection half-way through the next `times` bodies of files whose path holds `part`."""
        self.faults.append(Fault(part, "cut", times))

    def stall(self, part: str) -> threading.Event:
        """Send half of the next such file and then nothing, until the hub is closed; the event: half is sent."""
        self.faults.append(Fault(part, "stall", 1))
        return self.stalled

    def fault(self, kind: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.kind == kind and fault.times and fault.part in path:
                fault.times -= 1
                return fault
        return None

    # --- what was asked ---------------------------------------------------------------------------------------------

    def asked(self, part: str, method: str = "GET") -> list[Asked]:
        """The requests so far whose path holds `part`."""
        return [one for one in self.requests if part in one.path and one.method == method]

    def note(self, method: str, path: str, token: str | None, part: str | None) -> None:
        self.requests.append(Asked(method, path, token, part))
