"""The sentences in which nine vendors turn an agent away: limits are told from logins, and the named moment found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.workers.outcome.limits import Refusal, quota_until, refusal

NOW = datetime(2026, 10, 6, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "[API Error: You have exhausted your daily quota on this model.]",
        "Rate limit reached for gpt-5.4 in organization org-x on tokens per min (TPM)",
        "Rate limit exceeded: too many requests",
        "The API provider has rate limited you. Try again later or check your quotas.",
        "litellm.RateLimitError: RateLimitError: OpenAIException - slow down",
        "API Error: Request rejected (429) · This request would exceed your account's rate limit.",
        "Credits exhausted: add some",
        "Quota exceeded. Check your plan and billing details.",
        "ActionRequiredError: You've hit your usage limit",
        "You’ve hit your usage limit. Upgrade to Pro",  # noqa: RUF001 - as codex writes it
        "retried 5 times Last error: 429 slow down",
        "You have exhausted your capacity on this model. Your quota will reset after 8h44m7s.",
        "Sorry, you've hit a rate limit that restricts the number of Copilot model requests.",
        "Sorry, you've exceeded your 5 hour session limits. Please retry after 2733 seconds.",
        "Your workspace is out of credits. Ask your workspace owner to refill in order to continue.",
        "You hit your spend cap set in your workspace. Increase your spend cap to continue.",
        "To use Codex with your ChatGPT plan, upgrade to Plus: https://chatgpt.com/explore/plus.",
        "You've hit your org's monthly usage limit · resets 3am (UTC)",
        "You're out of usage credits",
        "Credit balance too low",
        "spend limit reached — ask your administrator",
    ],
)
def test_a_limit_is_one(text: str) -> None:
    assert refusal(text) is Refusal.LIMIT


@pytest.mark.parametrize(
    "text",
    [
        "API key not valid. Please pass a valid API key.",
        "The API provider is not able to authenticate you. Check your API key.",
        "litellm.AuthenticationError: AuthenticationError: OpenAIException - no",
        "The api_key client option must be set either by passing api_key to the client",
        "Error: No authentication information found.",
        "Authentication failed with provider at http://127.0.0.1/v1 (HTTP 401).",
        "Authentication error: Authentication failed. Status: 401 Unauthorized.",
        "Please set an Auth method in your settings.json",
        "Failed to authenticate. API Error: 401",
        "Error: Authentication required. Please run 'agent login' first",
        "Error: No provider configured. Run 'goose configure' first",
        "Not logged in · Please run /login",
    ],
)
def test_a_missing_login_is_one(text: str) -> None:
    assert refusal(text) is Refusal.LOGIN


@pytest.mark.parametrize(
    "text",
    [
        "Error: Session not found",
        "Cannot use this model: bogus-model. Available models: auto",
        "API Error: 500 The server had an error while processing your request.",
        "Reached max session turns for this session.",
        "Tool execution denied by policy.",
        "tests/test_login.py: 401 passed, 429 deselected",
    ],
)
def test_what_is_neither_is_neither(text: str) -> None:
    assert refusal(text) is None


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("Please retry in 31.2s.", timedelta(seconds=31.2)),
        ("Attempt 1 failed: quota. Retrying after 35716ms...", timedelta(seconds=35.716)),
        ("Suggested retry after 31s.", timedelta(seconds=31)),
        ("Please try again in 1s.", timedelta(seconds=1)),
        ("Please try again in 1h 2m 3s.", timedelta(hours=1, minutes=2, seconds=3)),
        ("Please try again in 6m0s", timedelta(minutes=6)),
        ("try again in 3 days", timedelta(days=3)),
        ("Your quota will reset after 8h44m7s.", timedelta(hours=8, minutes=44, seconds=7)),
        ("Please wait 2 minutes before trying again.", timedelta(minutes=2)),
        ("retry after 5000 milliseconds", timedelta(seconds=5)),
        ("try again in 2 weeks", timedelta(weeks=2)),
        ("try again in 1 month", timedelta(days=30)),
        ("try again in 3 parsecs", None),
        ("Your quota will reset after 0s.", None),
        ("Please retry in 0s.", None),
        ("Please retry in 99999999999999999999s.", None),
        ("Your usage limits will reset when your monthly cycle ends on 13/45/2026.", None),
        ("Your usage limits will reset when your monthly cycle ends on 9/26/2026.", None),
        ("Released on 10/26/2026.", None),
    ],
)
def test_a_wait_is_as_long_as_it_says(text: str, wait: timedelta | None) -> None:
    assert quota_until(text, NOW) == (None if wait is None else NOW + wait)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("You've hit your limit · resets 7:33\u202fPM (UTC)", datetime(2026, 10, 6, 19, 33, tzinfo=UTC)),
        ("Try again at 7 pm UTC", datetime(2026, 10, 6, 19, tzinfo=UTC)),
        ("wait for your limit to reset on October 20, 2026 at 2:00 AM GMT", datetime(2026, 10, 20, 2, tzinfo=UTC)),
        # The clocks of Berlin go back in between, and those of New York a week later.
        ("resets Oct 26, 3am (Europe/Berlin)", datetime(2026, 10, 26, 2, tzinfo=UTC)),
        ("resets Oct 26, 3am (America/New_York)", datetime(2026, 10, 26, 7, tzinfo=UTC)),
    ],
)
def test_a_clock_is_read_in_its_zone(text: str, until: datetime) -> None:
    assert quota_until(text, NOW) == until


def test_a_day_counts_to_its_end() -> None:
    until = quota_until("Your usage limits will reset when your monthly cycle ends on 10/26/2026.", NOW)
    assert until is not None
    local = until.astimezone()
    assert (local.month, local.day, local.hour, local.minute) == (10, 27, 0, 0)


@given(st.text(max_size=60) | st.from_regex(r"(try again|retry|resets?) (in|on|at|after) [\d/.: ]{1,20}[a-z]{0,3}"))
def test_no_text_names_a_moment_that_is_past_or_further_than_a_month(text: str) -> None:
    until = quota_until(text, NOW)
    assert until is None or NOW < until <= NOW + timedelta(days=35)
