"""`optimus user …`"""

import getpass
import sys
from typing import Annotated

import typer

from optimus.accounts import queries, service
from optimus.audit import store as audit_store
from optimus.cli.session import opened
from optimus.facts.roles import Role
from optimus.http.call import Services
from optimus.http.routing import AuditNote

Name = Annotated[str, typer.Argument(help="The user's name.")]
RoleOption = Annotated[Role, typer.Option(help="What the user may do.")]


def list_users() -> None:
    """List the users and their roles."""
    with opened() as services, services.database.reading() as connection:
        for user in queries.users(connection):
            typer.echo(f"{user.role:<9} {user.name}")


def add(name: Name, role: RoleOption = Role.OPERATOR) -> None:
    """Add a user; the password is asked for, or read from standard input."""
    with opened() as services:
        user_id = service.add_user(services.database, name, _read_password(), role=role)
        _note(services, "user add", user_id)
    typer.echo(f"The user {name} was added as {role.value}.")


def passwd(name: Name) -> None:
    """Set a user's password (asked for, or read from standard input), and end all sessions of that user."""
    with opened() as services:
        service.set_password(services.database, name, _read_password())
        _note(services, "user passwd", name)
    typer.echo(f"The password of {name} was changed; all sessions of {name} were ended.")


def role(name: Name, role: Annotated[Role, typer.Argument(help="The new role.")]) -> None:
    """Change a user's role; it counts from the next request on."""
    with opened() as services:
        service.set_role(services.database, name, role)
        _note(services, "user role", name)
    typer.echo(f"{name} has the role {role.value} now.")


def _read_password() -> str:
    """Never an argument: those are seen by every user of the machine."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\r\n")


def _note(services: Services, action: str, subject: str) -> None:
    note = AuditNote(f"cli: {action}", 200, None, subject, "", "")
    with services.database.writing() as connection:
        audit_store.record(connection, note)
