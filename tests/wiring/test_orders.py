"""From a claimed session to its order: argv lists, hooks in their order, an environment without credentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issue_intake.config.agent import Agent
from issue_intake.config.load import load
from issue_intake.config.model import Project
from issue_intake.config.schema import ProjectLimits
from issue_intake.core.brief import Brief
from issue_intake.core.ledger import Cause, CauseKind
from issue_intake.core.model import Session
from issue_intake.core.ports import Base
from issue_intake.core.work import Order, Ref
from issue_intake.errors import UnavailableError
from issue_intake.wiring.policies import policy_of
from issue_intake.wiring.recipe import ProjectRecipe
from issue_intake.wiring.shown import Grounds
from issue_intake.workers.agents import resolve
from issue_intake.workers.environment import Withheld
from issue_intake.workers.presets.choice import AgentChoice
from tests.builders import SHA, attempt, ended, issue, running
from tests.fakes import FakeClone, FakeWorld

TOKEN = "ghp_0123456789abcdefghij"
ENVIRON = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/home/octocat",
    "GITHUB_TOKEN": TOKEN,
    "SHOP_TOKEN": TOKEN,
    "SSH_AUTH_SOCK": "/run/agent",
    "AWS_SECRET_ACCESS_KEY": "aws",
    "LANG": "C.UTF-8",
}
COMMAND = '[/bin/sh, "{prompt_file}", "{worktree}", "{result_file}", "{issue_number}", "{branch}"]'
HOOKS = "{after_create: make deps, before_run: make clean, after_run: make report, timeout: 5s}"
CLAIMED = running(attempts=(attempt(),))
BASE = Base(branch="main", sha=SHA)


def _project(folder: Path, extra: str = "") -> Project:
    path = folder / "config.yaml"
    path.write_text(
        "projects:\n"
        "  - repo: acme/webshop\n"
        "    intake: {labels: agent:queued}\n"
        f"    agent: {{command: {COMMAND}}}\n"
        "    limits: {timeout: 90m, stall: 10m}\n" + extra
    )
    return load(path, environ={}, origin_url=lambda _: None).projects[0]


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[..., ProjectRecipe]:
    """A recipe whose sessions lie below the test's folder."""

    def ref(session: Session) -> Ref:
        folder = tmp_path / "sessions" / str(session.attempts[-1].number)
        worktree = Path(session.worktree)
        return Ref(run=f"acme-webshop/1/{folder.name}", folder=folder, worktree=worktree, handle=None)

    def make(extra: str = "") -> ProjectRecipe:
        project = _project(tmp_path, extra)
        return ProjectRecipe(
            project=project,
            agent=resolve(AgentChoice(command=project.agent.command or ())),
            environ=ENVIRON,
            withheld=Withheld(names=frozenset({"SHOP_TOKEN"}), values=frozenset({TOKEN})),
            clone=FakeClone(FakeWorld()),
            ref=ref,
            author=lambda: "Octo Cat <octo@example.org>",
            grounds=lambda: _grounds(tmp_path),
        )

    return make


def _grounds(folder: Path) -> Grounds:
    return Grounds(
        home=folder, worktrees=folder / "worktrees", clone=folder / "repos" / "shop.git", files=(), environ=ENVIRON
    )


def _order(recipe: ProjectRecipe, session: Session = CLAIMED) -> Order:
    return recipe.order(session, issue(), BASE, Brief())


def test_the_agent_gets_its_places_and_the_prompt_on_stdin(recipe: Callable[..., ProjectRecipe]) -> None:
    order = _order(recipe())
    (step,) = order.steps
    prompt, result = order.folder / "prompt.md", order.folder / "out" / "result.json"
    assert step.argv == ("/bin/sh", str(prompt), "/worktrees/issue-1", str(result), "1", "agent/issue-1")
    assert (step.stdin, step.cwd) == (str(prompt), "/worktrees/issue-1")
    assert (order.timeout, order.stall, order.reader) == (5400.0, 600.0, "command")
    assert "Please do it." in order.prompt


def test_hooks_stand_around_the_agent_with_a_time_limit_and_what_they_need_to_know(
    recipe: Callable[..., ProjectRecipe],
) -> None:
    order = _order(recipe(f"    workspace: {{hooks: {HOOKS}}}\n"))
    assert [step.name for step in order.steps] == ["after_create", "before_run", "agent", "after_run"]
    hook = order.steps[0]
    assert (hook.argv, hook.timeout) == (("sh", "-c", "make deps"), 5.0)
    assert hook.env == {
        "INTAKE_ISSUE_NUMBER": "1",
        "INTAKE_ISSUE_URL": "https://github.com/acme/webshop/issues/1",
        "INTAKE_BRANCH": "agent/issue-1",
        "INTAKE_BASE": "main",
        "INTAKE_ATTEMPT": "1",
        "INTAKE_WORKTREE": "/worktrees/issue-1",
    }


