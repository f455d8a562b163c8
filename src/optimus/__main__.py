"""`python -m optimus` is the `optimus` command."""

from optimus.cli.main import app

app()
