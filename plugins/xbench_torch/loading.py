"""How a kept torch model is loaded without this program, in words and code for the README beside it."""

from __future__ import annotations

import json

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
    adapter = bool(base) and session.applied.export is not None
    lines = [
        "from transformers import AutoTokenizer",
        f"from {module} import {name}",
        *(["from peft import PeftModel"] if adapter else []),
        "",
        "tokenizer = AutoTokenizer.from_pretrained(folder)",
        f"model = {name}.from_pretrained({base or 'folder'}){after}.eval()",
        *(["model = PeftModel.from_pretrained(model, folder).eval()"] if adapter else []),
    ]
    said = []
    if with_head:
        said.append(f"The head is part of the model: `config.id2label` names its classes. It reads {_pooled(session)}.")
    elif session.module is not None and isinstance(head, Labelled):
        last = sorted(key for key in session.module.state_dict() if key.endswith("weight"))[-1].removesuffix("weight")
        lines += [
            "",
            "from safetensors.torch import load_file",
            'head = load_file(f"{folder}/head.safetensors")',
            f'weight, bias = head["{last}weight"], head["{last}bias"]  # logits = state @ weight.T + bias',
        ]
        said.append(f"`state` is the last hidden state of {head.pooling}. Labels stand in the order of the list below.")
    if head.generates:
        said.append(_generation(session, predictor))
    return "\n".join(["```python", *lines, "```", "", *said])


def _pooled(session: Session) -> str:
    assert isinstance(session.head, Labelled)
    return f"the state of {session.head.pooling}"


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
