"""Goose (https://block.github.io/goose/docs/guides/goose-cli-commands), by its documentation and source; not run."""

from __future__ import annotations

from types import MappingProxyType

from issue_intake.workers.presets.preset import Belongings, Level, Preset

_RUN = ("run", "-i", "{prompt_file}", "-q", "--output-format", "stream-json", "--name", "{conversation}")
_REST = ("{permissions}", "{model}", "{limits}", "{args}")

PRESET = Preset(
    name="goose",
    program="goose",
    made_for="1.50.0",
    run=(*_RUN, *_REST),
    resume=(*_RUN, "--resume", *_REST),
    stdin=False,
    chosen=True,
    # Its other modes ask a person, and where nobody can be asked they refuse, or in older versions allow.
    everything=Level(variables=MappingProxyType({"GOOSE_MODE": "auto"})),
    why_not="allows everything or asks a person: write permissions: everything, and workspace: {sandbox: bwrap}",
    turns=("--max-turns", "{turns}"),
    fixed=MappingProxyType(
        {
            "GOOSE_DISABLE_KEYRING": "1",
            "GOOSE_DISABLE_SESSION_NAMING": "true",
            "GOOSE_TELEMETRY_ENABLED": "false",
        }
    ),
    login="run goose configure once, or put GOOSE_PROVIDER, GOOSE_MODEL and the provider's key into the env_file",
    reader="goose",
    currency="USD",
    belongings=Belongings(
        folder="",
        variable="",
        read=(".config/goose/config.yaml", ".config/goose/secrets.yaml", ".config/goose/custom_providers"),
        made=(".local/share/goose/sessions",),
    ),
    variables=(
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_HOST",
        "AZURE_OPENAI_API_KEY",
        "AZURE_OPENAI_DEPLOYMENT_NAME",
        "AZURE_OPENAI_ENDPOINT",
        "DATABRICKS_HOST",
        "DATABRICKS_TOKEN",
        "GOOGLE_API_KEY",
        "GOOSE_CONTEXT_LIMIT",
        "GOOSE_MAX_TURNS",
        "GOOSE_MODEL",
        "GOOSE_PROVIDER",
        "GROQ_API_KEY",
        "OLLAMA_HOST",
        "OPENAI_API_KEY",
        "OPENAI_BASE_PATH",
        "OPENAI_HOST",
        "OPENROUTER_API_KEY",
        "XAI_API_KEY",
    ),
)
