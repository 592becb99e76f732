"""The detached process that runs one attempt: it needs the standard library and this package alone."""
