"""How a step is put into a sandbox."""
