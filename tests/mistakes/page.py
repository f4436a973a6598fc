"""docs/reference/errors.md: each mistake, made on the spot, and the answer."""

from __future__ import annotations

import re

from mistakes.asked import Mistake, answer
from mistakes.table import EVERY, GROUPS

HEAD = f"""# Mistakes, and what xbench answers

{len(EVERY)} commands that go wrong (and, at the end, some that only look so), each as it was typed and answered.
The exit code is 2 for wrong usage and bad input, and 1 where a part of the work could not be done. A command that is
refused leaves no file or folder behind. `--debug` adds the traceback.
"""


def page() -> str:
    """The page. It makes every mistake: tests that made one before in this process do not make it again."""
    blocks = [HEAD.strip()]
    for title, mistakes in GROUPS.items():
        blocks.append(f"## {title}")
        blocks += [_shown(mistake) for mistake in mistakes]
    return "\n\n".join(blocks) + "\n"


def _shown(mistake: Mistake) -> str:
    told = answer(mistake)
    said = [*told.out.splitlines(), *told.err.splitlines()] if mistake.code < 2 else told.err.splitlines()
    lines = [f"$ {mistake.shell}", *(_steady(line, mistake) for line in said)]
    body = "\n".join(line for line in lines if line.strip())
    return f"**{mistake.title}**: exit code {told.code}\n\n```text\n{body}\n```"


def _steady(line: str, mistake: Mistake) -> str:
    """Without what differs from machine to machine."""
    return re.sub(mistake.varies, lambda found: re.sub(r"\d[\d.,]*", "N", found[0]), line) if mistake.varies else line
