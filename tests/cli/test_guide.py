"""The guide's own example: a card that a person copies must run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xbench import api
from xbench.cli import main

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
WORDS = {"complaint": "late", "praise": "lovely", "question": "when"}


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """The first TOML of the guide, and tickets for it, a class to every third row."""
    found = re.search(r"```toml\n(name = .*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    (tmp_path / "my_intents.toml").write_text(found[1], encoding="utf-8")
    (tmp_path / "tickets").mkdir()
    for split, rows in (("train", 60), ("test", 30)):
        lines = [f"{list(WORDS.values())[i % 3]} again {i},{list(WORDS)[i % 3]}\n" for i in range(rows)]
        (tmp_path / "tickets" / f"{split}.csv").write_text("body,kind\n" + "".join(lines), encoding="utf-8")
    return tmp_path / "my_intents.toml"


def test_the_card_of_the_guide_runs(card: Path, tmp_path: Path) -> None:
    api.run("tfidf", card, results=tmp_path / "results", data_dir=tmp_path)
    (record,) = api.load(tmp_path / "results")
    assert (record.cell.task.name, record.scores["accuracy"]) == ("my-intents", 1.0)


def test_a_card_can_be_shown(card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(card)]) == 0
    assert "complaint" in capsys.readouterr().out
