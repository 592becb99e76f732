"""A GitHub App's installation as a credential: a token of an hour, fetched when it is needed, kept in memory alone.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.errors import UnavailableError
from issue_intake.github.answer import Answer, Asked
from issue_intake.github.credentials import Token, checked_token, fingerprint
from issue_intake.github.faults import fault, must_be_there, no_api
from issue_intake.github.gate import utc_now
from issue_intake.github.http import Request, Wire
from issue_intake.github.limits import Limits, Look

MARGIN = timedelta(minutes=5)
"""A token is not begun to be used when it has less left than this."""
_CLOCKS_DIFFER = timedelta(seconds=60)
_VALID = timedelta(minutes=9)
_LIMITS = Limits(whole=20.0, floor=0)
_REST_AFTER_FAILURE = 60.0


@record
class App:
    """An app by its App ID or Client ID, one installation of it, and the PEM file with its private key."""

    id: str
    installation: int
    key_file: Path


class AppInstallation:
    """The credential of an installation, shared by the projects that name it and safe to use from their threads."""

    def __init__(self, app: App, api_url: str, *, now: Callable[[], datetime] = utc_now) -> None:
        self._app = app
        self._api_url = api_url
        self._now = now
        self._lock = threading.Lock()
        self._token: tuple[str, datetime] | None = None
        self._failed: tuple[UnavailableError, float] | None = None

    @property
    def source(self) -> str:
        """Its name in sentences."""
        return f"the GitHub App {self._app.id}"

    @property
    def fingerprint(self) -> str:
        """The same for all its tokens."""
        return fingerprint(f"app {self._app.id} {self._app.installation}")

    def secret(self) -> str:
        """A token that lasts for another five minutes at least. Raises UnavailableError, for a minute the same one."""
        with self._lock:
            if self._token is None or self._token[1] - self._now() < MARGIN:
                self._token = self._fetched()
            return self._token[0]

    def _fetched(self) -> tuple[str, datetime]:
        if self._failed and time.monotonic() - self._failed[1] < _REST_AFTER_FAILURE:
            error = self._failed[0]
            raise UnavailableError(error.message, error.hint, until=error.until, scope=error.scope)
        try:
            with must_be_there():
                return self._asked_for()
        except UnavailableError as error:
            self._failed = (error, time.monotonic())
            raise

    def _asked_for(self) -> tuple[str, datetime]:
        path = f"/app/installations/{self._app.installation}/access_tokens"
        wire = Wire(self._api_url, Token(_signed(self._app, self._now()), self.source))
        answer = wire.ask(Request(method="POST", url=wire.api_url + path), Look.begun(_LIMITS))
        asked = Asked(server=wire.server, path=path, source=self.source, now=self._now())
        if answer.status == 201:
            return _parsed(answer, asked)
        raise self._refusal(answer, asked)

    def _refusal(self, answer: Answer, asked: Asked) -> Exception:
        if answer.status == 401:
            said = f"{asked.server} does not accept the key of {self.source} (401)"
            return UnavailableError(said, "check github.app.id, github.app.key_file and this machine's clock")
        if answer.status == 404:
            said = f"{self.source} has no installation {self._app.installation} (404)"
            return UnavailableError(said, "the number is the last part of the installation's address on GitHub")
        return fault(answer, asked)


def _parsed(answer: Answer, asked: Asked) -> tuple[str, datetime]:
    try:
        match answer.json():
            case {"token": str(token), "expires_at": str(expires)}:
                moment = datetime.fromisoformat(expires)
                if moment.tzinfo is not None:
                    return checked_token(token, asked.source).value, moment
    except ValueError:
        pass
    raise no_api(asked, f"{asked.path} gave no token")


def _signed(app: App, now: datetime) -> str:
    """The app's own word that it is itself, good for less than the ten minutes that GitHub allows."""
    try:
        import jwt  # noqa: PLC0415 - an extra, for those who use an app
    except ImportError:
        said = "a GitHub App needs PyJWT, which is not installed"
        raise UnavailableError(said, "install issue-intake[app]") from None
    claims = {"iat": now - _CLOCKS_DIFFER, "exp": now + _VALID, "iss": app.id}
    try:
        return jwt.encode(claims, app.key_file.read_text(encoding="ascii"), algorithm="RS256")
    except OSError as error:
        raise UnavailableError(f"{app.key_file} cannot be read: {error.strerror}", "look at ls -l") from None
    except NotImplementedError:
        said = "a GitHub App needs the package cryptography, which is not installed"
        raise UnavailableError(said, "install issue-intake[app]") from None
    except (ValueError, TypeError, AttributeError, jwt.PyJWTError):  # AttributeError: a public key cannot sign
        # Never chained: what is wrong with a key may quote it.
        said = f"{app.key_file} holds no RSA private key in PEM"
        raise UnavailableError(said, "generate one in the app's settings on GitHub, and save it there") from None
