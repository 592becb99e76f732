"""Git, without a shell and without opening anything an agent could have written as a repository."""
