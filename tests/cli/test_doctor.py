"""`xbench doctor`: facts of this machine, and every problem with its mend."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from made_plugins import install

from xbench import api, machine
from xbench.abilities import Problem
from xbench.cli import main

QUIET = ("PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS", "HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE", "XBENCH_DATA_DIR")


@pytest.fixture
def hub() -> Iterator[str]:
    """An address on loopback that answers every question with 200."""

    class Answering(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def ask(*arguments: str, home: Path, **more: str) -> tuple[int, str]:
    """The command in a process of its own: libraries read the environment once."""
    environment = {name: value for name, value in os.environ.items() if name not in QUIET}
    environment |= {"XDG_CACHE_HOME": str(home / "cache"), "HF_HOME": str(home / "hf"), "NO_PROXY": "127.0.0.1", **more}
    done = subprocess.run(
        [sys.executable, "-m", "xbench", "doctor", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def told(*arguments: str, home: Path, **more: str) -> tuple[int, dict[str, Any], list[Any]]:
    """Exit code, facts by topic, problems."""
    code, printed = ask("--json", *arguments, home=home, **more)
    (line,) = printed.splitlines()
    found = json.loads(line)
    return code, {section["topic"]: section for section in found["sections"]}, found["problems"]


def test_a_sound_machine(hub: str, tmp_path: Path) -> None:
    code, sections, problems = told(home=tmp_path, HF_ENDPOINT=hub)
    assert code == 0
    assert not any(problem["stops"] for problem in problems)
    assert not any("hub" in problem["message"] for problem in problems)
    assert metadata.version("xbench-harness") in sections["xbench"]["facts"]["xbench"]
    assert f"torch {metadata.version('torch')}" in sections["packages"]["facts"]["installed"]
    assert sections["device"]["by"] == ["hf", "scratch"]  # what both say is said once
    assert sections["device"]["facts"]["would use"].startswith(("cpu: ", "cuda: "))
    assert sections["device"]["facts"]["precision"].startswith(("fp32: ", "bf16: "))
    assert sections["hub"]["facts"]["endpoint"] == f"{hub} (HF_ENDPOINT)"
    assert sections["hub"]["facts"]["answers"].startswith("in 0")
    assert sections["hub"]["facts"]["token"].startswith("none")
    assert sections["hub"]["facts"]["checkpoints"].startswith(str(tmp_path / "hf"))
    assert sections["cache"]["facts"]["folder"].startswith(str(tmp_path / "cache" / "xbench"))
    assert "demo-sentiment" in sections["data"]["facts"]["at hand"]
    assert "banking77" in sections["data"]["facts"]["not here"]
    assert "demo" in sections["plugins"]["facts"][f"xbench-harness {metadata.version('xbench-harness')}"]
    assert list(tmp_path.iterdir()) == []  # nothing was written


def test_a_person_reads_topics_facts_and_numbered_problems(tmp_path: Path) -> None:
    code, printed = ask("--offline", home=tmp_path, OMP_NUM_THREADS="9999", HF_TOKEN="hf_verysecret")
    lines = printed.splitlines()
    assert "there is one, from HF_TOKEN" in printed
    assert "verysecret" not in printed
    assert code == 0  # it only costs time
    assert max(map(len, lines)) <= 80 or str(tmp_path) in printed  # a path is never broken
    assert lines[0] == "xbench"
    at = next(number for number, line in enumerate(lines) if line.endswith((" problem", " problems")))
    assert lines[at + 1].startswith("  1. OMP_NUM_THREADS=9999 is more than the ")
    assert lines[at + 2].startswith("     mend: unset it")


def of_the_hub(home: Path, offline: bool = False, **more: str) -> tuple[dict[str, str], list[str]]:
    """What the backend says of the hub: facts, and problems as "message: hint"."""
    code = (
        f"import json\nfrom xbench_hf.diagnosis import diagnose\nfound = diagnose({offline})\n"
        "print(json.dumps([dict(found.facts), [f'{p.message}: {p.hint}' for p in found.problems]]))"
    )
    environment = {name: value for name, value in os.environ.items() if name not in QUIET}
    environment |= {"HF_HOME": str(home / "hf"), "NO_PROXY": "127.0.0.1", **more}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    facts, problems = json.loads(done.stdout)
    return facts, problems


@pytest.mark.parametrize("scheme", ["http://", "ftp://", "//", ""])
def test_a_password_in_an_address_is_never_told(scheme: str, hub: str, tmp_path: Path) -> None:
    address = hub.partition("//")[2]
    facts, problems = of_the_hub(tmp_path, HF_ENDPOINT=f"{scheme}me:verysecret@{address}")
    assert facts["endpoint"] == f"{scheme}{address} (HF_ENDPOINT)"
    assert "secret" not in str((facts, problems))
    assert scheme == "http://" or f"HF_ENDPOINT=https://{address}" in problems[0]


def test_a_hub_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    facts, problems = of_the_hub(tmp_path, HF_ENDPOINT="http://127.0.0.1:9")
    assert facts["answers"].startswith("no: ")
    (found,) = problems
    assert found.startswith("the hub http://127.0.0.1:9 does not answer")
    assert "HF_ENDPOINT" in found.partition(": check the network")[2]


def test_offline_asks_nobody(tmp_path: Path) -> None:
    for offline, more in ((True, {}), (False, {"HF_HUB_OFFLINE": "1"})):
        facts, problems = of_the_hub(tmp_path, offline, HF_ENDPOINT="http://127.0.0.1:9", **more)
        assert facts["answers"].startswith("not asked: ")
        assert problems == []


def test_an_address_that_cannot_even_be_read_is_a_problem(tmp_path: Path) -> None:
    """The hub's library refuses to be imported with it."""
    facts, (problem,) = of_the_hub(tmp_path, HF_ENDPOINT="http://me:verysecret@[mirror")
    assert facts == {}
    assert problem == "HF_ENDPOINT 'http://[mirror' is no address: Invalid IPv6 URL: write it as https://HOST"


