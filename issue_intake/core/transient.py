"""Which failures of a check say nothing about the work: the runner, the network or a service gave way."""

from __future__ import annotations

import re

# What runners and package tools print when they lose their machine or their connection. A test that fails may print
# anything, so only whole phrases that such programs use are taken.
_SIGNS = re.compile(
    r"The runner has received a shutdown signal"
    r"|The hosted runner lost communication with the server"
    r"|The self-hosted runner .{0,100} lost communication"
    r"|No space left on device"
    r"|Could not resolve host"
    r"|Temporary failure in name resolution"
    r"|\bECONNRESET\b|\bETIMEDOUT\b|\bEAI_AGAIN\b"
    r"|TLS handshake timeout"
    r"|toomanyrequests: You have reached your pull rate limit"
    r"|The requested URL returned error: 5\d\d"
    r"|502 Bad Gateway|503 Service Unavailable|504 Gateway Time-?out",
    re.IGNORECASE,
)


def passing(text: str) -> bool:
    """Whether the end of a log, or a check's summary, names a cause that may be gone by now."""
    return _SIGNS.search(text) is not None
