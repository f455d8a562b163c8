"""Decisions of the registry: which fields a data center must and may have, and its credentials."""

from sqlalchemy import Connection

from optimus.datacenters import queries, store
from optimus.datacenters.address import parse_address
from optimus.datacenters.errors import (
    CredentialsUnreadable,
    DataCenterExists,
    DataCenterIncomplete,
    FixedField,
    invalid,
)
from optimus.datacenters.schemas import DataCenterBase, DataCenterChange, DataCenterNew
from optimus.errors import FieldError
from optimus.facts.visits import ApiAccess, LcmAddress, Target
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id
from optimus.kit.secrecy import MASK, Unreadable, Vault

PLACE = ("country", "province", "city", "cee_version")
ONLINE_ONLY = ("system_name", "lcm_ip", "lcm_user", "lcm_pwd", "openstackrc_dir", "lcmrc_dir")
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
    else:
        _refuse_online_fields(wanted)
    if wanted.api_access is not None:
        values["api_access"] = wanted.api_access
    store.change(connection, row.id, {**values, "updated_at": epoch()})
    return message


def target_of(connection: Connection, vault: Vault, dc_id: str) -> Target:
    """How to reach an online data center. Raises DataCenterUnknown, DataCenterOffline, CredentialsUnreadable."""
    row = queries.get_online_row(connection, dc_id)
    try:
        password = vault.open(row.lcm_pwd_sealed, owner=row.id)
    except Unreadable as error:
        raise CredentialsUnreadable(
            f"The stored password of {row.name!r} cannot be decrypted: the secret key is not the one that "
            "encrypted it. Set OPTIMUS_SECRET_KEY_PREVIOUS to the old key, or enter the password again."
        ) from error
    host, port = parse_address(row.lcm_ip)
    return Target(
        LcmAddress(host, port, row.lcm_user, password, row.host_key),
        row.openstackrc_dir,
        ApiAccess(row.api_access),
    )


def _online_values(fields: DataCenterBase, vault: Vault, dc_id: str) -> dict[str, object]:
    """The online-only fields that were sent, the password sealed; a masked or missing one stays as it is."""
    values: dict[str, object] = {
        name: getattr(fields, name) for name in ONLINE_ONLY if name != "lcm_pwd" and getattr(fields, name) is not None
    }
    if fields.lcm_pwd and fields.lcm_pwd != MASK:
        values["lcm_pwd_sealed"] = vault.seal(fields.lcm_pwd, owner=dc_id)
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
        if value and not (name == "lcm_pwd" and value == MASK):
            raise invalid(name, "is for online data centers only")


def _refuse_fixed(wanted: DataCenterChange, *, name: str, mode: bool) -> None:
    if wanted.name not in {None, "", name}:
        raise FixedField(f"The name of a data center cannot be changed (it is {name!r}).")
    if wanted.mode not in {None, mode}:
        raise FixedField("The mode of a data center cannot be changed: delete it and add it anew.")
