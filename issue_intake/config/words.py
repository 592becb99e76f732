"""The kinds of values a configuration is made of, each with its own sentence when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from issue_intake.config import durations, repo
from issue_intake.config.faults import shown

FAULT = "intake"  # the type of our own errors among pydantic's

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_APP_ID = re.compile(r"[A-Za-z0-9.]{1,64}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\[bot\])?")
_AUTHOR = re.compile(r"[^<>\s][^<>\n]*<[^<>@\s]+@[^<>@\s]+>")
# What git check-ref-format refuses in a branch.
_BAD_BRANCH = re.compile(r"^[-/]|^HEAD$|^refs/|\.\.|//|@\{|[\x00-\x20\x7f~^:?*\[\\]|(?:^|/)\.|\.lock(?:/|$)|[/.]$|^@$")


class Entry(BaseModel):
    """A mapping of the configuration: unknown keys are errors, values are never bent into shape."""

    model_config = ConfigDict(
        defer_build=True,  # most are only parts of others, and never checked by themselves
        strict=True,
        frozen=True,
        extra="forbid",
    )


def refusal(problem: str, cure: str) -> PydanticCustomError:
    """Our own fault of a value, to be raised by a validator."""
    return PydanticCustomError(FAULT, "{problem}", {"problem": problem, "cure": cure})


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """The cure for a misspelt word: the nearest of the known ones, or `otherwise`."""
    near = get_close_matches(word.lower(), tuple(known), n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else otherwise


def _spelling(value: object) -> object:
    """Where text is due, 3 and true are text: both are kept exactly as they were written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _items(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str | int) else value


def _filled(text: str) -> str:
    if not text.strip():
        raise refusal("is empty", "give it a value or remove the key")
    return text


def _one_line(text: str) -> str:
    if "\n" in text.strip() or "\t" in text.strip():
        raise refusal("has more than one line, or a tab", "write it on one line")
    return text.strip()


def _unit(parse: Callable[[str], float | int], cure: str, problem: str) -> Callable[[object], object]:
    def check(value: object) -> object:
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise refusal(problem, cure)
        try:
            return parse(str(value))
        except ValueError:
            raise refusal(f"{problem}, not {shown(str(value))}", cure) from None

    return check


def _project_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise refusal(f"{shown(text)} is no project's name", "use a-z, 0-9 and -, such as webshop")
    return text


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise refusal(f"{shown(text)} is not a variable's name", "write a name such as WEBSHOP_TOKEN")
    return text


def _labels(value: object) -> object:
    """GitHub's labels may have commas: in a list it is clear that one is meant."""
    if isinstance(value, str) and "," in value:
        cure = 'write a list: [one, two], or ["one, with a comma"]'
        raise refusal(f"{shown(value)} may be one label or several", cure)
    return _items(value)


def _app_id(text: str) -> str:
    if not _APP_ID.fullmatch(text):
        raise refusal(f"{shown(text)} is no app's id", "write the App ID or Client ID that the app's settings show")
    return text


def _assignee(text: str) -> str:
    if text.startswith("@") and _LOGIN.fullmatch(text[1:]):
        raise refusal("a login is written without @", f'write "{text[1:]}"')
    if text != "*" and not _LOGIN.fullmatch(text):
        raise refusal(f"{shown(text)} is not a login", 'write a login, "*" for anyone or "none" for nobody')
    return "none" if text.lower() == "none" else text


def _login(text: str) -> str:
    if text.startswith("@") and _LOGIN.fullmatch(text[1:]):
        raise refusal("a login is written without @", f'write "{text[1:]}"')
    if not _LOGIN.fullmatch(text):
        raise refusal(f"{shown(text)} is not a login", 'write logins in full, a bot\'s with [bot]: "dependabot[bot]"')
    return text


def _branch(text: str) -> str:
    if _BAD_BRANCH.search(text):
        raise refusal(f"{shown(text)} is not a branch's name", "write the name alone, such as main")
    return text


def _author(text: str) -> str:
    if not _AUTHOR.fullmatch(text):
        raise refusal(f"{shown(text)} is not an author", 'write "Name <mail@example.org>"')
    return text


def _path(text: str) -> str:
    if text.startswith("~") and text != "~" and not text.startswith("~/"):
        raise refusal("names another user's home", "write the path in full")
    if text.startswith("$"):
        raise refusal("holds a variable, which is not replaced here", "write ~/… or the path in full")
    return text


def _repository(text: str) -> str:
    """Any remote: whether it has to name the repository too depends on `github.repository`, and is seen later."""
    if repo.is_local(text):
        return _path(text)
    try:
        repo.parse_address(text)
    except repo.AddressError as error:
        with suppress(repo.AddressError):
            repo.remote_of(text, "owner/name")
            return text
        raise refusal(error.problem, error.cure) from None
    return text


def _owner_and_name(text: str) -> str:
    if repo.is_local(text) or "://" in text or ":" in text:
        raise refusal("is not owner/name", "write it as in the address on GitHub, such as acme/webshop")
    return _repository(text)


def _url(text: str) -> str:
    try:
        url = repo.checked_url(text)
    except repo.AddressError as error:
        raise refusal(error.problem, error.cure) from None
    if url.query or url.fragment:
        raise refusal("has a ? or # in it", "write https://host/path")
    return text.rstrip("/")


AnyText = Annotated[str, BeforeValidator(_spelling)]
Script = Annotated[AnyText, AfterValidator(_filled)]
Text = Annotated[Script, AfterValidator(_one_line)]
Items = BeforeValidator(_items)
ProjectName = Annotated[Text, AfterValidator(_project_name)]
Variable = Annotated[AnyText, AfterValidator(_variable)]
Labels = Annotated[tuple[Text, ...], BeforeValidator(_labels)]
AppId = Annotated[Text, AfterValidator(_app_id)]
Assignee = Annotated[Text, AfterValidator(_assignee)]
Logins = Annotated[tuple[Annotated[Text, AfterValidator(_login)], ...], BeforeValidator(_items)]
Branch = Annotated[Text, AfterValidator(_branch)]
Author = Annotated[Text, AfterValidator(_author)]
PathText = Annotated[Text, AfterValidator(_path)]
Repository = Annotated[Text, AfterValidator(_repository)]
OwnerAndName = Annotated[Text, AfterValidator(_owner_and_name)]
Url = Annotated[Text, AfterValidator(_url)]
Duration = Annotated[
    float, BeforeValidator(_unit(durations.seconds, "write it like 90s, 20m, 2h or 1d", "must be a time with its unit"))
]
Size = Annotated[
    int, BeforeValidator(_unit(durations.size, "write it like 500MB or 1GiB", "must be a size with its unit"))
]
Amount = Annotated[
    float,
    BeforeValidator(_unit(durations.amount, "write the number alone, such as 20 or 7.50", "must be an amount above 0")),
]
