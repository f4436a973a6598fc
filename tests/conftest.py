"""What every test may rely on."""

from __future__ import annotations

import signal

pytest_plugins = ("hub.fixtures",)  # a hub of Hugging Face's protocol on loopback

# A shell's background job ignores SIGINT, and its children inherit that: then no test could press Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
