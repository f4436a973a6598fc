"""Checkpoints that cannot be used, and what the machine lacks or forbids."""

from __future__ import annotations

from pathlib import Path

from hub.repositories import of_folder
from hub.server import Hub
from mistakes.asked import Mistake
from mistakes.folders import both, card, checkpoint, files, results

RUN = "xbench run -m majority -t demo-sentiment"
TINY = "xbench run -m scratch-tiny -t demo-sentiment"
BERT = "xbench run -m ./bert -t demo-sentiment"
NO_TENSORS = b"\x02" + bytes(7) + b"{}"  # a whole safetensors file: the length of its header, and an empty one
MINE = "xbench run -m majority -t mine.toml --data-dir ."


def breaks_off(hub: Hub, home: Path) -> None:
    """Every download of the weights ends half-way."""
    _serve(hub, home)
    hub.cut("model.safetensors", times=1000)


def gated(hub: Hub, home: Path) -> None:
    _serve(hub, home, gated=True)


def _serve(hub: Hub, home: Path, gated: bool = False) -> None:
    checkpoint(content=NO_TENSORS, tokenizer_class="BertTokenizer")(home)
    repository = of_folder("models", "someone/bert", home / "bert")
    repository.gated = gated
    hub.serve(repository)


def foreign(folder: Path) -> None:
    files(results__thesis_tex="x", results__figures__one_svg="x")(folder)


def locked(folder: Path) -> None:
    card()(folder)
    (folder / "data" / "train.csv").chmod(0)


def shut(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "a.csv").write_text("text,label\nfine,good\nawful,bad\n", encoding="utf-8")
    (folder / "mine").chmod(0)


def closed(folder: Path) -> None:
    (folder / "results").mkdir(mode=0o555)


def read_only(folder: Path) -> None:
    card()(folder)
    folder.chmod(0o555)


MODELS = (
    Mistake(
        "A model that cannot do the task",
        "xbench run -m gazetteer -t demo-sentiment",
        ("nothing can run: gazetteer+full on demo-sentiment", "cannot solve classification tasks", "xbench list"),
    ),
    Mistake(
        "A method that the model does not have",
        "xbench run -m majority+lora -t demo-sentiment",
        ("nothing can run: majority+lora on demo-sentiment", "fits as `full` only", "xbench list"),
    ),
    Mistake(
        "A folder that is not there",
        "xbench run -m ./brt -t demo-sentiment",
        ("model ./brt: it is no folder", "name a checkpoint's folder"),
    ),
    Mistake(
        "A folder that is not there, under a label",
        "xbench run -m minilm=./nowhere -t demo-sentiment",
        ("model ./nowhere: it is no folder", "name a checkpoint's folder"),
    ),
    Mistake(
        "A folder without config.json",
        BERT,
        ("model ./bert: it has no config.json", "name a checkpoint's folder"),
        files(bert__readme_md=""),
    ),
    Mistake(
        "Pickled weights only",
        BERT,
        ("bert: only pytorch_model.bin", "safetensors weights are needed", "save_pretrained"),
        checkpoint("pytorch_model.bin"),
    ),
    Mistake("A checkpoint without weights", BERT, ("bert: no weights", "save_pretrained"), checkpoint("")),
    Mistake(
        "Weights that were copied in part",
        BERT,
        ("bert/model.safetensors: no whole safetensors file", "fetch it again"),
        checkpoint(content=b"\x10\x00"),
    ),
    Mistake(
        "Half a config.json",
        BERT,
        ("bert/config.json: it says no model_type", "copy it again"),
        both(checkpoint(), files(bert__config_json='{"model_ty')),
    ),
    Mistake(
        "An architecture that transformers does not know",
        BERT,
        ("bert: model_type 'bertt' is unknown to this version of transformers", "try a newer one"),
        checkpoint(model_type="bertt"),
    ),
    Mistake(
        "An image model", BERT, ("bert: model_type 'vit' is no text model", "text models"), checkpoint(model_type="vit")
    ),
    Mistake(
        "One label for two checkpoints",
        "xbench run -m a=./bert -m a=./bart -t demo-sentiment",
        ("two models of the name 'a'", "-m LABEL=FOLDER"),
        both(checkpoint(content=NO_TENSORS), checkpoint(content=NO_TENSORS, name="bart", hidden_size=2)),
    ),
    Mistake(
        "One checkpoint named twice (it is trained once)",
        "xbench run -m ./bert -m bert -t demo-sentiment --seeds 1 --dry-run",
        ("here/bert+full", "1 cell to run"),
        checkpoint(content=NO_TENSORS),
        code=0,
        varies=r"  [\d.]+ (s|min|h).*|predicted time.*",
    ),
    Mistake(
        "A label for a model that has a name",
        "xbench run -m mine=majority -t demo-sentiment",
        ("majority has a name already", "a label is for a folder or a hub id"),
    ),
    Mistake(
        "A download that breaks off again and again",
        "xbench fetch -m someone/bert",
        ("someone/bert: the download broke off", "the same command goes on from there"),
        hub=breaks_off,
    ),
    Mistake(
        "A repository whose terms are not accepted",
        "xbench run -m someone/bert -t demo-sentiment",
        ("someone/bert", "accept its terms", "log in"),
        hub=gated,
    ),
    Mistake(
        "A hub id with a slip",
        "xbench run -m someone/brt -t demo-sentiment",
        ("unknown model 'someone/brt'", "no id that the hub", "hf auth login"),
        hub=_serve,
    ),
)