def test_after_create_runs_until_it_has_once_succeeded(recipe: Callable[..., ProjectRecipe]) -> None:
    order = _order(recipe(f"    workspace: {{hooks: {HOOKS}}}\n"), replace(CLAIMED, hook_done=True))
    assert [step.name for step in order.steps] == ["before_run", "agent", "after_run"]


def test_no_credential_is_handed_over(recipe: Callable[..., ProjectRecipe]) -> None:
    order = _order(recipe())
    assert TOKEN not in repr(order)
    assert not {"GITHUB_TOKEN", "SHOP_TOKEN", "SSH_AUTH_SOCK", "AWS_SECRET_ACCESS_KEY"} & set(order.env)
    assert TOKEN not in order.env.values()
    assert (order.env["GIT_SSH_COMMAND"], order.env["GIT_TERMINAL_PROMPT"]) == ("false", "0")
    assert list(Path(order.env["GH_CONFIG_DIR"]).iterdir()) == []
    assert "Octo Cat" in Path(order.env["GIT_CONFIG_GLOBAL"]).read_text()


@settings(deadline=None)  # the first one loads the parsers
@given(title=st.text(max_size=40), body=st.text(max_size=200))
def test_outside_text_never_reaches_an_argument(
    tmp_path_factory: pytest.TempPathFactory, title: str, body: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    mark = "canary-8c1f"
    project = _project(folder)
    one = ProjectRecipe(
        project=project,
        agent=resolve(AgentChoice(command=project.agent.command or ())),
        environ=ENVIRON,
        withheld=Withheld(),
        clone=FakeClone(FakeWorld()),
        ref=lambda s: Ref(run="a/1/1", folder=folder / "s" / "1", worktree=Path(s.worktree), handle=None),
        author=lambda: "A <a@b>",
        grounds=lambda: _grounds(folder),
    )
    order = one.order(CLAIMED, issue(title=mark + title, body=mark + body), BASE, Brief())
    assert mark in order.prompt
    assert not any(mark in word for step in order.steps for word in (*step.argv, *step.env.values()))


@pytest.mark.parametrize("text", ["", "[]", '{"issue": {}}', '{"issue": ' + "[" * 9000], ids=lambda text: text[:12])
def test_a_damaged_record_of_the_attempt_before_is_passed_over(
    recipe: Callable[..., ProjectRecipe], tmp_path: Path, text: str
) -> None:
    (tmp_path / "sessions" / "1").mkdir(parents=True)
    (tmp_path / "sessions" / "1" / "facts.json").write_text(text)
    again = running(attempts=(ended(1), attempt(2)))
    assert issue().body in _order(recipe(), again).prompt


def test_a_prompt_on_the_base_branch_that_is_not_there_stops_the_project(recipe: Callable[..., ProjectRecipe]) -> None:
    with pytest.raises(UnavailableError, match=r"no docs/WORKFLOW.md on main"):
        _order(recipe("    workflow: docs/WORKFLOW.md\n"))


def test_a_prompt_with_an_unknown_variable_stops_the_project_and_its_rehearsal(
    recipe: Callable[..., ProjectRecipe], tmp_path: Path
) -> None:
    (tmp_path / "W.md").write_text("---\nagent: {}\n---\nDo {{ issue.titel }}\n")
    broken = recipe(f"    workflow: {tmp_path / 'W.md'}\n")
    for attempt_it in (lambda: _order(broken), broken.rehearse):
        with pytest.raises(UnavailableError, match=r"W\.md:4: unknown variable issue\.titel"):
            attempt_it()


def test_a_rehearsal_lists_front_matter(recipe: Callable[..., ProjectRecipe], tmp_path: Path) -> None:
    (tmp_path / "W.md").write_text("---\ntracker: {}\npolling: {}\n---\nDo {{ issue.title }}\n")
    (line,) = recipe(f"    workflow: {tmp_path / 'W.md'}\n").rehearse()
    assert line.endswith("front matter is listed, not obeyed: tracker, polling")


@pytest.mark.parametrize(("text", "problem"), [(None, "cannot be read"), (b"\xff", "is not UTF-8")])
def test_a_prompt_on_disk_that_cannot_be_read_stops_the_project(
    recipe: Callable[..., ProjectRecipe], tmp_path: Path, text: bytes | None, problem: str
) -> None:
    if text is not None:
        (tmp_path / "W.md").write_bytes(text)
    with pytest.raises(UnavailableError, match=problem):
        recipe(f"    workflow: {tmp_path / 'W.md'}\n").rehearse()


def test_a_missing_program_is_said_before_anything_is_claimed(
    recipe: Callable[..., ProjectRecipe], tmp_path: Path
) -> None:
    recipe().check()
    gone = replace(recipe(), agent=resolve(AgentChoice(command=("no-such-agent",))))
    with pytest.raises(UnavailableError, match="no-such-agent is not on PATH"):
        gone.check()


def test_the_planner_sees_the_projects_limits(tmp_path: Path) -> None:
    policy = policy_of(_project(tmp_path, "    publish: off\n    backoff: 90s\n"))
    assert (policy.name, policy.agent, policy.publish) == ("webshop", "command:sh", "off")
    assert policy.backoff.total_seconds() == 90
    assert (policy.currencies, policy.cost_per_issue) == ({}, None)
    paid = replace(
        _project(tmp_path),
        limits=ProjectLimits.model_validate({"cost_per_issue": "7.50"}),
        agent=Agent(preset="claude"),
    )
    assert (policy_of(paid).currencies, policy_of(paid).cost_per_issue) == ({"claude": "USD"}, 7.5)
    assert policy_of(_project(tmp_path, "    enabled: false\n")).rule is None


def _with(recipe: ProjectRecipe, choice: AgentChoice, home: Path) -> ProjectRecipe:
    return replace(recipe, agent=resolve(choice), environ={**ENVIRON, "HOME": str(home)})


def test_a_conversation_that_is_intakes_to_name_gets_a_new_name_each_time_and_the_order_knows_it(
    recipe: Callable[..., ProjectRecipe], tmp_path: Path
) -> None:
    copilot = _with(recipe(), AgentChoice(preset="copilot"), tmp_path)
    orders = [_order(copilot) for _ in range(2)]
    names = [order.steps[0].argv[order.steps[0].argv.index("--session-id") + 1] for order in orders]
    assert [order.conversation for order in orders] == names
    assert len({UUID(name) for name in names}) == 2
    assert orders[0].login == resolve(AgentChoice(preset="copilot")).login


@pytest.mark.parametrize("there", [True, False])
def test_a_conversation_is_gone_on_with_only_where_its_record_is_there(
    recipe: Callable[..., ProjectRecipe], tmp_path: Path, *, there: bool
) -> None:
    identity = "0c0ffee0-2222-4333-8444-555555555555"
    if there:
        (tmp_path / ".copilot" / "session-state" / identity).mkdir(parents=True)
        (tmp_path / ".copilot" / "session-state" / identity / "events.jsonl").touch()
    copilot = _with(recipe(), AgentChoice(preset="copilot"), tmp_path)
    earlier = ended(1, conversation=identity, note="it added the button")
    cause = Cause(kind=CauseKind.VERIFY, about=("verify/1",), note="tests failed")
    again = running(attempts=(earlier, attempt(2, cause=cause)))
    order = copilot.order(again, issue(), BASE, Brief(cause=cause, conversation=identity))
    assert order.resumed is there
    assert (f"--resume={identity}" in order.steps[0].argv) is there
    assert (order.conversation == identity) is there
    assert ("What was tried before" in order.prompt) is (not there)


def test_an_agent_that_tells_its_conversation_itself_is_not_named_one(
    recipe: Callable[..., ProjectRecipe], tmp_path: Path
) -> None:
    assert _order(_with(recipe(), AgentChoice(preset="claude"), tmp_path)).conversation is None
    assert (_order(recipe()).conversation, _order(recipe()).login) == (None, "")


def test_the_order_names_the_currency_in_which_its_agents_limits_are_counted(
    recipe: Callable[..., ProjectRecipe], tmp_path: Path
) -> None:
    for name in ("claude", "codex", "copilot"):
        known = resolve(AgentChoice(preset=name)).preset
        order = _order(_with(recipe(), AgentChoice(preset=name), tmp_path))
        assert known is not None
        assert order.currency == known.currency


def test_files_of_intakes_own_for_an_agent_lie_where_it_only_reads(
    recipe: Callable[..., ProjectRecipe], tmp_path: Path
) -> None:
    agent = replace(resolve(AgentChoice(preset="claude")), files={"settings.json": "{}\n"})
    _order(replace(recipe(), agent=agent))
    assert (tmp_path / "sessions" / "private" / "1" / "settings.json").read_text() == "{}\n"
