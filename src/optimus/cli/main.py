"""The `optimus` command: what an operator does on the machine itself."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import typer

from optimus.cli import datacenters, demo, doctor, run, settings, users, yamlgen
from optimus.errors import OptimusError

app = typer.Typer(
    name="optimus",
    help="Optimus: registry, collector and API for many telco OpenStack clouds.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
user_app = typer.Typer(help="Users and their roles.", no_args_is_help=True)
dc_app = typer.Typer(help="Data centers.", no_args_is_help=True)
yamlgen_app = typer.Typer(help="YAML files from a workbook and templates, without a server.", no_args_is_help=True)
pack_app = typer.Typer(help="The rules of drops and sites.", no_args_is_help=True)
app.add_typer(user_app, name="user")
app.add_typer(dc_app, name="dc")
app.add_typer(yamlgen_app, name="yamlgen")
yamlgen_app.add_typer(pack_app, name="pack")

P = ParamSpec("P")
R = TypeVar("R")


def _expected_failures_are_sentences(command: Callable[P, R]) -> Callable[P, R]:
    """An expected failure ends the command with its message and exit code 1, not with a traceback."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except OptimusError as error:
            typer.echo(f"optimus: {error.message}", err=True)
            sys.exit(1)

    return wrapped


def _add(to: typer.Typer, name: str, command: Callable[..., object]) -> None:
    to.command(name)(_expected_failures_are_sentences(command))


_add(app, "serve", run.serve)
_add(app, "worker", run.worker)
_add(app, "migrate", run.migrate)
_add(app, "settings", settings.show)
_add(app, "demo", demo.demo)
_add(app, "doctor", doctor.doctor)
_add(user_app, "list", users.list_users)
_add(user_app, "add", users.add)
_add(user_app, "passwd", users.passwd)
_add(user_app, "role", users.role)
_add(dc_app, "list", datacenters.list_datacenters)
_add(dc_app, "add", datacenters.add)
_add(dc_app, "refresh", datacenters.refresh)
_add(dc_app, "trust", datacenters.trust)
_add(yamlgen_app, "generate", yamlgen.generate)
_add(yamlgen_app, "check", yamlgen.check)
_add(yamlgen_app, "example", yamlgen.example)
_add(yamlgen_app, "reverse", yamlgen.reverse)
_add(pack_app, "lint", yamlgen.pack_lint)
_add(pack_app, "test", yamlgen.pack_test)
_add(pack_app, "show", yamlgen.pack_show)
