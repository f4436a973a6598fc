"""Keys outlive releases: one that moves re-trains what everybody has. The texts below are the form, by hand."""

from __future__ import annotations

import hashlib

from made_cells import made_cell

PARTS = {
    "task": (
        '{"data":{"test":"f00d","train":"c0ffee","validation":"beef"},"inputs":["text"],"labels":["a","b"],'
        '"limits":{"eval":null,"train":null},"name":"tnews","result_version":1,"split":"test",'
        '"type":"classification@1","version":1}'
    ),
    "reader": '"jsonl@1"',
    "model": '{"backend":"fakes@1","id":"fake","options":{},"revision":"a1b2"}',
    "method": '{"name":"full@1","options":{}}',
    "recipe": '{"techniques":[],"values":{"epochs":3,"lr":0.001}}',
    "run": '{"route":"","seed":0,"select_by":"accuracy"}',
}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_key_is_the_hash_of_its_parts_hashes() -> None:
    joined = ",".join(f'"{name}":"{sha256(text)}"' for name, text in sorted(PARTS.items()))
    assert made_cell().key == sha256("{" + joined + "}")


def test_a_protocol_is_the_hash_of_the_task_part() -> None:
    assert made_cell().protocol == sha256(PARTS["task"])


def test_the_very_keys_of_the_first_release() -> None:
    assert made_cell().key == "17a09a023cdae9f57042b7de77d0e57f86cae7c6e369d3bda67b5cf570bdedca"
    assert (
        made_cell(seed=1, values={"lr": 3e-5, "label_smoothing": 0.1}, limit_train=100).key
        == "c5922fdd15904f7e1f7158bc950f5a36948b16c2627fba7bdeca83537732ae3c"
    )
