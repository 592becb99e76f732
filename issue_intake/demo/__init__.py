"""A GitHub of one's own on loopback, a stub agent and the demonstration; nothing else in the package knows of it."""