SICK = """
class Sick:
    name, result_version = "sick", 1
    def rows(self, ref, split, root, offline): return []
    def stamp(self, ref, root): return 1 // 0
    def diagnose(self, offline): raise RuntimeError("no driver")

@hookimpl
def xbench_readers():
    return [Sick()]

@hookimpl
def xbench_tasks():
    rows = DatasetRef("sick", {}, {"text": "text", "label": "label"}, {"train": "a", "test": "b"})
    about = ("classification", rows, ("text",), ("a", "b"), ("accuracy",), ("en",), "CC0", "none")
    return [TaskSpec("ill", 1, *about)]
"""


def test_what_stops_xbench_is_told_first_and_fails(tmp_path: Path) -> None:
    slip = "@hookimpl\ndef xbench_taks(): return []"
    modules = {"made_broken": "import nowhere_at_all", "made_sick": SICK, "made_slip": slip}
    entries = {"zz-broken": "made_broken", "sickness": "made_sick", "slip": "made_slip"}
    site = install(tmp_path / "site", modules, entries)
    code, _, problems = told(
        "--offline",
        home=tmp_path,
        PYTHONPATH=str(site),
        XBENCH_PLUGINS="no:metrics",
        XBENCH_DATA_DIR=str(tmp_path / "nowhere"),
        HF_ENDPOINT="hf-mirror.com",
        OMP_NUM_THREADS="9999",
    )
    assert code == 1
    by_message = {problem["message"]: problem for problem in problems}
    stopping = [problem["message"] for problem in problems if problem["stops"]]
    assert stopping == list(by_message)[: len(stopping)]
    assert any("plugin zz-broken: cannot be imported: ModuleNotFoundError" in message for message in stopping)
    assert f"data folder {tmp_path / 'nowhere'}: no such folder" in stopping
    assert "no plugin declares a metric: nothing can run" in stopping
    sick = by_message["plugin sickness: reader sick cannot work: RuntimeError: no driver"]
    assert sick["stops"]
    assert "plugin sickness: reader sick cannot work: ZeroDivisionError: integer division or modulo by zero" in stopping
    assert "XBENCH_PLUGINS=no:sickness" in sick["hint"]
    assert by_message["HF_ENDPOINT 'hf-mirror.com' is no address"]["hint"].endswith("HF_ENDPOINT=https://hf-mirror.com")
    harmless = list(by_message)[len(stopping) :]
    assert any(message.startswith("OMP_NUM_THREADS=9999 is more than") for message in harmless)
    assert "plugin slip: unknown hook xbench_taks (did you mean xbench_tasks?)" in harmless  # the rest of it works


