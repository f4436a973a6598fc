"""The Hugging Face hub: one short question, and how it is spoken of."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from urllib.parse import urlsplit

from xbench.abilities import FETCHING

HUB_SECONDS = 5.0  # HF_HUB_ETAG_TIMEOUT, where it is set, stands instead


def unusable() -> tuple[str, str] | None:
    """What a variable of the environment makes impossible, and the mend; None where the hub's library can be used.

    It reads them when it is imported, and says on standard output that it cannot.
    """
    try:
        with redirect_stdout(io.StringIO()):
            from huggingface_hub import constants, get_token, hf_api  # noqa: F401 - to see whether it can be done
    except ValueError as error:
        told = (
            name for name, value in sorted(os.environ.items()) if name.startswith("HF_") and repr(value) in str(error)
        )
        name = next(told, "HF_ENDPOINT")
        if name == "HF_ENDPOINT":
            return f"HF_ENDPOINT {bare(os.environ.get(name, ''))!r} is no address: {error}", "write it as https://HOST"
        return f"{name} {os.environ[name]!r}: {error}", "write a number, or unset it"
    return None


def bare(endpoint: str) -> str:
    """Without a user and a password, which an address may hold, whole or not: all before its last "@"."""
    return re.sub(r"^((?:[^:/@]+:)?//)?.*@", r"\1", endpoint)


def ask(name: str, file: str, revision: str | None) -> None:
    """Whether the hub lets us have this file. Waits where it says 429 with Retry-After; otherwise it tries once.

    Raises what `huggingface_hub` raises: its typed HTTP errors, or its client's errors where nothing answers.
    """
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_backoff

    seconds = constants.HF_HUB_ETAG_TIMEOUT if "HF_HUB_ETAG_TIMEOUT" in os.environ else HUB_SECONDS
    answer = http_backoff(
        "HEAD",
        hf_hub_url(name, file, revision=revision),
        headers=build_hf_headers(),
        timeout=seconds,
        retry_on_exceptions=(),
        retry_on_status_codes=429,
    )
    hf_raise_for_status(answer)


def refuses_token(error: Exception) -> bool:
    """Was a token sent that the hub does not accept? A wrong one closes public repositories too."""
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    if not isinstance(error, HfHubHTTPError) or isinstance(error, RepositoryNotFoundError):
        return False
    return bool(error.response.status_code == 401)


def address() -> str:
    """Where the hub is, without a user and a password, which an address may hold."""
    from huggingface_hub import constants

    parts = urlsplit(constants.ENDPOINT)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def consent(name: str) -> str:
    """How one gets at a gated repository."""
    return f"accept its terms on {address()}/{name}, then log in: hf auth login, or HF_TOKEN"


def new_token() -> str:
    """How one gets a token that the hub accepts."""
    return f"HF_TOKEN, or that of hf auth login, is wrong or has expired: {address()}/settings/tokens gives another"


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def watched() -> bool:
    """Does somebody look at what is being fetched?"""
    return sys.stderr.isatty() and logging.getLogger(FETCHING).isEnabledFor(logging.INFO)


@contextmanager
def bars(shown: bool) -> Iterator[None]:
    """The library's own progress bars, or none; and none of its warnings, which show signed addresses."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    log = logging.getLogger("huggingface_hub")
    level = log.level
    log.setLevel(logging.CRITICAL)
    hidden = not shown and not are_progress_bars_disabled()
    if hidden:
        disable_progress_bars()
    try:
        yield
    finally:
        log.setLevel(level)
        if hidden:
            enable_progress_bars()
