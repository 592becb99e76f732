"""mini-swe-agent (https://mini-swe-agent.com/latest/usage/mini/). Its one tool is bash; it keeps no conversation."""

from __future__ import annotations

from types import MappingProxyType

from issue_intake.workers.presets.preset import Belongings, Level, Preset

PRESET = Preset(
    name="mini-swe-agent",
    program="mini",
    made_for="2.4.6",
    version=("--help",),  # it has no --version, and names itself first whatever it is asked
    run=(
        # A mini.yaml of the repository's would stand for its own under the plain name.
        *("-c", "../config/mini.yaml", "{permissions}", "--exit-immediately"),
        *("-t", "Read {prompt_file} and do what it says.", "-o", "{result_folder}/mini.traj.json"),
        *("{model}", "{limits}", "{args}"),
    ),
    stdin=False,
    everything=Level(words=("--yolo",)),
    why_not="has bash and nothing less: write permissions: everything, and workspace: {sandbox: bwrap}",
    turns=("-c", "agent.step_limit={turns}"),
    cost=("-l", "{cost}"),
    fixed=MappingProxyType(
        {
            "COLUMNS": "1000",
            "MSWEA_CONFIGURED": "true",  # else it asks for a model and a key
            "MSWEA_COST_TRACKING": "ignore_errors",  # else it fails after the first paid call of a model without price
            "MSWEA_MODEL_RETRY_STOP_AFTER_ATTEMPT": "4",  # ten would keep a worker for seven minutes
            "MSWEA_SILENT_STARTUP": "1",
            "TYPER_STANDARD_TRACEBACK": "1",
        }
    ),
    login="put the model's key into the env_file, such as OPENAI_API_KEY or ANTHROPIC_API_KEY",
    reader="mini-swe-agent",
    currency="USD",
    belongings=Belongings(folder=".config/mini-swe-agent", variable="MSWEA_GLOBAL_CONFIG_DIR", read=(".env",)),
    variables=(
        "ANTHROPIC_API_KEY",
        "AZURE_API_BASE",
        "AZURE_API_KEY",
        "AZURE_API_VERSION",
        "DEEPSEEK_API_KEY",
        "GEMINI_API_KEY",
        "GROQ_API_KEY",
        "LITELLM_MODEL_REGISTRY_PATH",
        "MSWEA_COST_TRACKING",
        "MSWEA_GLOBAL_CONFIG_DIR",
        "MSWEA_MODEL_API_KEY",
        "MSWEA_MODEL_NAME",
        "MSWEA_MODEL_RETRY_STOP_AFTER_ATTEMPT",
        "OPENAI_API_BASE",
        "OPENAI_API_KEY",
        "OPENROUTER_API_KEY",
        "XAI_API_KEY",
    ),
)