MACHINE = (
    Mistake(
        "A GPU where there is none",
        f"{TINY} --device cuda",
        ("--device cuda: no CUDA device here", "--device auto"),
        environment={"CUDA_VISIBLE_DEVICES": ""},
        alone=True,
    ),
    Mistake(
        "A model far too large for the memory",
        f"{TINY} --set model.layers=100 --set model.width=65536",
        ("it needs about", "GiB of memory, and there are", "take a smaller model"),
        varies=r"there are \S+ GiB",
    ),
    Mistake(
        "A results folder that may not be written",
        RUN,
        ("results folder results cannot be written: permission denied", "--results"),
        closed,
        obeys=True,
    ),
    Mistake(
        "A working directory that may not be written",
        MINE,
        ("results folder results cannot be written: permission denied", "--results"),
        read_only,
        obeys=True,
    ),
    Mistake(
        "A file that may not be read",
        MINE,
        ("data/train.csv: cannot be read: Permission denied", "check its permissions"),
        locked,
        obeys=True,
    ),
    Mistake(
        "A folder that may not be read",
        "xbench run -m majority -t mine",
        ("mine: cannot be read: Permission denied",),
        shut,
        obeys=True,
    ),
    Mistake(
        "A file for the results folder",
        f"{RUN} --results notes.txt",
        ("results folder notes.txt cannot be written", "notes.txt is a file", "--results"),
        files(notes_txt="a note\n"),
    ),
    Mistake(
        "A results folder below a file",
        f"{RUN} --results notes.txt/results",
        ("results folder notes.txt/results cannot be written", "--results"),
        files(notes_txt="a note\n"),
    ),
    Mistake(
        "The results folder of another program",
        RUN,
        ("results folder results: holds files, but no results", "name another with --results"),
        foreign,
    ),
    Mistake(
        "No space for the data (files may not grow: `ulimit -f`)",
        MINE,
        ("cannot keep data under", "File too large", "free space"),
        card(train="text,label\n" + "a rather long text,good\n" * 1000),
        file_bytes=4096,
    ),
    Mistake(
        "No space for a board (files may not grow: `ulimit -f`)",
        "xbench leaderboard",
        ("leaderboard.csv: cannot be written", "ulimit -f", "name another folder"),
        results,
        file_bytes=1024,
    ),
    Mistake(
        "A full disk behind `>`",
        "xbench list tasks",
        ("the output cannot be written: No space left on device", "free space"),
        output="/dev/full",
    ),
)
