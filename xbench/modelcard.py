"""The README beside a kept model: what it is, how it is loaded, what it scored. Texts from outside stay inert."""

from __future__ import annotations

import json
import re

from xbench.records import Record

FILE = "README.md"
_SHOWN_LABELS = 200  # of a task's labels; config and record hold all


def text(record: Record, n_train: int, loading: str) -> str:
    """A model card in Markdown, with the front matter that the Hugging Face hub reads.

    Args:
        n_train: examples of the train split that were there to be seen.
        loading: how the folder is loaded without this program; empty where only this program can.
    """
    cell = record.cell
    task, model = cell.task, cell.model
    revision = f" at revision {code(model.revision)}" if model.revision else ""
    version = record.environment.get("packages", {}).get("xbench-harness", "")
    parts = [
        _front(record),
        f"# {plain(model.name)} ({plain(cell.method)}) on {plain(task.name)}",
        f"The model {code(model.name)}{revision}, trained by the method {code(cell.method)} and the recipe "
        f"{code(cell.recipe)}{f' by the route {code(cell.route)}' if cell.route else ''} with seed {cell.seed} on the "
        f"task {code(task.name)} (version {task.version}, {plain(task.type)}, {n_train} training examples), by "
        f"xbench {version}. `record.json` beside this folder holds every setting and version.".replace("  ", " "),
        "## Use",
        f'```\nxbench predict {cell.key[:8]} --text "..."\n```',
        "with `--results` where the results are not in the folder `results`; `xbench.api.load_model` does the same "
        "from Python. Both read the whole run: keep this folder where it is, beside `record.json`.",
        *(("## Without xbench", loading) if loading else ()),
        *_labels(task.labels),
        "## Scores on the test split, as it was trained",
        "\n".join(["| metric | score |", "|---|---:|", *_scores(record)]),
        *((f"Doubts: {', '.join(map(code, record.flags))}.",) if record.flags else ()),
        "## Licence",
        f"Data: {plain(task.licence) or 'unknown'}. The weights stand under the terms of the data, and of the "
        "checkpoint that they began from where there was one; those are not known here: look them up before you pass "
        "the weights on.",
    ]
    return "\n\n".join(parts) + "\n"


def plain(value: str) -> str:
    """A text from outside as Markdown that means nothing but itself: on one line, without markup."""
    return re.sub(r"([\\`*_{}\[\]<>()#|!&~])", r"\\\1", " ".join(value.split()))


def code(value: str) -> str:
    """The same as a code span, safe inside a table."""
    inside = " ".join(value.split()).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", inside)), default=0))
    space = " " if inside.startswith("`") or inside.endswith("`") else ""
    return f"{fence}{space}{inside}{space}{fence}"


def _front(record: Record) -> str:
    """YAML front matter; JSON is YAML, so that no text can end it."""
    cell = record.cell
    fields = {
        "language": list(cell.task.language),
        "tags": ["xbench", cell.task.type, cell.method],
        "datasets": [cell.task.name],
        "license": "unknown",
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---"])


def _scores(record: Record) -> list[str]:
    return [f"| {code(metric)} | {score:.4g} |" for metric, score in record.scores.items()]


def _labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    if not labels:
        return ()
    more = f" and {len(labels) - _SHOWN_LABELS} more" if len(labels) > _SHOWN_LABELS else ""
    return ("## Labels", ", ".join(map(code, labels[:_SHOWN_LABELS])) + more + ".")
