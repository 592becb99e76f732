"""Signals as something that can be polled for."""

from __future__ import annotations

import os
import signal


class Bell:
    """Wakes a poll when a signal arrives. SIGTERM and SIGINT are remembered: the system goes down."""

    def __init__(self) -> None:
        self.terminated = False
        self.descriptor, write = os.pipe()
        for end in (self.descriptor, write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._remember)

    def silence(self) -> None:
        """Take the waiting rings off the pipe."""
        try:
            while os.read(self.descriptor, 512):
                pass
        except BlockingIOError:
            return

    def _remember(self, *_: object) -> None:
        self.terminated = True
