"""Where a project's issues are, with which credential they are read, and which of them are taken on."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from issue_intake.config.query import checked_query
from issue_intake.config.words import (
    AppId,
    Assignee,
    Entry,
    Labels,
    Logins,
    OwnerAndName,
    PathText,
    Text,
    Url,
    Variable,
    refusal,
)
from issue_intake.core.authors import Authors
from issue_intake.core.ports import Rule


class App(Entry):
    """A GitHub App as the project's credential, in place of a token."""

    id: AppId = Field(description="The app's App ID or Client ID.", examples=["id: 12345"])
    installation: int = Field(
        ge=1, description="The installation's number, the last part of its address.", examples=["installation: 67890"]
    )
    key_file: PathText = Field(
        description="The app's private key, a PEM file of mode 0600.", examples=["key_file: app.pem"]
    )


class Github(Entry):
    """Where the project's issues and code are."""

    repository: OwnerAndName | None = Field(default=None, description="owner/name on the host, by default from repo.")
    api_url: Url | None = Field(default=None, description="The REST API, by default that of repo's host.")
    token_env: Variable | None = Field(default=None, description="The variable that holds this project's token.")
    git: Literal["https", "ssh"] | None = Field(
        default=None,
        description="How git reaches the repository: https with the token (the default), or ssh with the user's keys"
        " (the default where repo is an ssh address).",
    )
    app: App | None = Field(default=None, description="A GitHub App whose installation is used in place of a token.")
    max_pages: int = Field(default=50, ge=1, le=1000, description="Pages of 100 rows beyond which a list is cut off.")
    floor: int = Field(
        default=100, ge=0, le=100_000, description="Requests left of GitHub's allowance below which intake rests."
    )

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if self.app and self.token_env:
            raise refusal("names both an app and a token_env", "keep one of them")
        return self


class Intake(Entry):
    """Which open issues are taken on."""

    labels: Labels = Field(default=(), description="An issue has all of these, in any case.")
    exclude_labels: Labels = Field(default=(), description="An issue has none of these.")
    assignee: Assignee | None = Field(default=None, description='A login, "*" for anyone, "none" for nobody.')
    query: Annotated[Text, AfterValidator(checked_query)] | None = Field(
        default=None, description="A search in GitHub's words, within the project's open issues."
    )
    authors: Literal["writers", "anyone"] = Field(
        default="writers",
        description="Whose issues are taken: those of people with write access, and others' that such a person labelled"
        " or assigned; or anyone's.",
    )
    trusted: Logins = Field(default=(), description="Logins that count as if they had write access.")
    blocked: Logins = Field(default=(), description="Logins that count for nothing, whatever else is said of them.")
    i_understand_the_risk: bool = Field(
        default=False,
        description="Whether authors: anyone may hold on a public repository without a sandbox.",
    )

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.labels and self.assignee is None and self.query is None:
            cure = "name labels, an assignee or a query, such as labels: agent:queued"
            raise refusal("would take on every open issue", cure)
        if both := {name.lower() for name in self.labels} & {name.lower() for name in self.exclude_labels}:
            raise refusal(f'wants and excludes "{min(both)}", so no issue can match', "remove it from one of them")
        return self

    @property
    def people(self) -> Authors:
        """Whose word counts."""
        return Authors(
            anyone=self.authors == "anyone",
            trusted=self.trusted,
            blocked=self.blocked,
            risk_understood=self.i_understand_the_risk,
        )

    @property
    def rule(self) -> Rule:
        """The rule as the tracker takes it."""
        return Rule(labels=self.labels, exclude_labels=self.exclude_labels, assignee=self.assignee, query=self.query)
