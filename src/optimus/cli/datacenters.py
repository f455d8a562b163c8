"""`optimus dc …`"""

import getpass
import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from optimus.cli.session import opened
from optimus.datacenters import queries
from optimus.datacenters.errors import DataCenterUnknown
from optimus.datacenters.schemas import DataCenterNew
from optimus.errors import InvalidRequest
from optimus.facts.hosts import Become
from optimus.http.call import Services
from optimus.workflows import change_schedule, check_connection, register_datacenter

Name = Annotated[str, typer.Argument(help="The data center's name.")]


def list_datacenters() -> None:
    """List the data centers."""
    with opened() as services, services.database.reading() as connection:
        for item in queries.items(connection):
            mode = "online" if item["mode"] else "offline"
            typer.echo(f"{item['id']}  {mode:<7}  {item['name']}  {item['lcm_ip'] or ''}")


def add(
    name: Name,
    lcm_ip: Annotated[str, typer.Option(help="Address of the LCM, with an optional :port; none: offline.")] = "",
    lcm_user: Annotated[str, typer.Option(help="Whom to log in as on the LCM.")] = "",
    openstackrc: Annotated[str, typer.Option(help="Path of the OpenStack rc file on the LCM.")] = "",
    lcmrc: Annotated[str, typer.Option(help="Path of the LCM's own rc file on the LCM.")] = "",
    host_become: Annotated[
        Become, typer.Option(help="How commands on compute hosts get privilege: none, or sudo.")
    ] = Become.NONE,
    country: Annotated[str, typer.Option()] = "",
    province: Annotated[str, typer.Option()] = "",
    city: Annotated[str, typer.Option()] = "",
    system_name: Annotated[str, typer.Option()] = "",
    cee_version: Annotated[str, typer.Option()] = "",
) -> None:
    """Register a data center. The LCM's password is asked for, or read from standard input."""
    online = bool(lcm_ip)
    values: dict[str, object] = {
        "name": name,
        "mode": online,
        "lcm_ip": lcm_ip,
        "lcm_user": lcm_user,
        "openstackrc_dir": openstackrc,
        "lcmrc_dir": lcmrc,
        "country": country,
        "province": province,
        "city": city,
        "system_name": system_name,
        "cee_version": cee_version,
    }
    if online:
        values |= {"lcm_pwd": _read_password(), "host_become": host_become}
    try:
        new = DataCenterNew.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][0]}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors())
        raise InvalidRequest(f"The data center was not added: {wrong}.") from None
    with opened() as services, services.database.writing() as connection:
        done = register_datacenter.register(connection, services.settings, services.vault, new)
    typer.echo(f"{done.dc_id}  {done.message}")


def refresh(name: Name) -> None:
    """Make both of a data center's tasks due now; a running worker collects them."""
    with opened() as services, services.database.writing() as connection:
        dc_id = queries.id_of_name(connection, name)
        change_schedule.run_now(connection, services.settings, dc_id or _unknown(name))
    typer.echo(f"The collection of {name} is due now; a running worker takes it.")


def trust(
    name: Name,
    fingerprint: Annotated[str, typer.Argument(help="SHA256:… as `ssh-keygen -lf` prints it.")],
    host: Annotated[
        str, typer.Option(help="nova's name of a compute host that is reached directly; none: the LCM.")
    ] = "",
) -> None:
    """Trust the host key that the LCM (or a compute host) shows now, if it has this fingerprint."""
    with opened() as services:
        if host:
            check_connection.trust_host(services, _id_of(services, name), host, fingerprint)
        else:
            check_connection.trust_host_key(services, _id_of(services, name), fingerprint)
    typer.echo(f"The host key {fingerprint} of {host or name} is trusted from now on.")


def _id_of(services: Services, name: str) -> str:
    with services.database.reading() as connection:
        return queries.id_of_name(connection, name) or _unknown(name)


def _unknown(name: str) -> str:
    raise DataCenterUnknown(f"There is no data center named {name!r}: `optimus dc list` shows all.")


def _read_password() -> str:
    """Never an argument: those are seen by every user of the machine."""
    if sys.stdin.isatty():
        return getpass.getpass("LCM password: ")
    return sys.stdin.readline().rstrip("\r\n")
