"""What was read, value by value, each with its place."""

from __future__ import annotations

from collections.abc import Mapping

from issue_intake.core.record import record

Plain = str | int | bool | list["Plain"] | dict[str, "Plain"]


@record
class Node:
    """A value with its line (from 1) and the key it was written at. `size` counts its values, aliases expanded."""

    value: str | int | bool | tuple[Node, ...] | Mapping[str, Node]
    line: int
    key: str
    size: int = 1

    def child(self, part: str | int) -> Node | None:
        """What lies one step below, if there is such a thing."""
        if isinstance(self.value, Mapping):
            return self.value.get(str(part))
        if isinstance(self.value, tuple) and isinstance(part, int) and part < len(self.value):
            return self.value[part]
        return None

    def plain(self) -> Plain:
        """The value without its places."""
        if isinstance(self.value, Mapping):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value
