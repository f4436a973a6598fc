"""The Tab key: typer's protocol, spoken by the installed command, in bash and in zsh."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_plugins import install

XBENCH = Path(sys.executable).with_name("xbench")


def ask(shell: str, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    """What is offered at the end of `line`, as the shell's own script asks."""
    words = line.split(" ")
    asked = {
        "bash": {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    environment = {**os.environ, "_XBENCH_COMPLETE": f"complete_{shell}", **asked, **more}
    return subprocess.run([XBENCH], env=environment, capture_output=True, text=True, check=False, timeout=60)


def bash(line: str, **more: str) -> list[str]:
    answer = ask("bash", line, **more)
    assert answer.stderr == ""
    return answer.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("xbench ru", ["run"]),
        ("xbench run --limit-t", ["--limit-train"]),
        ("xbench run -m gaz", ["gazetteer"]),
        ("xbench run --model gaz", ["gazetteer"]),
        ("xbench run -m gazetteer+line", ["gazetteer+linear-probe"]),
        ("xbench run -t demo-sen", ["demo-sentiment"]),
        ("xbench run -t wmt14", ["wmt14", "wmt14-en-de"]),  # an alias, and a name
        ("xbench run -t multi", ["multi30k", "multi30k-de-en", "multi30k-en-de"]),  # a suite, and names
        ("xbench run --method lo", ["lora"]),
        ("xbench run --recipe qu", ["quick"]),
        ("xbench run --set lora.r", ["lora.r="]),
        ("xbench run --route te", ["text"]),
        ("xbench run -p no:de", ["no:demo"]),
        ("xbench list read", ["readers"]),
        ("xbench show demo-sen", ["demo-sentiment"]),
        ("xbench show lor", ["lora"]),
        ("xbench check basel", ["baseline"]),
        ("xbench run -t ./no-such", []),  # then the shell offers files
        ("xbench nonsense --mod", []),
    ],
)
def test_names_are_completed(line: str, offered: list[str]) -> None:
    assert bash(line) == offered


def test_run_ids_are_completed(tmp_path: Path) -> None:
    for run in ("tfidf--full--s0--12345678", "majority--full--s0--12345678"):
        (tmp_path / "a-task" / run).mkdir(parents=True)
        (tmp_path / "a-task" / run / "record.json").touch()
    assert bash(f"xbench predict --results {tmp_path} tf") == ["tfidf--full--s0--12345678"]
    assert bash(f"xbench predict --results {tmp_path}/nowhere tf") == []


def test_rows_of_the_results_are_completed() -> None:
    results = Path(__file__).parents[2] / "results" / "quick"
    assert bash(f"xbench compare --results {results} maj") == ["majority", "majority+full"]
    assert bash(f"xbench explain-protocol --results {results} tfidf minilm+l") == ["minilm+lora"]
    assert bash("xbench compare --results /nowhere maj") == []


def test_zsh_is_told_what_commands_do() -> None:
    assert '"run":"Train and score every' in ask("zsh", "xbench ").stdout
    assert '"gazetteer"' in ask("zsh", "xbench run -m gaz").stdout
    assert ask("zsh", "xbench run -t ./no-such").stdout.strip() == "_files"


def test_fish_is_served_too() -> None:
    assert ask("fish", "xbench run -m gaz").stdout.split() == ["gazetteer"]


def test_plugins_that_are_switched_on_are_completed(tmp_path: Path) -> None:
    assert bash("xbench run -p xbench.testing -m fork") == ["fork-hang"]
    site = install(tmp_path, {"made_loud": "print('hello')\nimport nowhere"}, {"loud": "made_loud"})
    assert bash("xbench run -m gaz", PYTHONPATH=str(site)) == ["gazetteer"]  # a broken plugin stays silent here


def test_a_mistake_elsewhere_in_the_line_is_no_error() -> None:
    assert bash("xbench run -p nowhere -m gaz") == []
    assert bash("xbench run -m gaz", XBENCH_PLUGINS="nowhere") == []


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_shell_is_given_a_script(shell: str) -> None:
    environment = {**os.environ, "_XBENCH_COMPLETE": f"source_{shell}"}
    done = subprocess.run([XBENCH], env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert f"_XBENCH_COMPLETE=complete_{shell}" in done.stdout


def test_bash_itself_completes(tmp_path: Path) -> None:
    """The script that `--show-completion` prints, sourced by a real bash, which asks the real command."""
    environment = {**os.environ, "_XBENCH_COMPLETE": "source_bash"}
    script = subprocess.run([XBENCH], env=environment, capture_output=True, text=True, check=True, timeout=60).stdout
    (tmp_path / "completion.bash").write_text(script)
    asking = (
        f"PATH={XBENCH.parent}:$PATH; source completion.bash; COMP_WORDS=(xbench run -m gaz); COMP_CWORD=3; "
        '_xbench_completion xbench; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "--norc", "-c", asking], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("gazetteer\n", "")
