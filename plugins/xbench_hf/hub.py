"""The Hugging Face hub: one short question, and how it is spoken of."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import getproxies

from xbench.abilities import FETCHING

MOVE = "HF_HOME names another folder"
SOCKS = ("socks5", "socks5h")
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


def misaddressed() -> tuple[str, str] | None:
    """Which address in the environment, the hub's or a proxy's, is none, and the mend; None where all are.

    To be asked where `unusable` has nothing to say.
    """
    from huggingface_hub import constants

    if urlsplit(constants.ENDPOINT).scheme not in ("http", "https"):
        shown = bare(constants.ENDPOINT)
        mend = f"write it as an address: HF_ENDPOINT=https://{shown.rpartition('//')[2]}"
        return f"HF_ENDPOINT {shown!r} is no address", mend if shown else "unset it"
    proxies = getproxies()
    unused = "*" in (host.strip() for host in proxies.get("no", "").split(","))
    for kind, value in proxies.items():
        if unused or kind not in ("all", "http", "https"):
            continue
        told = f"{kind.upper()}_PROXY {bare(value)!r}"
        try:
            parts = urlsplit(value if "://" in value else f"http://{value}")
            known = parts.hostname and parts.port != 0 and parts.scheme in ("http", "https", *SOCKS)
        except ValueError:
            known = False
        if not known:
            return f"{told} is no address of a proxy", "write it as http://HOST:PORT or socks5://HOST:PORT"
        if parts.scheme in SOCKS and find_spec("socksio") is None:
            return f"{told} needs the package socksio", "pip install socksio, or name a proxy by http://HOST:PORT"
    return None


def trouble(error: Exception) -> tuple[str, str]:
    """What keeps a file of the hub from coming, and the mend."""
    from huggingface_hub import constants

    if at_disk(error):
        return f"the cache {constants.HF_HUB_CACHE} cannot be used ({first_line(error)})", MOVE
    how = "did not give it" if isinstance(error, OSError) else "does not answer"  # the client's errors are no OSError
    return f"the hub {address()} {how} ({first_line(error)})", "check the network, or name a mirror by HF_ENDPOINT"


def at_disk(error: Exception) -> int | None:
    """The errno, where the disk is at fault."""
    return error.errno if isinstance(error, OSError) and not isinstance(error, ConnectionError) else None


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
    """The first sentence of what it says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].partition(". ")[0]


def watched() -> bool:
    """Does somebody look at what is being fetched?"""
    return sys.stderr.isatty() and logging.getLogger(FETCHING).isEnabledFor(logging.INFO)


@contextmanager
def bars(shown: bool) -> Iterator[None]:
    """The library's own progress bars, or none; and none of its warnings that show addresses, which may be signed."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    with ExitStack() as after:
        for handler in logging.getLogger("huggingface_hub").handlers:
            handler.addFilter(_shows_no_address)
            after.callback(handler.removeFilter, _shows_no_address)
        if not shown and not are_progress_bars_disabled():
            disable_progress_bars()
            after.callback(enable_progress_bars)
        yield


def _shows_no_address(record: logging.LogRecord) -> bool:
    return "://" not in record.getMessage()
