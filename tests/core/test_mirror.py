"""What is to be written of a session, by what the project asks for."""

from __future__ import annotations

import pytest

from issue_intake.core.mirror import Due, due
from issue_intake.core.policy import ProjectPolicy
from tests.builders import policy, reviewed


@pytest.mark.parametrize(
    ("project", "wanted"),
    [
        (policy(writes="off"), Due()),
        (policy(writes="labels"), Due(label=True)),
        (policy(writes="full"), Due(label=True, comment=True)),
    ],
)
def test_what_was_never_written_is_due_as_far_as_it_is_wanted(project: ProjectPolicy, wanted: Due) -> None:
    assert due(project, reviewed()) == wanted
