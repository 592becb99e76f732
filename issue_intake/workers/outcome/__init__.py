"""How an attempt ended, read from what it left. Anybody may have written that."""
