"""Whether an agent still has the record of an earlier conversation: only then can it go on with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from issue_intake.workers.fields import conversation_of
from issue_intake.workers.presets.preset import Preset

_SHORT = 8


def remembered(preset: Preset, conversation: str, environment: Mapping[str, str]) -> bool:
    """Whether the record is there, in the home or the folder that `environment` names; True where none can be told."""
    if conversation_of(conversation) is None:
        return False
    return not preset.kept or any(_holds(*place) for place in _places(preset, conversation, environment))


def _places(preset: Preset, conversation: str, environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Folders, each with a pattern of what lies in it."""
    home, own = Path(environment.get("HOME") or Path.home()), preset.belongings
    for kept in preset.kept:
        pattern = kept.replace("{conversation}", conversation).replace("{short}", conversation[:_SHORT])
        if own is not None and pattern.startswith(f"{own.folder}/"):
            yield Path(own.place(environment, home)), pattern.removeprefix(f"{own.folder}/")
        else:
            yield home, pattern


def _holds(folder: Path, pattern: str) -> bool:
    try:
        return next(folder.glob(pattern), None) is not None
    except OSError:
        return False
