"""How each genuine program is pointed at the model on loopback, by its vendor's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from issue_intake.core.record import record

_NO_LINES: Mapping[str, str] = {}


@record
class Real:
    """An agent as the configuration names it, and the variables of the env file it needs. `{port}` is the model's.

    `home`: files in the user's home. `first`, `second`: the file its tool can write. `resumes`: it can go on with a
    conversation. `waits`: it cannot be made to go on for ever, but to wait for an answer. `workspace`: the project's.
    """

    name: str
    agent: Mapping[str, object]
    env: Mapping[str, str] = field(default_factory=lambda: _NO_LINES)
    home: Mapping[str, str] = field(default_factory=lambda: _NO_LINES)
    first: str = "hello.txt"
    second: str = "hello.txt"
    resumes: bool = True
    waits: bool = False
    workspace: Mapping[str, str] = field(default_factory=lambda: _NO_LINES)


_MOCK = 'model_providers.mock={{name="mock",base_url="http://127.0.0.1:{port}/v1",wire_api="responses",env_key="CODEX_API_KEY"}}'

_GEMINI = """{
  "security": {"auth": {"selectedType": "gemini-api-key"}},
  "general": {"maxAttempts": 1},
  "model": {"disableLoopDetection": true}
}"""
_OPENCODE = (
    '{"provider":{"mock":{"npm":"@ai-sdk/openai-compatible","options":{"baseURL":"http://127.0.0.1:{port}/v1",'
    '"apiKey":"none"},"models":{"m1":{}}}}}'
)

REAL = (
    Real(
        name="claude",
        agent={"preset": "claude"},
        env={
            "ANTHROPIC_BASE_URL": "http://127.0.0.1:{port}",
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CODE_MAX_RETRIES": "0",
        },
        first="goodbye.txt",
        second="adieu.txt",
    ),
    Real(
        name="codex",
        agent={"preset": "codex", "model": "gpt-5.4", "args": ["-c", 'model_provider="mock"', "-c", _MOCK]},
        env={"CODEX_API_KEY": "none"},
    ),
    Real(
        name="gemini",
        agent={"preset": "gemini", "model": "gemini-2.5-flash"},
        env={"GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:{port}"},
        home={".gemini/settings.json": _GEMINI},
    ),
    Real(
        name="opencode",
        agent={"preset": "opencode", "model": "mock/m1"},
        env={"OPENCODE_CONFIG_CONTENT": _OPENCODE, "OPENCODE_DISABLE_MODELS_FETCH": "1"},
    ),
    Real(
        name="copilot",
        agent={"preset": "copilot", "model": "claude-sonnet-4.6"},
        env={
            "COPILOT_OFFLINE": "true",
            "COPILOT_PROVIDER_BASE_URL": "http://127.0.0.1:{port}/v1",
            "COPILOT_PROVIDER_API_KEY": "none",
        },
        first="goodbye.txt",
        second="adieu.txt",
    ),
    Real(
        name="aider",
        agent={"preset": "aider", "model": "openai/gpt-4o"},
        env={
            "OPENAI_API_BASE": "http://127.0.0.1:{port}/v1",
            "OPENAI_API_KEY": "none",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        },
        waits=True,
    ),
    Real(
        name="mini-swe-agent",
        agent={"preset": "mini-swe-agent", "model": "openai/gpt-4o", "permissions": "everything"},
        workspace={"sandbox": "bwrap"},
        env={
            "OPENAI_API_BASE": "http://127.0.0.1:{port}/v1",
            "OPENAI_API_KEY": "none",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "MSWEA_MODEL_RETRY_STOP_AFTER_ATTEMPT": "1",
        },
        resumes=False,
    ),
)
