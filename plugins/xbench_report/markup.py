"""Text into HTML: nothing from outside becomes markup, moves other text about, or hides."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from xbench_report.words import words

# C0 and C1 controls but tab and line feed, and what overrides or embeds a direction: a name may not dress as another.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(value: Any) -> str:
    """Plain text in which control characters and changes of direction stand as "U+202E"."""
    return "" if value is None else _UNSEEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", str(value))


def text(value: Any) -> str:
    """Text, or an attribute's value between quotes."""
    return escape(visible(value))


def word(key: str, tag: str = "span", more: str = "", **values: Any) -> str:
    """An element with one of the page's words, in English until the script changes it. `values` fill its {names}."""
    filled = {name: visible(value) for name, value in values.items()}
    one = f"{key}-one" if filled.get("count") == "1" and f"{key}-one" in words("en") else key
    given = f' data-p="{escape(json.dumps(filled, ensure_ascii=False))}"' if filled else ""
    return f'<{tag} data-w="{key}"{given}{more and " " + more}>{escape(words("en")[one].format(**filled))}</{tag}>'


def data(value: Any) -> str:
    """JSON for a script element: no `<`, `>` or `&` that could end it or begin a comment."""
    shown = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        shown = shown.replace(character, f"\\u{ord(character):04x}")
    return shown


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [item if type(item) in (int, float) else _plain(item) for item in value]
    return value
