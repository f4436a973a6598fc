"""How the documentation's blocks are read (what they do is run by test_snippets.py)."""

from __future__ import annotations

from pathlib import Path

from docs_pages import blocks, kept, written

PAGE = """Run

```bash
xbench list tasks
```

```text
tnews  classification
```

and then

```bash
xbench doctor
```

which prints

```text
fine
```
"""


def test_an_output_belongs_to_the_command_right_above_it(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    found = [(block.language, block.line, block.promised) for block in blocks(tmp_path / "page.md")]
    assert found == [
        ("bash", 3, "tnews  classification\n"),
        ("text", 7, ""),
        ("bash", 13, ""),
        ("text", 19, ""),
    ]


def test_numbers_and_spaces_may_differ_but_no_word() -> None:
    assert kept("score 0.91  in 4 s\n", "first\nscore   0.8734 in 12 s\n") is None
    assert kept("score 0.91\n", "score none\n") == "score 0.91"
    assert kept("in 54 s\n", "in 2 min\n") is None
    assert kept("a ... z\n", "a lot of z\n") is None
    assert kept("b\na\n", "a\nb\n") == "a"


def test_every_page_is_found() -> None:
    names = {page.name for page in written()}
    assert {"README.md", "CONTRIBUTING.md"} <= names
