"""Without running anything: the pages' commands exist, their links lead somewhere, the two READMEs agree."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from docs_pages import ROOT, blocks
from markdown_it import MarkdownIt
from typer.main import get_command

from xbench.cli.app import UsageError, app

FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ALL = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "results/README.md")
    for path in ROOT.glob(pattern)
    if "node_modules" not in path.parts
)
WRITTEN = [path for path in ALL if not path.is_relative_to(ROOT / "docs" / "decisions")]
PAGES = pytest.mark.parametrize("page", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))


def said(page: Path) -> Iterator[str]:
    """Lines of shell: of the fenced blocks, continued lines joined, and what stands as code in the text."""
    for block in blocks(page):
        if block.language in ("bash", "console", "") and not block.name:
            yield from block.body.replace("\\\n", " ").splitlines()
    yield from re.findall(r"`([^`\n]+)`", FENCED.sub("", page.read_text(encoding="utf-8")))


def commands(line: str) -> Iterator[list[str]]:
    """The words of each simple command of a line, variables in front left out."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word and set(word) <= set("();<>|&"):
            yield words
            words = []
        elif words or not re.match(r"^\w+=", word):
            words.append(word)


def xbench_commands(page: Path) -> list[list[str]]:
    found = []
    for line in said(page):
        if re.search(r"\bxbench ", line):
            found += [words[1:] for words in commands(line) if words[:1] == ["xbench"]]
    return found


def parse(arguments: list[str]) -> None:
    """As the command line does, without running; a text may name a command without its arguments.

    Raises click's UsageError, or KeyError where there is no command.
    """
    command: Any = get_command(app)
    rest = list(arguments)
    while hasattr(command, "commands"):
        if not rest or rest[0].startswith("-"):
            known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
            assert set(rest) <= known, rest
            return
        command = command.commands[rest.pop(0)]
    try:
        command.make_context("xbench", list(rest))
    except typer.Exit:
        assert {"--help", "-h"} & set(rest)
    except UsageError as problem:
        if rest or type(problem).__name__ != "MissingParameter":
            raise


@PAGES
def test_every_xbench_command_parses(page: Path) -> None:
    for arguments in xbench_commands(page):
        try:
            parse(arguments)
        except Exception as problem:
            problem.add_note(f"{page.relative_to(ROOT)}: xbench {shlex.join(arguments)}")
            raise


def test_commands_are_found_and_wrong_ones_refused() -> None:
    line = "cd x && OMP_NUM_THREADS=1 xbench run -m 'a b' -t c > out; xbench list tasks | head # xbench no"
    assert [words for words in commands(line) if words[:1] == ["xbench"]] == [
        ["xbench", "run", "-m", "a b", "-t", "c"],
        ["xbench", "list", "tasks"],
    ]
    assert len(xbench_commands(ROOT / "README.md")) > 8
    with pytest.raises(KeyError):
        parse(["runn"])
    with pytest.raises(Exception, match="--modle"):
        parse(["run", "--modle", "t5-base"])


@PAGES
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {words[1] for line in said(page) if "make" in line for words in commands(line) if words[:1] == ["make"]}
    assert asked <= targets


@pytest.mark.parametrize("page", ALL, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_of_the_repository(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(ROOT), target
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# --- the two languages ------------------------------------------------------------------------------------------------

PAIRS = [path for path in ALL if path.name.endswith(".zh-CN.md") and "explanation" not in path.parts]


@pytest.mark.parametrize("chinese", PAIRS, ids=lambda path: path.name)
def test_both_languages_say_the_same(chinese: Path) -> None:
    """The same commands in the same order (what is told to a model is each language's own), the same numbers."""
    english = chinese.with_name(chinese.name.replace(".zh-CN", ""))
    one, other = english.read_text(encoding="utf-8"), chinese.read_text(encoding="utf-8")
    assert f"({chinese.name})" in one[:400]
    assert f"({english.name})" in other[:400]
    assert _levels(one) == _levels(other)
    assert [_shell(english), _numbers(one)] == [_shell(chinese), _numbers(other)]
    assert [block.language for block in blocks(english)] == [block.language for block in blocks(chinese)]


def _levels(text: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", FENCED.sub("", text), re.MULTILINE)]


def _shell(page: Path) -> list[str]:
    """Without comments, what stands in quotes, and which language a BERT reads."""
    shown = [block.body for block in blocks(page) if block.language == "bash"]
    plain = [re.sub(r"""'[^'\n]*'|"[^"\n]*"|-(uncased|chinese)\b""", "", body) for body in shown]
    return [re.sub(r" *#.*$", "", body, flags=re.MULTILINE) for body in plain]


def _numbers(text: str) -> list[list[str]]:
    """Of each row of the tables."""
    rows = re.findall(r"^\|.*\|$", FENCED.sub("", text), re.MULTILINE)
    return [re.findall(r"\d+(?:[.,]\d+)*", row) for row in rows]


@pytest.mark.parametrize("page", PAIRS, ids=lambda path: path.name)
def test_chinese_is_set_as_chinese(page: Path) -> None:
    """Full-width punctuation after Chinese, a space between Chinese and Latin or code; bold that GitHub shows."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    chinese = r"[\u4e00-\u9fff]"
    for pattern in (
        rf"{chinese}[,.;:?!()]",
        rf"[,;?!()]{chinese}",
        rf"{chinese}[A-Za-z0-9`]",
        rf"[A-Za-z0-9`]{chinese}",
        rf"{chinese}\n *{chinese}",  # shown as a space
    ):
        assert re.findall(rf".{{0,10}}{pattern}.{{0,10}}", text) == []
    assert "**" not in MarkdownIt("commonmark").render(text)  # as it stays where it touches full-width punctuation
