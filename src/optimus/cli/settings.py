"""`optimus settings`: every setting with its help and the value in force."""

import typer
from pydantic import SecretStr

from optimus.settings import Settings, load_settings


def show() -> None:
    """Print every setting: its variable, its value (secrets masked), and what it is for."""
    found = load_settings()
    for name, field in Settings.model_fields.items():
        value = getattr(found, name)
        shown = ("(set)" if value.get_secret_value() else "(not set)") if isinstance(value, SecretStr) else value
        mark = "" if name in found.model_fields_set else "  (default)"
        typer.echo(f"OPTIMUS_{name.upper()}={shown}{mark}\n    {field.description}")
