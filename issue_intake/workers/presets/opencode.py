"""OpenCode (https://opencode.ai/docs/cli). What it may do travels in a variable; without one it may do everything."""

from __future__ import annotations

from types import MappingProxyType

from issue_intake.workers.presets.preset import GIT, Belongings, Level, Preset

# Only its log tells why a model is not there, and that it was turned away while it tries again without a word.
_RUN = ("run", "--format", "json", "--print-logs", "--log-level", "ERROR", "{permissions}", "{model}")

# Of several rules that match, the last one holds. A refused tool is told to the model and the run goes on; one that
# would have to be asked for ends it.
_OUTSIDE = '"webfetch":"deny","external_directory":{"*":"deny","{result_folder}/**":"allow"}'
_GIT = ",".join(f'"git {verb}":"allow","git {verb} *":"allow"' for verb in GIT)

PRESET = Preset(
    name="opencode",
    program="opencode",
    made_for="1.18.33",
    run=(*_RUN, "{args}"),
    resume=(*_RUN, "-s", "{conversation}", "{args}"),
    # One database for all of them: that this one is in it is not looked up.
    kept=(".local/share/opencode/opencode.db",),
    # Without one it takes a free hosted model by itself.
    needs_model=True,
    edits=Level(variables=MappingProxyType({"OPENCODE_PERMISSION": '{"bash":"deny",' + _OUTSIDE + "}"})),
    commands=Level(
        variables=MappingProxyType(
            {"OPENCODE_PERMISSION": '{"bash":{"*":"deny",' + _GIT + ",{commands}}," + _OUTSIDE + "}"}
        ),
        command='"{command}":"allow","{command} *":"allow"',
    ),
    everything=Level(words=("--auto",), variables=MappingProxyType({"OPENCODE_PERMISSION": '{"*":"allow"}'})),
    fixed=MappingProxyType(
        {
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            "OPENCODE_DISABLE_SHARE": "1",
        }
    ),
    login="run opencode auth login, or put the provider's key into the env_file",
    reader="opencode",
    currency="USD",
    # Where the repository has such a folder, it puts what the folder needs beside it.
    leaves=(
        ".opencode/.gitignore",
        ".opencode/bun.lock",
        ".opencode/node_modules/",
        ".opencode/package-lock.json",
        ".opencode/package.json",
    ),
    obeys=("**/.opencode/", "**/opencode.json", "**/opencode.jsonc"),
    belongings=Belongings(
        folder=".local/share",
        variable="XDG_DATA_HOME",
        read=(),
        made=("opencode",),  # a database and the login, which are renewed together
        also_read=(".config/opencode",),
    ),
    variables=(
        "ANTHROPIC_API_KEY",
        "AZURE_API_KEY",
        "AZURE_RESOURCE_NAME",
        "DEEPSEEK_API_KEY",
        "GEMINI_API_KEY",
        "GOOGLE_GENERATIVE_AI_API_KEY",
        "GROQ_API_KEY",
        "MISTRAL_API_KEY",
        "OPENAI_API_KEY",
        "OPENCODE_API_KEY",
        "OPENCODE_CONFIG",
        "OPENCODE_CONFIG_CONTENT",
        "OPENCODE_CONFIG_DIR",
        "OPENCODE_DISABLE_MODELS_FETCH",
        "OPENROUTER_API_KEY",
        "XAI_API_KEY",
    ),
)
