"""What GitHub answers when it refuses, or is not well, as faults of the stand-in."""

from __future__ import annotations

import json
from datetime import datetime

from issue_intake.demo.faults import Fault
from issue_intake.demo.wire import DOCUMENTATION


def json_fault(status: int, message: str, **headers: str) -> Fault:
    """A refusal in GitHub's words; `Retry_After=` becomes `Retry-After`."""
    named = {"Content-Type": "application/json; charset=utf-8"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    return Fault(status=status, headers=named, body=json.dumps(body).encode())


def primary_limit(reset_at: datetime, limit: int = 5000, resource: str = "core") -> Fault:
    """403: the allowance of that resource (core, search) is used up until `reset_at`."""
    figures = {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Used": str(limit),
        "X-RateLimit-Reset": str(int(reset_at.timestamp())),
        "X-RateLimit-Resource": resource,
    }
    return json_fault(403, "API rate limit exceeded for user ID 1.", **figures)


def sparing(remaining: int, reset_at: datetime, limit: int = 5000) -> Fault:
    """The real answer, which says how few requests are left until `reset_at`."""
    figures = {"Limit": limit, "Remaining": remaining, "Used": limit - remaining, "Reset": int(reset_at.timestamp())}
    return Fault(headers={f"X-RateLimit-{name}": str(value) for name, value in figures.items()})


def incomplete_search() -> Fault:
    """A search that ran out of time: some results, perhaps none, and not all."""
    body = {"total_count": 0, "incomplete_results": True, "items": [], "search_type": "lexical"}
    return Fault(status=200, headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())


def sso_required(url: str) -> Fault:
    """403: the token is not authorised for the organisation's single sign-on."""
    message = "Resource protected by organization SAML enforcement. You must grant your token access."
    return json_fault(403, message, X_GitHub_SSO=f"required; url={url}")


def secondary_limit(retry_after: int | None = 60, status: int = 403) -> Fault:
    """403 (or 429): too much at once; `retry_after` in seconds, None when GitHub does not say."""
    named = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return json_fault(status, message, **named)


def html_unavailable(status: int = 503) -> Fault:
    """The unicorn: a 5xx with a page of HTML instead of JSON."""
    body = b"<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>"
    return Fault(status=status, headers={"Content-Type": "text/html"}, body=body)


def moved(location: str, status: int = 301) -> Fault:
    """A redirect to another address, of this host or not."""
    named = {"Location": location, "Content-Type": "application/json; charset=utf-8"}
    return Fault(status=status, headers=named, body=json.dumps({"message": "Moved", "url": location}).encode())
