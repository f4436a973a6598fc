"""`xbench` alone, and how `--help` reads."""

from __future__ import annotations

import shlex

import pytest
import typer

from xbench.cli import main
from xbench.cli.app import app
from xbench.cli.front import FRONT
from xbench.cli.pages import OTHERS, PAGES, PANELS

ROOT = typer.main.get_command(app)
COMMANDS = ROOT.commands  # type: ignore[attr-defined]
EXAMPLES = [command for page in PAGES.values() for command, _ in page.examples]


def paths() -> list[str]:
    """Every command: "run", "new task"."""
    found = []
    for name, command in COMMANDS.items():
        found += [name, *(f"{name} {inner}" for inner in getattr(command, "commands", {}))]
    return found


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(arguments) == 0
    return capsys.readouterr().out.splitlines()


def test_xbench_alone_shows_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    printed = lines(capsys)
    commands = [line.strip() for line in printed if line.startswith("  xbench")]
    assert len(commands) == 3
    assert len(printed) <= 20
    assert any("xbench --help" in line for line in printed)
    assert any("xbench doctor" in line for line in printed)
    assert all(len(line) <= 80 for line in printed)
    assert lines(capsys, "--version")[0].startswith("xbench ")


def test_the_first_command_of_the_front_page_can_run(capsys: pytest.CaptureFixture[str]) -> None:
    command = next(line.strip() for line in FRONT.splitlines() if line.startswith("  xbench run"))
    printed = lines(capsys, *shlex.split(command)[1:], "--dry-run")
    assert any("5 cells to run, 0 done before, 0 skipped" in line for line in printed)  # two are deterministic


@pytest.mark.parametrize("command", ["", *paths()])
def test_help_fits_80_columns_and_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    printed = lines(capsys, *command.split(), "--help")
    assert max(map(len, printed)) <= 80
    assert command in PAGES, "give it a page in xbench/cli/pages.py"
    if not hasattr(COMMANDS.get(command), "commands"):
        assert any(line.startswith("Example") for line in printed)


def test_every_command_stands_in_a_panel_with_its_whole_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    printed = lines(capsys, "--help")
    assert f"{OTHERS}:" not in printed
    assert [line[:-1] for line in printed if line[:-1] in PANELS] == list(PANELS)
    for name in COMMANDS:
        assert sum(line.startswith(f"  {name} ") for line in printed) == 1
    assert "still missing." in " ".join(printed)  # the end of what `run` says


@pytest.mark.parametrize("example", [command for command in EXAMPLES if " | " not in command and " > " not in command])
def test_an_example_is_a_command_that_parses(example: str) -> None:
    """Names and files are placeholders; the command and its flags are not."""
    words = shlex.split(example)
    assert words.pop(0) == "xbench"
    command, path = ROOT, "xbench"
    while words and words[0] in getattr(command, "commands", {}):
        path = words.pop(0)
        command = command.commands[path]  # type: ignore[attr-defined]
    command.make_context(path, words, resilient_parsing=True)
    flags = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= {*flags, "--help"}


def test_a_usage_line_has_no_braces_and_a_quoted_word_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "compare", "--help")[0] == "Usage: xbench compare [OPTIONS] A B"
    assert "      'accuracy>=0.9 where model=tfidf'" in lines(capsys, "leaderboard", "--help")


def test_flags_of_a_section_exist() -> None:
    for name, page in PAGES.items():
        command = ROOT
        for part in name.split():
            command = command.commands[part]  # type: ignore[attr-defined]
        flags = {flag for parameter in command.params for flag in parameter.opts}
        assert {flag for section in page.sections.values() for flag in section} <= flags, name


def test_a_flag_stands_once_and_the_common_ones_last(capsys: pytest.CaptureFixture[str]) -> None:
    printed = lines(capsys, "run", "--help")
    headings = [line for line in printed if line.endswith(":") and not line.startswith(" ")]
    assert headings == [
        "Arguments:",
        "What to run:",
        "How it is trained:",
        "Where:",
        "How the run goes:",
        "Common options:",
        "Examples:",
    ]
    shown = [line.split()[0].rstrip(",") for line in printed if line.startswith("  -")]
    first = [parameter.opts[0] for parameter in COMMANDS["run"].params if parameter.param_type_name == "option"]
    assert sorted(shown) == sorted([*first, "-h"])
