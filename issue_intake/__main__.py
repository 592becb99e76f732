"""`python -m issue_intake`."""

from issue_intake.cli.main import main

main()