def test_a_requirement_that_is_absent_or_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "needy-1.0.dist-info"
    info.mkdir()
    needs = ("numpy<1", "no-such-thing>=2", "packaging", "odd; python_version < '3'", "extra-one; extra == 'more'")
    required = "".join(f"Requires-Dist: {text}\n" for text in needs)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: needy\nVersion: 1.0\n{required}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = machine.packages(["needy"])
    numpy = metadata.version("numpy")
    assert found.problems == (
        Problem(f"needy needs numpy<1, but {numpy} is installed", "pip install 'numpy<1'", stops=True),
        Problem("needy needs no-such-thing>=2, but it is not installed", "pip install 'no-such-thing>=2'", stops=True),
    )
    assert found.facts["installed"] == [f"numpy {numpy}", f"packaging {metadata.version('packaging')}"]


def test_starts_without_byte_code_are_named(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(300):
        (tmp_path / "many" / f"module_{number}.py").write_text("")
    code = (
        "import importlib\nfor number in range(300): importlib.import_module(f'many.module_{number}')\n"
        "from xbench import machine\nfor problem in machine.byte_code(): print(problem.message, problem.hint)"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    slow = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "for PYTHONDONTWRITEBYTECODE is set" in slow.stdout
    assert "unset PYTHONDONTWRITEBYTECODE" in slow.stdout
    del environment["PYTHONDONTWRITEBYTECODE"]
    quick = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert quick.stdout == ""


def test_a_container_that_allows_less_than_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "memory.max").write_text(f"{2**30}\n")
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    monkeypatch.setattr(machine, "_cores", lambda: 16)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    found = machine.machine()
    assert found.facts["cores"] == "16, of which this container may use 1.5"
    assert found.facts["memory"].startswith("1.0 GiB (this container's limit; ")
    assert [problem.hint for problem in found.problems] == [
        "set OMP_NUM_THREADS=2",
        "take small models: -m tfidf, -m scratch-tiny",
    ]


def test_a_folder_is_measured_and_not_made(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "file").write_bytes(b"x" * 3 * 2**20)
    line, problems = machine.place("cache: folder", tmp_path / "here")
    assert line.startswith(f"{tmp_path / 'here'} (3.0 MiB; ")
    absent = tmp_path / "a" / "b"
    assert machine.place("cache: folder", absent)[0].startswith(f"{absent} (not there yet; ")
    assert not absent.exists()
    blocked = machine.place("cache: folder", Path("/proc/xbench"))[1]
    assert blocked[0].message == "cache: folder: /proc/xbench cannot be written"
    assert problems == [] or "free on the disk" in problems[0].message


def test_a_notebook_asks_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    checkup = api.doctor(offline=True)
    assert checkup.works
    assert [section.topic for section in checkup.sections][:3] == ["xbench", "packages", "machine"]
    assert checkup.seconds < 60


def test_an_unknown_switch_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--offline", "-p", "no:nothing"]) == 2
    assert "unknown plugin 'nothing'" in capsys.readouterr().err
