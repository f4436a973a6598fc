"""How a kept torch model is loaded without this program, in words and code for the README beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from xbench_torch.contract import Labelled, Standard
from xbench_torch.heads.text import SEPARATOR
from xbench_torch.predictor import Predictor
from xbench_torch.session import Session


def loading(session: Session, predictor: Predictor, with_head: str, base: str) -> str:
    """Markdown with one block of Python in which `folder` is the kept folder.

    Args:
        with_head: the class that loads backbone and head at once, or "".
        base: what an adapter is put on, as Python writes it; "" where the folder is a whole model.

    Empty where the backbone knows no library that loads it.
    """
    backbone, head = session.backbone, session.head
    if not isinstance(backbone, Standard):
        return ""
    module, name, after = backbone.loader
    if with_head:
        module, name, after = "transformers", with_head, ""
    labelled = head if isinstance(head, Labelled) and session.module is not None else None
    beside = labelled is not None and not with_head
    adapter = bool(base) and session.applied.export is not None
    lines = [
        *(["from peft import PeftModel"] if adapter else []),
        *(["from safetensors.torch import load_file"] if beside else []),
        f"from transformers import {f'{name}, ' if module == 'transformers' else ''}AutoTokenizer",
        *([f"from {module} import {name}"] if module != "transformers" else []),
        "",
        "tokenizer = AutoTokenizer.from_pretrained(folder)",
        f"model = {name}.from_pretrained({base or 'folder'}){after}.eval()",
        *(["model = PeftModel.from_pretrained(model, folder).eval()"] if adapter else []),
    ]
    said = []
    if labelled is not None and with_head:
        said.append(f"The head is in the model, and reads {labelled.pooling}; `config.id2label` names its classes.")
    elif labelled is not None:
        keys = sorted(_weights(session))
        lines += [
            'head = load_file(f"{folder}/head.safetensors")',
            f'weight, bias = head["{keys[-1]}weight"], head["{keys[-1]}bias"]  # logits = state @ weight.T + bias',
        ]
        said.append(
            f"`state` is the last hidden state of {labelled.pooling}; labels stand in the order of the list below."
        )
    elif session.module is not None:
        said.append("`head.safetensors` holds the parameters of the head.")
    if head.generates:
        said.append(_generation(session, predictor))
    return "\n".join(["```python", *lines, "```", "", *said])


def _weights(session: Session) -> Iterator[str]:
    """What stands before "weight" in the names of the head's matrices."""
    for name, value in session.module.state_dict().items() if session.module is not None else ():
        if name.endswith("weight") and value.dim() == 2:
            yield name.removesuffix("weight")


def _generation(session: Session, predictor: Predictor) -> str:
    """What the texts here were made with."""
    before = f"{json.dumps(predictor.prefix)} before each source, " if predictor.prefix else ""
    after = ""
    if session.backbone.shape == "decoder":
        token = session.backbone.tokenizer.sep_token or SEPARATOR
        after = f"{json.dumps(token)} after each source, "
    return (
        f"Texts are made with {before}{after}`num_beams={predictor.num_beams}`, "
        f"`length_penalty={predictor.length_penalty}` and at most {session.limits.max_target_length} new tokens."
    )
