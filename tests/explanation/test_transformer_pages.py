"""docs/explanation/transformer.md and its Chinese sister: their links, snippets and equations, and that they agree."""

from __future__ import annotations

import ast
import html
import re
from pathlib import Path

import pytest
from docs_pages import ROOT, blocks
from markdown_it import MarkdownIt

FOLDER = ROOT / "docs" / "explanation"
ENGLISH, CHINESE = FOLDER / "transformer.md", FOLDER / "transformer.zh-CN.md"
PAGES = pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["en", "zh"])
LINK = re.compile(r"\[(`?)([^\]`]+)\1\]\(([^)]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
DISPLAY = re.compile(r"^\$\$\n(.+?)\n\$\$$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(?<!\$)\$(?!\$)([^$\n]+)\$(?!\$)")
BOXES = {ENGLISH: ("Often written:", "Right:", "Why:"), CHINESE: ("常见写法：", "正确：", "原因：")}


def prose(page: Path) -> str:
    """Without code."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def sections(page: Path) -> list[tuple[int, str]]:
    """(level, what stands under it), in order; the headings' words are each language's own."""
    parts = re.split(r"^(#+) .*\n", prose(page), flags=re.MULTILINE)[1:]
    return [(len(marks), text) for marks, text in zip(parts[::2], parts[1::2], strict=True)]


def links(text: str) -> list[tuple[str, str]]:
    """(symbol or "", target); the pages' links to each other are left out."""
    found = [(name if tick else "", target) for tick, name, target in LINK.findall(text)]
    return [(name, target) for name, target in found if target not in (ENGLISH.name, CHINESE.name)]


def symbols(module: Path) -> set[str]:
    """Functions, classes and constants; methods, fields and what `self` gets as "Class.name"."""
    found = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        found |= _named(node)
        if isinstance(node, ast.ClassDef):
            members = {name for child in node.body for name in _named(child)}
            members |= {
                one.attr
                for one in ast.walk(node)
                if isinstance(one, ast.Attribute)
                and isinstance(one.ctx, ast.Store)
                and ast.unparse(one.value) == "self"
            }
            found |= {f"{node.name}.{member}" for member in members}
    return found


def _named(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


@PAGES
def test_every_link_leads_to_the_symbol_that_it_names(page: Path) -> None:
    found = links(prose(page))
    assert len(found) > 50
    for name, target in found:
        if target.startswith("https://"):
            continue
        path = (FOLDER / target).resolve()
        assert path.is_relative_to(ROOT), target
        assert path.exists(), target
        if path.suffix == ".py":
            assert name in symbols(path), f"{target} has no {name}"
    for name in (ENGLISH.name, CHINESE.name):
        assert (FOLDER / name).exists()


@PAGES
def test_every_snippet_runs_and_prints_what_stands_behind_it(page: Path) -> None:
    printed: list[str] = []
    room = {"__name__": "__page__", "print": lambda *values: printed.append(" ".join(map(str, values)))}
    promised: list[str] = []
    for block in blocks(page):
        assert block.language == "python"
        promised += re.findall(r"^print\(.*\)  # (.+)$", block.body, re.MULTILINE)
        exec(compile(block.body, f"{page.name}:{block.line}", "exec"), room)
    assert len(promised) > 8
    assert printed == promised


@PAGES
def test_every_error_has_its_box_and_its_tests(page: Path) -> None:
    boxes = re.findall(r"(?:^>.*\n)+", prose(page), re.MULTILINE)
    assert len(boxes) == 13  # the first one says how to read the others
    for box in boxes:
        assert [box.count(f"**{part}**") for part in BOXES[page]] == [1, 1, 1]
    tests = {name for box in boxes[1:] for name, target in links(box) if target.endswith("test_transformer_errors.py")}
    assert tests == {
        name for name in symbols(FOLDER / "../../tests/explanation/test_transformer_errors.py") if "test_" in name
    }
    assert all("test_transformer_errors.py" in box for box in boxes[1:])


@PAGES
def test_equations_are_such_that_github_shows_them(page: Path) -> None:
    """GitHub reads Markdown first, and what is left between dollar signs is an equation where the first one is free."""
    text = prose(page)
    without_display = DISPLAY.sub("", text)
    equations = DISPLAY.findall(text) + INLINE.findall(without_display)
    assert len(equations) > 60
    rendered = html.unescape(MarkdownIt("commonmark").enable("table").render(text))
    for equation in equations:
        assert f"${equation}$" in rendered or f"$$\n{equation}\n$$" in rendered, (
            equation
        )  # Markdown took nothing from it
        assert not re.search(r"^\s|\s$|\n|[|<>]", equation), equation
        assert equation.count("{") == equation.count("}"), equation
    assert "**" not in rendered  # as it stays where it touches full-width punctuation
    assert "$" not in INLINE.sub("", without_display)
    for inline in INLINE.finditer(without_display):
        assert inline.string[inline.start() - 1] in " \n", inline[0]
        assert not inline.string[inline.end()].isalnum(), inline[0]


def test_both_languages_have_the_same_structure_links_and_equations() -> None:
    english, chinese = sections(ENGLISH), sections(CHINESE)
    assert [level for level, _ in english] == [level for level, _ in chinese]
    for (_, one), (_, other) in zip(english, chinese, strict=True):
        assert sorted(set(links(one))) == sorted(set(links(other)))
        assert [_plain(equation) for equation in DISPLAY.findall(one)] == [
            _plain(equation) for equation in DISPLAY.findall(other)
        ]
        assert set(INLINE.findall(DISPLAY.sub("", one))) == set(INLINE.findall(DISPLAY.sub("", other)))
        assert one.count("\n|") == other.count("\n|")
    codes = [[ast.dump(ast.parse(block.body)) for block in blocks(page)] for page in (ENGLISH, CHINESE)]
    assert codes[0] == codes[1]


def _plain(equation: str) -> str:
    """Words within an equation are each language's own."""
    return re.sub(r"\\text\{[^}]*\}", "", equation)


def test_chinese_punctuation_and_spaces() -> None:
    """Full-width punctuation after Chinese, and a space between Chinese and Latin, code or mathematics."""
    text = LINK.sub(lambda link: f"`{link[2]}`" if link[1] else link[2], DISPLAY.sub("", prose(CHINESE)))
    chinese = r"[\u4e00-\u9fff]"
    for pattern in (
        rf"{chinese}[,.;:?!()]",
        rf"[,;?!()]{chinese}",
        rf"{chinese}[A-Za-z0-9`$]",
        rf"[A-Za-z0-9`$]{chinese}",
    ):
        assert re.findall(rf".{{0,10}}{pattern}.{{0,10}}", text) == []
