"""What an agent is told: the template, its variables, and outside text as its readers on GitHub see it."""
