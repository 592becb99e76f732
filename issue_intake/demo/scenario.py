"""The demonstration: real ticks against the stand-in until every ready issue is a merged pull request."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.demo.colleagues import Colleagues
from issue_intake.demo.home import DemoHome
from issue_intake.demo.sample import LABEL, Sample, add_sample
from issue_intake.demo.standin import StandIn
from issue_intake.errors import ExitCode, IntakeError

MOST_TICKS = 30
_WAIT_SECONDS = 1.0  # the longest pause between two ticks; a worker's end is seen at once
_POLL_SECONDS = 0.05
_LOST_CAUSES = frozenset({"blocked", "needs_human", "cancelled"})

Echo = Callable[[str], None]


class DemoFailedError(IntakeError):
    """The demonstration did not go as it should."""


@record
class DemoOptions:
    """`keep`: leave the folder behind."""

    keep: bool = False


def run_demo(options: DemoOptions, echo: Echo) -> int:
    """Play the demonstration, telling it line by line to `echo`; returns the exit code. Leaves nothing running."""
    home = DemoHome(Path(tempfile.mkdtemp(prefix="intake-demo-")).resolve())
    try:
        with StandIn(home.path / "github") as standin:
            try:
                _play(_Play(home, standin, add_sample(standin), echo))
            finally:
                home.stop_workers()
        return ExitCode.OK
    except KeyboardInterrupt:
        echo("Interrupted.")
        return ExitCode.INTERRUPTED
    except IntakeError as fault:
        echo(f"The demonstration failed: {fault}")
        return fault.exit_code
    finally:
        _leave(home, options, echo)


@record(kw_only=False)
class _Play:
    home: DemoHome
    standin: StandIn
    sample: Sample
    echo: Echo


def _play(play: _Play) -> None:
    began = time.monotonic()
    play.home.write_config(play.sample.repository.git_url, play.standin.api_url, play.standin.token)
    play.echo(_introduction(play))
    colleagues = Colleagues(play.standin, play.sample.repository, play.sample.ready[0])
    for _ in range(MOST_TICKS):
        before = play.home.traces()
        _show_tick(play)
        if _all_done(play):
            play.echo(_summary(play, time.monotonic() - began))
            return
        told = list(colleagues.act())
        for line in told:
            play.echo(line)
        if told:
            play.echo("")
        else:
            _wait_for_news(play.home, before)
    raise DemoFailedError(f"not every pull request was merged after {MOST_TICKS} ticks", "run it again with --keep")


def _show_tick(play: _Play) -> None:
    """One tick as the user would see it. Raises DemoFailedError unless all went well."""
    try:
        tick = play.home.tick()
    except subprocess.TimeoutExpired as fault:
        raise DemoFailedError("a tick took longer than a minute", "see logs/intake.log with --keep") from fault
    play.echo(f"$ intake run\n{tick.output}\n")
    if tick.exit_code != ExitCode.OK:
        raise DemoFailedError(f"a tick ended with exit code {tick.exit_code}", "what it printed is above")
    for number, stage in play.home.stages().items():
        if stage in _LOST_CAUSES:
            raise DemoFailedError(f"issue #{number} is {stage}", f"see intake status {number} with --keep")


def _all_done(play: _Play) -> bool:
    return play.home.stages() == dict.fromkeys(play.sample.ready, "done")


def _wait_for_news(home: DemoHome, before: frozenset[str]) -> None:
    """Until a worker has finished something since `before`, or long enough."""
    give_up = time.monotonic() + _WAIT_SECONDS
    while home.traces() == before and time.monotonic() < give_up:
        time.sleep(_POLL_SECONDS)


def _introduction(play: _Play) -> str:
    name = play.sample.repository.full_name
    return (
        f"A stand-in for GitHub is at {play.standin.url}, with the repository {name} and three issues:\n"
        f"two are labelled {LABEL}, one is not. The agent is a stub that adds a line to README.md;\n"
        f"CI and a reviewer are played. intake merges what is approved and green (merge: auto).\n"
        f"Everything of this demonstration lies in {play.home.path}\n"
    )


def _summary(play: _Play, seconds: float) -> str:
    merged = [pull for pull in play.sample.repository.pulls() if pull.state == "merged"]
    lines = [f"  #{pull.number} {pull.title}" for pull in merged]
    return "\n".join([f"{len(merged)} pull requests merged in {seconds:.1f} seconds:", *lines])


def _leave(home: DemoHome, options: DemoOptions, echo: Echo) -> None:
    if options.keep:
        echo(f"Kept: {home.path} (the stand-in has stopped)")
    else:
        home.remove()
