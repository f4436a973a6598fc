"""`python -m hub` (with `tests` on PYTHONPATH): a hub to try commands against, until Ctrl-C."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from hub.contents import t5_base, wmt14
from hub.fixtures import stocked
from hub.server import Hub

with tempfile.TemporaryDirectory() as made, stocked(Hub(), (t5_base(Path(made)), wmt14())) as hub:
    print(f"export HF_ENDPOINT={hub.endpoint}", flush=True)  # noqa: T201 - a script
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        pass
