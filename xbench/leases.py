"""Who works on what: owner stamps that tell a dead writer from a live one, and leases on cells.

A lease saves work; it never decides anything. Correctness is the store's one rename.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

SILENT_SECONDS = 60.0  # a lease of another machine is stale when its owner has not beaten for this long
UNREADABLE_SECONDS = 5.0  # a lease file is written at once: one that is still unreadable lost its writer


@dataclass(frozen=True, slots=True)
class Owner:
    """One process, told from a later one with the same pid. `machine`: a hash of host, boot and pid namespace."""

    machine: str
    pid: int
    start: str

    @classmethod
    def me(cls) -> Owner:
        return cls(_machine(), os.getpid(), _start(os.getpid()) or "")

    def alive(self) -> bool | None:
        """Exact for a process of this machine; None where it cannot be known from here."""
        return _start(self.pid) == self.start if self.machine == _machine() else None

    @property
    def tag(self) -> str:
        """The owner as a part of a file name, so that making the file stamps it."""
        return f"{self.machine}-{self.pid}-{self.start}"

    @classmethod
    def of_tag(cls, tag: str) -> Owner | None:
        """None where it is no tag."""
        machine, _, rest = tag.partition("-")
        pid, _, start = rest.partition("-")
        return cls(machine, int(pid), start) if start and pid.isdecimal() else None

    def dumps(self, **more: str) -> bytes:
        return json.dumps({**asdict(self), **more}).encode()

    @classmethod
    def loads(cls, data: bytes) -> Owner | None:
        """None where the bytes are no owner stamp (cut short, or somebody else's file)."""
        try:
            found = json.loads(data)
            return cls(str(found["machine"]), int(found["pid"]), str(found["start"]))
        except (ValueError, KeyError, TypeError):
            return None


@cache
def _machine() -> str:
    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:  # no /proc: the host name has to do
        pass
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:12]


def _start(pid: int) -> str | None:
    """When a process of this machine started (clock ticks since boot), or None where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return "unknown"


def age(path: Path) -> float:
    """Seconds since `path` was last touched, by the clock of the machine that keeps the files."""
    probe = path.with_name(f".probe.{uuid.uuid4().hex}")
    probe.touch()
    try:
        return probe.stat().st_mtime - path.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


class Lease:
    """A cell that this process works on."""

    def __init__(self, path: Path, token: str) -> None:
        self._path = path
        self._token = token

    def beat(self) -> None:
        """Tell other machines that the owner lives: more often than every `SILENT_SECONDS`."""
        with suppress(FileNotFoundError):
            os.utime(self._path)

    def release(self) -> None:
        """Give the cell up, unless somebody else has taken the lease over."""
        if _token(self._path) == self._token:
            self._path.unlink(missing_ok=True)


def _token(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_bytes())["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _stale(path: Path) -> bool:
    try:
        owner = Owner.loads(path.read_bytes())
        if owner is None:
            return age(path) > UNREADABLE_SECONDS
        alive = owner.alive()
        return age(path) > SILENT_SECONDS if alive is None else not alive
    except FileNotFoundError:
        return True


def take(path: Path, trash: Path) -> Lease | None:
    """The lease at `path`, or None where a live process holds it. A dead owner's lease is moved to `trash`."""
    token = uuid.uuid4().hex
    for _ in range(3):
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            before = _token(path)
            if not _stale(path):
                return None
            _bury(path, before, trash / f"lease.{uuid.uuid4().hex}")
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(Owner.me().dumps(token=token, since=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())))
        return Lease(path, token)
    return None


def _bury(path: Path, token: str | None, grave: Path) -> None:
    """Move a stale lease away; put it back where a quicker process has renewed it in between."""
    with suppress(FileNotFoundError, FileExistsError):
        path.rename(grave)
        if _token(grave) != token:
            os.link(grave, path)
