"""Secrets in what is about to leave: the very ones intake knows, and what detect-secrets takes for one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import BasePlugin, RegexBasedDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.cloudant import CloudantDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.ibm_cloud_iam import IbmCloudIamDetector
from detect_secrets.plugins.ibm_cos_hmac import IbmCosHmacDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.softlayer import SoftlayerDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from issue_intake.core.record import record
from issue_intake.core.redact import parts
from issue_intake.core.text import one_line
from issue_intake.errors import UnavailableError

SECONDS = 30.0
OWN = "one of intake's own"

# A shorter value, or a plain word, would be found in texts that hold no secret.
_SHORTEST = 8
_SHORTEST_SHAPE = 7  # ://a:b@
_WORD = re.compile(r"[A-Za-z]{1,15}")
# Some expressions take time that grows with the square of a line, or with the third power of the blanks in it.
_WINDOW = 4096
_OVERLAP = 1024
_BLANKS = re.compile(r"[ \t]{2,}")
_GONE = "***"


class FineGrainedToken(RegexBasedDetector):
    """A kind of GitHub's that the library does not know yet."""

    secret_type = "GitHub Token"  # noqa: S105 - a kind's name
    denylist = (re.compile(r"github_pat_[A-Za-z0-9_]{36}"),)


class AnthropicKey(RegexBasedDetector):
    """A kind that the library does not know yet."""

    secret_type = "Anthropic API Key"  # noqa: S105 - a kind's name
    denylist = (re.compile(r"sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{32}"),)


# Those that know a shape. Keywords and entropy find hundreds of lines in code that holds no secret.
_SHAPES: tuple[type[BasePlugin], ...] = (
    *(FineGrainedToken, AnthropicKey, GitHubTokenDetector, GitLabTokenDetector, PrivateKeyDetector, BasicAuthDetector),
    *(AWSKeyDetector, AzureStorageKeyDetector, JwtTokenDetector, NpmDetector, PypiTokenDetector, OpenAIDetector),
    *(SlackDetector, StripeDetector, SendGridDetector, TwilioKeyDetector, MailchimpDetector, SquareOAuthDetector),
    *(DiscordBotTokenDetector, TelegramBotTokenDetector, ArtifactoryDetector, CloudantDetector, SoftlayerDetector),
    *(IbmCloudIamDetector, IbmCosHmacDetector),
)


@record(kw_only=False)
class Found:
    """A secret in a text: what kind, in which line."""

    kind: str
    line: int


class Seeker:
    """Looks for secrets. `values`: those that are known. What a text says of itself exempts nothing in it.

    Its methods raise UnavailableError once SECONDS are used up: what was not looked at to its end is not known.
    """

    def __init__(self, values: Iterable[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._needles = tuple(dict.fromkeys(needle for value in values for needle in needles(value)))
        self._shapes = tuple(shape() for shape in _SHAPES)
        self._clock = clock
        self._until = clock() + SECONDS

    def look(self, content: bytes, held: Callable[[], frozenset[bytes]] = frozenset) -> Iterator[Found]:
        """The secrets in a file's content, but for lines that are `held` already; one for each line.

        `held` is asked for only where something was found.
        """
        known = self._known(content)
        for number, line in enumerate(content.split(b"\n"), start=1):
            kind = OWN if number in known else self._shape(line)
            if kind and line not in held():
                yield Found(kind, number)

    def look_into(self, file: Path, most: int) -> Iterator[Found]:
        """The secrets in a file. In one of more than `most` bytes known values alone are looked for, in no line."""
        try:
            if file.stat().st_size <= most:
                yield from self.look(file.read_bytes())
            elif self._knows(file):
                yield Found(OWN, 0)
        except OSError as error:
            raise UnavailableError(f"{file} cannot be read: {error.strerror}") from None

    def masked(self, name: bytes) -> str:
        """A name fit for a message: one cleaned line, without the parts that hold a secret."""
        parts = name.split(b"/")
        shown = b"/".join(_GONE.encode() if self.holds(part) else part for part in parts)
        return _GONE if self.holds(shown) else one_line(shown.decode("utf-8", "replace"))

    def holds(self, text: bytes) -> str:
        """The kind of the secret in a short text, "" if there is none."""
        return OWN if any(needle in text for needle in self._needles) else self._shape(text)

    def _known(self, content: bytes) -> frozenset[int]:
        """The numbers of the lines in which known values begin."""
        return frozenset(line for needle in self._needles for line in _lines_with(needle, content))

    def _knows(self, file: Path) -> bool:
        """Whether a known value is anywhere in a file, which is not empty."""
        with file.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
            for needle in self._needles:
                self._check_time()
                if content.find(needle) >= 0:
                    return True
        return False

    def _shape(self, line: bytes) -> str:
        if len(line) < _SHORTEST_SHAPE:
            return ""
        text = _BLANKS.sub(" ", line.decode("latin-1"))
        for window in _windows(text):
            self._check_time()
            for shape in self._shapes:
                if any(True for _ in shape.analyze_string(window)):
                    return shape.secret_type
        return ""

    def _check_time(self) -> None:
        if self._clock() > self._until:
            raise UnavailableError("the files could not be looked through for secrets in time")


def needles(value: str) -> Iterator[bytes]:
    """The byte strings that show a known secret: whole, encoded, line by line, and in UTF-16."""
    if len(value) < _SHORTEST or _WORD.fullmatch(value):
        return
    yield from (part.encode("utf-8", "surrogateescape") for part in parts([value]))
    yield value.encode("utf-16-le", "surrogatepass")


def _lines_with(needle: bytes, content: bytes) -> Iterator[int]:
    line, counted, place = 1, 0, content.find(needle)
    while place >= 0:
        line, counted = line + content.count(b"\n", counted, place), place
        yield line
        place = content.find(needle, place + len(needle))


def _windows(text: str) -> Iterator[str]:
    yield text[:_WINDOW]
    for begin in range(_WINDOW - _OVERLAP, len(text) - _OVERLAP, _WINDOW - _OVERLAP):
        yield text[begin : begin + _WINDOW]
