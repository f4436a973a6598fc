"""Who holds a cell: told apart when its process is killed, and when another machine falls silent."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_cells import made_cell
from made_results import leftovers, python

from xbench import leases
from xbench.leases import SILENT_SECONDS, UNREADABLE_SECONDS, Owner
from xbench.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results with spaces")


def test_a_lease_is_held_by_one_and_given_back(store: Store) -> None:
    cell = made_cell()
    lease = store.lease(cell)
    assert lease is not None
    assert store.lease(cell) is None
    assert store.lease(made_cell(seed=1)) is not None
    lease.beat()
    lease.release()
    lease.release()
    assert store.lease(cell) is not None


HOLD = """
import sys, time
from made_cells import made_cell
from xbench.store import Store
store = Store(sys.argv[1])
lease, staged = store.lease(made_cell()), store.staging(made_cell())
print("held" if lease else "refused", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(store: Store) -> Iterator[subprocess.Popen[str]]:
    process = python(HOLD, str(store.root))
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_killed_holder_is_told_from_a_live_one_at_once(store: Store, holder: subprocess.Popen[str]) -> None:
    assert store.lease(made_cell()) is None
    assert store.gc() == []
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert [name.split(".")[0] for name in store.gc()] == [made_cell().key[:16]]
    assert store.lease(made_cell()) is not None
    store.gc()
    assert leftovers(store) == []


def test_a_lease_of_another_machine_is_stale_when_it_falls_silent(store: Store) -> None:
    file = store.root / ".xbench" / "leases" / made_cell().key
    file.write_bytes(Owner("another", 1, "5").dumps(token="t"))
    assert store.lease(made_cell()) is None
    silent = time.time() - SILENT_SECONDS - 5
    os.utime(file, (silent, silent))
    lease = store.lease(made_cell())
    assert lease is not None
    lease.release()
    assert not file.exists()


def test_a_pid_that_was_given_to_another_process_is_not_the_owner() -> None:
    me = Owner.me()
    assert me.alive() is True
    assert replace(me, start="1").alive() is False
    assert replace(me, machine="another").alive() is None


def test_an_owner_is_read_back_from_its_tag() -> None:
    assert Owner.of_tag(Owner.me().tag) == Owner.me()
    assert Owner.of_tag("cell") is None
    assert Owner.of_tag("a-b-c") is None


def test_a_lease_that_somebody_took_over_is_not_given_back(store: Store) -> None:
    lease = store.lease(made_cell())
    assert lease is not None
    file = store.root / ".xbench" / "leases" / made_cell().key
    file.write_bytes(Owner.me().dumps(token="another's"))
    lease.release()
    assert file.exists()


def test_a_lease_without_a_word_is_a_live_ones_for_a_moment(store: Store) -> None:
    file = store.root / ".xbench" / "leases" / made_cell().key
    file.write_bytes(b"")  # made, and not yet written
    assert store.lease(made_cell()) is None
    old = time.time() - UNREADABLE_SECONDS - 1
    os.utime(file, (old, old))
    assert store.lease(made_cell()) is not None


def test_a_lease_that_was_renewed_before_its_burial_is_put_back(store: Store) -> None:
    file, grave = (store.root / ".xbench" / place for place in (f"leases/{made_cell().key}", "trash/lease.x"))
    file.write_bytes(Owner.me().dumps(token="renewed"))
    leases._bury(file, "the dead one's", grave)
    assert file.read_bytes() == Owner.me().dumps(token="renewed")
