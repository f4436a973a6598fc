"""What was typed at the wrong place is answered with where it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from xbench.cli import main
from xbench.errors import UserError
from xbench.specs import Option

RUN = ("run", "-m", "scratch-tiny", "-t", "demo-sentiment", "--dry-run")
COMMANDS = (
    "check, compare, doctor, explain-protocol, fetch, leaderboard, list, new, predict, rescore, run, show"  # by hand
)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err.removeprefix("xbench: ").rstrip("\n")


def test_all_commands_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "train") == f"unknown command 'train' (one of {COMMANDS})"


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        (("--epochs", "3"), "recipe values are set by --set epochs=3"),
        (("--epochs=3",), "recipe values are set by --set epochs=3"),
        (("--batch-size", "8"), "recipe values are set by --set batch_size=8"),
        (("--learning_rate", "1e-3"), "recipe values are set by --set lr=1e-3"),
        (("--lora-r", "4"), "recipe values are set by --set lora.r=4"),
        (("--fp16",), "recipe values are set by --set precision=VALUE"),
        (("--epochs", "--offline"), "recipe values are set by --set epochs=VALUE"),
        (("--assert", "x"), "it is an option of xbench leaderboard"),
        (("--kind", "metric"), "it is an option of xbench new plugin"),
        (("--sedes", "3"), "did you mean --seeds?"),
    ],
)
def test_an_option_that_belongs_elsewhere(
    arguments: tuple[str, ...], mend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flag = arguments[0].partition("=")[0]
    assert told(capsys, *RUN, *arguments) == f"unknown option {flag!r} ({mend})"


def test_debug_shows_where_an_error_comes_from() -> None:
    with pytest.raises(UserError, match="unknown name 'banking7'"):
        main(["show", "banking7", "--debug"])


def test_a_command_without_settings_says_nothing_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert "recipe values" not in told(capsys, "compare", "a", "b", "--epochs", "3")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("learning_rate", "lr"),
        ("Learning-Rate", "lr"),
        ("num_train_epochs", "epochs"),
        ("per_device_train_batch_size", "batch_size"),
        ("max_seq_length", "max_length"),
        ("lr_scheduler_type", "schedule"),
        ("max_grad_norm", "grad_clip"),
        ("hidden_size", "model.width"),
        ("lora_alpha", "lora.alpha"),
        ("weightdecay", "weight_decay"),
    ],
)
def test_a_key_as_other_programs_call_it(typed: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, *RUN, "--set", f"{typed}=1") == f"unknown --set key {typed!r} (did you mean {meant}?)"


@pytest.mark.parametrize("more", [(), ("--set", "epochs", "3"), ("--offline",)])
def test_a_value_without_its_equals_sign(more: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, *RUN, "--set", "lr", "1e-4", *more) == "--set lr: no value (write --set lr=1e-4)"


def test_several_tasks_after_one_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("text,label\n")
    Path("b.csv").write_text("text,label\n")

    def several(task: str) -> str:
        return told(capsys, "run", "-m", "majority", "-t", task)

    assert several("a.csv,b.csv") == "task 'a.csv,b.csv' is more than one (write -t a.csv -t b.csv)"
    assert several("tnews, a.csv") == "task 'tnews, a.csv' is more than one (write -t tnews -t a.csv)"
    assert several("mt,nlu") == "task 'mt,nlu' is more than one (write -t mt -t nlu)"
    assert several("tnews,") == "unknown task 'tnews,' (did you mean tnews?)"
    Path("a.csv,b.csv").write_text("text,label\n")  # a file of that name is that file
    assert "no rows" in several("a.csv,b.csv")


def test_no_synonym_is_another_options_name() -> None:
    """And no two options of the torch models share one: the mend must be the only one."""
    from xbench_torch.options import FIELDS

    options: tuple[Option, ...] = FIELDS
    names = [name for option in options for name in (option.name, *option.synonyms)]
    assert len(names) == len(set(names))
