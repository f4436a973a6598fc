"""A board as one HTML file: sorts, filters and opens rows, needs no network, and lets no name become markup.

Every row is in the file as a table that stands without scripts. Style and script lie in `web/`; the page's content
security policy allows these two, by their digests, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from xbench.records import Board
from xbench_report.contests import Contest, contests, cost, seconds, whole_first
from xbench_report.markup import data, text, word
from xbench_report.payload import payload
from xbench_report.sections import contest_section, controls, notes_section, overview
from xbench_report.words import LANGUAGES, words

_SCRIPTS = ("words.js", "table.js", "chart.js", "detail.js", "page.js")


def render(board: Board) -> bytes:
    """One self-contained UTF-8 page."""
    groups = whole_first(contests(board))
    style, script = _style(), "".join(_file(name) for name in _SCRIPTS)
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    told = {"words": {name: dict(words(name)) for name in LANGUAGES}, **payload(board, groups)}
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{escape(words("en")["page.title"])}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#results">{word("page.skip")}</a>
<header class="top">
<div>{word("page.title", "h1")}
{_summary(board, groups)}</div>
{_choices()}
</header>
<noscript>{word("page.script", "p")}</noscript>
{overview(groups)}
{controls(board)}
<main id="results" tabindex="-1">
{_sections(board, groups)}</main>
{notes_section(board)}
<footer>{word("page.made", "p")}</footer>
<div id="tip" role="tooltip" hidden></div>
<script type="application/json" id="data">{data(told)}</script>
<script>{script}</script>
</body>
</html>
"""
    return page.encode("utf-8", "backslashreplace")


def _file(name: str) -> str:
    return files("xbench_report").joinpath("web", name).read_text("utf-8")


def _style() -> str:
    """The dark colours hold where the system asks for them, and where the reader does."""
    dark = _file("dark.css")
    asked = f"@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme='light']) {{ {dark} }} }}\n"
    return _file("page.css") + asked + f"@media screen {{ :root[data-theme='dark'] {{ {dark} }} }}\n"


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")


def _summary(board: Board, groups: Sequence[Contest]) -> str:
    """What, how much, when and on what."""
    runs, train, evaluation = cost(board.rows)
    tasks = len({group.first.get("task") for group in groups})
    told = [
        *(
            word(f"page.{name}", count=size)
            for name, size in (("rows", len(board.rows)), ("runs", runs), ("tasks", tasks))
        ),
        word("page.time", **{"train": seconds(train), "eval": seconds(evaluation)}),
    ]
    days = sorted({str(run["finished"])[:10] for run in board.runs.values() if run.get("finished")})
    if days:
        told.append(
            word("page.date", **{"from": days[0]})
            if len(days) == 1
            else word("page.dates", **{"from": days[0], "to": days[-1]})
        )
    devices = sorted({name for row in board.rows for name in str(row.get("device") or "").split(";") if name})
    if devices:
        told.append(word("page.devices", devices=", ".join(devices)))
    return f'<p class="summary">{"".join(f"<span>{part}</span>" for part in told)}</p>'


def _choices() -> str:
    """Language and colours, for the script."""
    languages = "".join(
        f'<button type="button" data-lang="{code}" lang="{code}" aria-pressed="false">{name}</button>'
        for code, name in LANGUAGES.items()
    )
    themes = "".join(word(f"page.theme-{name}", "option", f"value={name}") for name in ("auto", "light", "dark"))
    return (
        '<div id="choices" hidden>'
        f'<div role="group" data-w-label="page.language" aria-label="Language">{languages}</div>'
        f'<label>{word("page.theme", more="class=sr")}<select id="theme">{themes}</select></label></div>'
    )


def _sections(board: Board, groups: Sequence[Contest]) -> str:
    parts, first = [], 0
    for at, contest in enumerate(groups):
        task = board.tasks.get(f"{contest.first.get('task')}@{contest.first.get('task_version')}") or {}
        parts.append(contest_section(contest, at, first, task))
        first += len(contest.rows)
    return "\n".join(parts) if parts else text("")
