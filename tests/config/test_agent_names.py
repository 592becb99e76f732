"""The presets that the configuration takes are those that the workers know."""

from issue_intake.config.agent import PLACEHOLDERS, PRESETS
from issue_intake.workers import agents, presets


def test_every_preset_that_may_be_named_exists() -> None:
    assert set(PRESETS) == set(presets.NAMES)


def test_every_place_that_may_be_named_is_filled_in() -> None:
    assert all(agents._PLACE.fullmatch(f"{{{name}}}") for name in PLACEHOLDERS)
