"""The sample repository of the demonstration: a small README and three issues, one of them not marked as ready."""

from __future__ import annotations

from issue_intake.core.record import record
from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn

OWNER, NAME, LABEL = "acme", "webshop", "agent:queued"
AUTHOR = "octocat"
"""Who writes issues there, and may write everything else, too: a stranger's would not be taken."""

README = """\
# webshop

A small shop for large hats.

## Shipping (#1)

By bicycle, within the city.

## Returns (#2)

Nobody has ever returned a hat.

## Opening hours (#3)

Every day but Monday.
"""

WEBSHOP = '''\
"""The shop."""


def total(prices: list[int]) -> int:
    """The sum of all prices, in cents."""
    return sum(prices)
'''


@record(kw_only=False)
class Sample:
    """The repository, and the numbers of the issues that are marked as ready."""

    repository: Hosted
    ready: tuple[int, ...]


def add_sample(standin: StandIn) -> Sample:
    """Put the sample repository and its issues on a stand-in."""
    repository = standin.add_repository(OWNER, NAME, files={"README.md": README, "webshop.py": WEBSHOP})
    repository.set_permission(AUTHOR, "write")
    shipping = repository.add_issue("Say that we ship abroad", "Customers ask every day.", labels=[LABEL, "docs"])
    repository.add_issue("Think about a larger shop", "Not ready: this one has no label.")
    hours = repository.add_issue("Add the opening hours of the holidays", "See the calendar.", labels=[LABEL])
    return Sample(repository, (shipping, hours))
