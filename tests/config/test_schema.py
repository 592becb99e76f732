"""Every key has its sentence, and what the file may hold is what was promised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from issue_intake.config.schema import ConfigFile, ProjectEntry

KEYS = "version env_file worktrees limits limits.running limits.starts_per_day limits.cost_per_day limits.disk"
KEYS += " agents defaults projects"
PROJECT_KEYS = """
repo name enabled tracker github github.repository github.api_url github.token_env github.git
github.app github.app.id github.app.installation github.app.key_file github.max_pages github.floor
intake intake.labels intake.exclude_labels intake.assignee intake.query intake.authors intake.trusted intake.blocked
intake.i_understand_the_risk workflow
agent agent.preset agent.command agent.model agent.args agent.allow agent.permissions agent.max_turns agent.max_cost
agent.env agent.pass_env
agent_by_label agent_by_label.preset agent_by_label.command agent_by_label.model agent_by_label.args
agent_by_label.allow agent_by_label.permissions agent_by_label.max_turns agent_by_label.max_cost
agent_by_label.env agent_by_label.pass_env
workspace workspace.base workspace.hooks workspace.hooks.after_create workspace.hooks.before_run
workspace.hooks.after_run workspace.hooks.timeout workspace.neutralise workspace.lfs
workspace.sandbox workspace.network
workspace.binds workspace.binds.read workspace.binds.write workspace.image workspace.command
limits limits.running limits.open_pulls limits.attempts limits.timeout limits.stall limits.memory limits.processes
limits.cost_per_issue
publish publish.mode publish.author publish.unverified publish.protected
publish.max_files publish.max_bytes publish.max_file
verify verify.name verify.run verify.timeout verify.required verify_from_workflow
review review.ci_fixes review.rounds review.verify_fixes
merge merge.mode merge.method merge.require_approval merge.allow_no_checks merge.delete_branch writes backoff
"""


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key below `model`, with dots."""
    for name, field in model.model_fields.items():
        yield prefix + name, field
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from fields(kind, f"{prefix}{name}.")


@pytest.mark.parametrize(("model", "keys"), [(ConfigFile, KEYS), (ProjectEntry, PROJECT_KEYS)])
def test_the_keys_are_those_promised(model: type[BaseModel], keys: str) -> None:
    assert [key for key, _ in fields(model)] == keys.split()


@pytest.mark.parametrize("model", [ConfigFile, ProjectEntry])
def test_every_key_is_described_in_a_sentence(model: type[BaseModel]) -> None:
    for key, field in fields(model):
        assert field.description, key
        assert field.description[0].isalpha(), key
        assert field.description.endswith("."), key
