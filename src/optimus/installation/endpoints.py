"""The calls about the installation itself."""

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from optimus import __version__
from optimus.http.answer import Answer
from optimus.http.call import Call
from optimus.installation.schemas import SettingItem
from optimus.settings import Settings


def about(call: Call) -> Answer:
    """Version, and whether anybody may sign up."""
    settings = call.services.settings
    return Answer(
        {"version": __version__, "registration": settings.registration, "time_zone": settings.time_zone},
    )


def list_settings(call: Call) -> Answer:
    """Every setting with its value in force; secrets are not shown."""
    settings = call.services.settings
    found: list[SettingItem] = [
        {
            "name": f"OPTIMUS_{name.upper()}",
            "value": _shown(name, getattr(settings, name)),
            "is_default": name not in settings.model_fields_set,
            "description": field.description or "",
        }
        for name, field in Settings.model_fields.items()
    ]
    return Answer(found, {"total": len(found)})


def _shown(name: str, value: object) -> str:
    if isinstance(value, SecretStr):
        return "(set)" if value.get_secret_value() else "(not set)"
    if name == "database_url" and value:
        return _without_password(str(value))
    return str(value)


def _without_password(url: str) -> str:
    """Scheme, user, host and database: what follows `?` can hold a password too."""
    try:
        return make_url(url).set(query={}).render_as_string(hide_password=True)
    except ArgumentError:
        return "(set)"
