"""The genuine agent programs, driven by intake through its whole loop, with a model on loopback."""
