"""From a project's configuration to what the planner is asked to keep to."""

from __future__ import annotations

from datetime import timedelta

from issue_intake.config.model import Project
from issue_intake.core.policy import Fixes, MergePolicy, ProjectPolicy
from issue_intake.wiring.choice import agent_name, by_label
from issue_intake.workers.presets import preset


def policy_of(project: Project) -> ProjectPolicy:
    """The project as the planner sees it."""
    return ProjectPolicy(
        name=project.name,
        repository=project.repository,
        rule=project.rule if polled(project) else None,
        agent=agent_name(project.agent),
        by_label=by_label(project),
        authors=project.authors,
        private_only=project.authors.private_only(sandboxed=project.workspace.sandbox != "none"),
        running=project.limits.running,
        open_pulls=project.limits.open_pulls,
        attempts=project.limits.attempts,
        publish=project.publish,
        unverified=project.unverified,
        fixes=Fixes(ci=project.review.ci_fixes, rounds=project.review.rounds, verify=project.review.verify_fixes),
        extent=project.extent,
        merge=_merge_policy(project),
        writes=project.writes,
        backoff=timedelta(seconds=project.backoff),
        neutralise=project.workspace.neutralise,
        currencies=_currencies(project),
        cost_per_issue=project.limits.cost_per_issue,
    )


def _merge_policy(project: Project) -> MergePolicy:
    merge = project.merge
    return MergePolicy(
        auto=merge.mode == "auto",
        method=merge.method,
        require_approval=merge.require_approval,
        allow_no_checks=merge.allow_no_checks,
        delete_branch=merge.delete_branch,
        protected=project.protected,
    )


def polled(project: Project) -> bool:
    """Whether new issues of it are looked for."""
    return project.enabled and project.rule is not None


def _currencies(project: Project) -> dict[str, str]:
    """What the project's agents tell their cost in, by name."""
    names = {part.preset for part in (project.agent, *project.agent_by_label.values()) if part.preset is not None}
    told = {name: _currency(project, name) for name in sorted(names)}
    return {name: currency for name, currency in told.items() if currency is not None}


def _currency(project: Project, name: str) -> str | None:
    own = project.agents.get(name)
    if own is not None and own.currency is not None:
        return own.currency
    known = preset((own.base if own is not None else None) or name)
    return known.currency if known is not None else None
