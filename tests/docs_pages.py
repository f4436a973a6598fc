"""The fenced blocks of the documentation, and what a page's commands print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\S*) *(?P<name>[^\n]*)\n(?P<body>.*?)^(?P=indent)```", re.DOTALL | re.MULTILINE
)
_DURATION = re.compile(r"\d[\d.,]* (?:s|min|h)\b")  # as `xbench run` writes it: another machine is slower
_NUMBER = re.compile(r"\d[\d.,]*(?:e[-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Block:
    """A command or a file's text, the page and line it stands in, and the output that the page promises for it.

    name: of the file whose text it is: what stands behind the language, as in "```toml reviews.toml".
    """

    page: Path
    line: int
    language: str
    body: str
    promised: str = ""
    name: str = ""


def written() -> list[Path]:
    """Every page that a person wrote: the generated reference has its own test."""
    docs = sorted(ROOT.glob("docs/*.md")) + sorted(ROOT.glob("docs/how-to*/*.md")) + sorted(ROOT.glob("docs/exp*/*.md"))
    return [*sorted(ROOT.glob("*.md")), *docs]


def blocks(page: Path) -> Iterator[Block]:
    """In order. A `text` block that follows a `bash` block at once (only a line of words between) is its output."""
    text = page.read_text(encoding="utf-8")
    found = list(_FENCE.finditer(text))
    for number, fence in enumerate(found):
        following = found[number + 1] if number + 1 < len(found) else None
        promised = ""
        if following is not None and following["language"] == "text" and not following["name"]:
            between = text[fence.end() : following.start()]
            promised = following["body"] if not between.strip() else ""
        line = text.count("\n", 0, fence.start()) + 1
        yield Block(page, line, fence["language"], fence["body"], promised, fence["name"].strip())


def kept(promised: str, printed: str) -> str | None:
    """The first promised line that was not printed, in order; None where all were. Numbers and spaces may differ.

    A line of `...` stands for any lines, and `...` within a line for any text.
    """
    lines = iter([_plain(line) for line in printed.splitlines()])
    for line in promised.splitlines():
        if not line.strip() or line.strip() == "...":
            continue
        wanted = re.compile(".*".join(map(re.escape, _plain(line).split("..."))))
        if not any(wanted.fullmatch(other) for other in lines):
            return line
    return None


def _plain(line: str) -> str:
    return " ".join(_NUMBER.sub("0", _DURATION.sub("0 s", line)).split())


def script(parts: Iterable[Block]) -> str:
    """One bash session of all blocks: each begins with a mark on both streams, and the first failure ends it."""
    lines = ["set -euo pipefail"]
    for number, block in enumerate(parts):
        lines.append(f"echo '##{number}' | tee /dev/stderr")
        if block.name:
            lines.append(
                f"mkdir -p \"$(dirname '{block.name}')\"\ncat > '{block.name}' <<'THE_FILE'\n{block.body}THE_FILE"
            )
        else:
            lines.append(
                block.body.rstrip() if block.language == "bash" else f"python - <<'PYTHON'\n{block.body}PYTHON"
            )
    return "\n".join(lines) + "\n"


def played(output: str) -> list[str]:
    """What each block of a session printed, by its marks; both streams are one."""
    return re.split(r"(?:^##\d+\n){1,2}", output, flags=re.MULTILINE)[1:]
