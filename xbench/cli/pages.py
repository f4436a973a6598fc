"""What a command's `--help` shows beside its docstring and its flags: its panel, its sections, its examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PANELS = ("Train and use", "Read the results", "Look around", "Data and plugins of your own")
OTHERS = "Commands"
COMMON = ("--json", "-p", "--debug", "--help")  # what nearly every command takes


@dataclass(frozen=True, slots=True)
class Page:
    """panel: its heading in `xbench --help`. examples: (command, what it does). sections: heading -> flags in order."""

    panel: str
    examples: tuple[tuple[str, str], ...] = ()
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


PAGES: Mapping[str, Page] = {
    "": Page(
        "",
        (
            ("xbench run -m majority -m tfidf -t demo-sentiment", "A first leaderboard, in seconds."),
            ("xbench run --help", "All about one command."),
            ("xbench --install-completion", "Let the Tab key complete commands, flags and names."),
        ),
    ),
    "run": Page(
        PANELS[0],
        (
            (
                "xbench run -m tfidf -m scratch-tiny -t demo-sentiment --recipe quick",
                "Two models on a small task; the board is results/leaderboard.html.",
            ),
            ("xbench run --model t5-base --task wmt14 --dry-run", "What a checkpoint of the hub would cost first."),
            ("xbench run -m tfidf -t my.csv", "On your own file, with a column of texts and one of labels."),
            (
                "xbench run -m minilm=./MiniLM -t banking77 --method none --method lora --set lora.r=16",
                "A folder under a name of your choice, untrained and by LoRA.",
            ),
        ),
        {
            "What to run": ("--model", "--task", "--method", "--seeds", "--limit-train", "--limit-eval"),
            "How it is trained": ("--recipe", "--set", "--route", "--save-model"),
            "Where": ("--results", "--data-dir", "--offline", "--device", "--executor", "--jobs"),
            "How the run goes": ("--dry-run", "--budget", "--fail-fast", "--retry-failed"),
        },
    ),
    "predict": Page(
        PANELS[0],
        (
            ('xbench predict RUN --text "a film to see twice"', "One answer of a model that was kept by --save-model."),
            ("xbench predict RUN --file texts.jsonl > answers.jsonl", "An answer for each line of a file."),
            ("xbench predict RUN --file new.csv --out answers.jsonl", "For each row of a table."),
            ("xbench predict RUN --file app.log --follow", "And for every line that is added to it, until Ctrl-C."),
        ),
    ),
    "fetch": Page(
        PANELS[0],
        (("xbench fetch -m t5-base -t wmt14", "Fill the caches, so that `xbench run --offline` needs no network."),),
    ),
    "leaderboard": Page(
        PANELS[1],
        (
            ("xbench leaderboard", "Draw results/leaderboard.{csv,md,html} again, and print it in short."),
            (
                "xbench leaderboard --results results/nightly --assert 'accuracy>=0.9 where model=tfidf'",
                "In CI: exit with 1 where a score has fallen.",
            ),
        ),
    ),
    "compare": Page(
        PANELS[1],
        (
            ("xbench compare tfidf majority", "Can the two be told apart, and by how much?"),
            ("xbench compare minilm+lora minilm+full -t banking77", "Two methods of one model on one task."),
        ),
    ),
    "rescore": Page(PANELS[1], (("xbench rescore", "After an update of a metric: nothing is trained again."),)),
    "explain-protocol": Page(
        PANELS[1],
        (
            (
                "xbench explain-protocol minilm+lora minilm+full",
                "May the two be compared? If not, which part of the task differs.",
            ),
        ),
    ),
    "list": Page(
        PANELS[2],
        (
            ("xbench list", "Everything, by kind."),
            ("xbench list tasks", "One kind."),
            ("xbench list models --json", "For a program: one object a line."),
        ),
    ),
    "show": Page(
        PANELS[2],
        (
            ("xbench show banking77", "A task: its data, labels, licence, whom to cite."),
            ("xbench show my.csv", "Your own file: what it is taken for."),
            ("xbench show lora", "A method's options, as --set takes them."),
            ("xbench show quick", "A recipe: every effective value, and where it came from."),
        ),
    ),
    "doctor": Page(
        PANELS[2],
        (
            ("xbench doctor", "What is here, what would be used and why, and what to mend."),
            ("xbench doctor --json > doctor.json", "To attach to a report of a bug; it names no token."),
        ),
    ),
    "new": Page(PANELS[3]),
    "new task": Page("", (("xbench new task reviews --from reviews.csv", "Write a card that you can edit."),)),
    "new plugin": Page(
        "",
        (
            ("xbench new plugin mine", "A package with a model that works; edit it from there."),
            ("xbench new plugin mine --kind metric", "The same for a metric."),
        ),
    ),
    "check": Page(
        PANELS[3],
        (
            ("xbench check reviews.toml", "A card: names, metrics, every row, every label."),
            ("xbench check ./xbench-mine", "A plugin's folder: all that it declares is tried."),
            ("xbench check banking77 --data-dir ~/data", "A task that is installed."),
        ),
    ),
}
