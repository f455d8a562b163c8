"""Decisions of the registry: which fields a data center must and may have, and its credentials."""

from collections.abc import Mapping

from sqlalchemy import Connection, Row

from optimus.datacenters import queries, store
from optimus.datacenters.address import parse_address
from optimus.datacenters.errors import (
    CredentialsUnreadable,
    DataCenterExists,
    DataCenterIncomplete,
    FixedField,
    invalid,
)
from optimus.datacenters.schemas import DataCenterBase, DataCenterChange, DataCenterNew, HostWay
from optimus.errors import FieldError
from optimus.facts.hosts import Become, DirectLogin, HostAccess
from optimus.facts.visits import ApiAccess, LcmAddress, Target
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id
from optimus.kit.secrecy import MASK, Unreadable, Vault

PLACE = ("country", "province", "city", "cee_version")
HOST_FIELDS = ("host_access", "host_become", "host_user", "host_port", "host_pwd", "host_private_key")
ONLINE_ONLY = ("system_name", "lcm_ip", "lcm_user", "lcm_pwd", "openstackrc_dir", "lcmrc_dir", *HOST_FIELDS)
SECRETS = ("lcm_pwd", "host_pwd", "host_private_key")
ONLINE_REQUIRED = ("lcm_ip", "lcm_user", "lcm_pwd", "openstackrc_dir")


def register(connection: Connection, vault: Vault, new: DataCenterNew) -> str:
    """Add a data center, and return its id. Nothing is contacted: a site that is down can be registered.

    Raises DataCenterIncomplete, DataCenterInvalid, DataCenterExists.
    """
    online = bool(new.mode)
    if online:
        _require(new)
    else:
        _refuse_online_fields(new)
    dc_id, now = new_id(), epoch()
    values: dict[str, object] = {
        "id": dc_id,
        "name": new.name,
        "mode": online,
        "api_access": new.api_access or ApiAccess.TUNNEL,
        "created_at": now,
        "updated_at": now,
        **{field: getattr(new, field) for field in PLACE},
        **(_online_values(new, vault, dc_id) if online else {}),
    }
    if online:
        _check_host_access({"host_access": HostWay.LCM, **values})
    if not store.add(connection, values):
        raise DataCenterExists(f"A data center named {new.name!r} is registered already: names are unique.")
    return dc_id


def change(connection: Connection, vault: Vault, wanted: DataCenterChange) -> str:
    """Change the fields that were sent, and return a sentence on what that means.

    Raises DataCenterUnknown, FixedField, DataCenterInvalid.
    """
    row = queries.get_row(connection, wanted.id)
    _refuse_fixed(wanted, name=row.name, mode=row.mode)
    values: dict[str, object] = {f: getattr(wanted, f) for f in PLACE if getattr(wanted, f) is not None}
    message = f"The data center {row.name!r} was changed."
    if row.mode:
        for field in ONLINE_REQUIRED:
            if field != "lcm_pwd" and getattr(wanted, field) == "":
                raise invalid(field, "must not be empty for an online data center")
        values |= _online_values(wanted, vault, row.id)
        if values.get("lcm_ip", row.lcm_ip) != row.lcm_ip:
            # Another machine has another key; what was pinned says nothing of it.
            values |= {"host_key": None, "host_key_pinned_at": None}
            message += " The LCM's address is new: its host key will be pinned at the next contact."
        _check_host_access({**row._mapping, **values})  # noqa: SLF001 - SQLAlchemy's public name
        if values.get("host_port", row.host_port) != row.host_port:
            store.unpin_hosts(connection, row.id)
    else:
        _refuse_online_fields(wanted)
    if wanted.api_access is not None:
        values["api_access"] = wanted.api_access
    store.change(connection, row.id, {**values, "updated_at": epoch()})
    return message


def target_of(connection: Connection, vault: Vault, dc_id: str) -> Target:
    """How to reach an online data center. Raises DataCenterUnknown, DataCenterOffline, CredentialsUnreadable."""
    row = queries.get_online_row(connection, dc_id)
    password = _opened(vault, row, row.lcm_pwd_sealed)
    host, port = parse_address(row.lcm_ip)
    return Target(
        LcmAddress(host, port, row.lcm_user, password, row.host_key),
        row.openstackrc_dir,
        ApiAccess(row.api_access),
    )


def host_access_of(connection: Connection, vault: Vault, dc_id: str) -> HostAccess:
    """How its compute hosts are reached. Raises what `target_of` raises."""
    row = queries.get_online_row(connection, dc_id)
    become = Become(row.host_become)
    if row.host_access == HostWay.LCM:
        return HostAccess(become=become)
    password, key = row.host_pwd_sealed, row.host_private_key_sealed
    login = DirectLogin(
        user=row.host_user,
        password=_opened(vault, row, password) if password else None,
        private_key=_opened(vault, row, key) if key else None,
        port=row.host_port or 22,
        host_keys=queries.pinned_hosts(connection, dc_id),
    )
    return HostAccess(direct=login, become=become)


def _opened(vault: Vault, row: Row[tuple[object, ...]], sealed: str) -> str:
    try:
        return vault.open(sealed, owner=row.id)
    except Unreadable as error:
        raise CredentialsUnreadable(
            f"The stored password of {row.name!r} cannot be decrypted: the secret key is not the one that "
            "encrypted it. Set OPTIMUS_SECRET_KEY_PREVIOUS to the old key, or enter the password again."
        ) from error


def _check_host_access(values: Mapping[str, object]) -> None:
    """Direct access needs a user and a secret."""
    if values["host_access"] != HostWay.DIRECT:
        return
    if not values.get("host_user"):
        raise invalid("host_user", "is required when compute hosts are reached directly (host_access: direct)")
    if not (values.get("host_pwd_sealed") or values.get("host_private_key_sealed")):
        raise invalid("host_private_key", "or host_pwd is required when compute hosts are reached directly")


def _online_values(fields: DataCenterBase, vault: Vault, dc_id: str) -> dict[str, object]:
    """The online-only fields that were sent, secrets sealed; a masked or missing one stays as it is.

    An empty text clears a host's secret; the LCM's password cannot be without.
    """
    values: dict[str, object] = {
        name: getattr(fields, name) for name in ONLINE_ONLY if name not in SECRETS and getattr(fields, name) is not None
    }
    for name in SECRETS:
        secret = getattr(fields, name)
        if secret and secret != MASK:
            values[f"{name}_sealed"] = vault.seal(secret, owner=dc_id)
        elif secret == "" and name != "lcm_pwd":
            values[f"{name}_sealed"] = None
    return values


def _require(new: DataCenterNew) -> None:
    missing = [f for f in ONLINE_REQUIRED if not getattr(new, f)]
    if missing:
        raise DataCenterIncomplete(
            f"An online data center needs: {', '.join(missing)}.",
            errors=[FieldError(f, "is required for an online data center") for f in missing],
        )
    if new.lcm_pwd == MASK:
        raise invalid("lcm_pwd", "is the mask that answers show, not a password")


def _refuse_online_fields(fields: DataCenterBase) -> None:
    for name in ONLINE_ONLY:
        value = getattr(fields, name)
        if value and not (name in SECRETS and value == MASK):
            raise invalid(name, "is for online data centers only")


def _refuse_fixed(wanted: DataCenterChange, *, name: str, mode: bool) -> None:
    if wanted.name not in {None, "", name}:
        raise FixedField(f"The name of a data center cannot be changed (it is {name!r}).")
    if wanted.mode not in {None, mode}:
        raise FixedField("The mode of a data center cannot be changed: delete it and add it anew.")
