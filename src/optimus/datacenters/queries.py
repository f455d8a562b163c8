"""Reads of the registry."""

import base64
import hashlib

from sqlalchemy import Connection, Row, select

from optimus.datacenters.errors import DataCenterOffline, DataCenterUnknown
from optimus.datacenters.schemas import DataCenterItem
from optimus.datacenters.tables import DataCenter, PinnedHost
from optimus.kit.secrecy import MASK

_COLUMNS = DataCenter.__table__.c


def get_row(connection: Connection, dc_id: str) -> Row[tuple[object, ...]]:
    """Raises DataCenterUnknown."""
    row = connection.execute(select(*_COLUMNS).where(DataCenter.id == dc_id)).one_or_none()
    if row is None:
        raise DataCenterUnknown(f"There is no data center with the id {dc_id!r}: GET data_center lists all.")
    return row


def get_online_row(connection: Connection, dc_id: str) -> Row[tuple[object, ...]]:
    """Raises DataCenterUnknown, DataCenterOffline."""
    row = get_row(connection, dc_id)
    if not row.mode:
        raise DataCenterOffline(
            f"The data center {row.name!r} is offline: it has no LCM to connect to, and is never collected."
        )
    return row


def get_item(connection: Connection, dc_id: str) -> DataCenterItem:
    """Raises DataCenterUnknown."""
    return _item(get_row(connection, dc_id))


def items(connection: Connection) -> list[DataCenterItem]:
    """All, by name."""
    return [_item(row) for row in connection.execute(select(*_COLUMNS).order_by(DataCenter.name))]


def id_of_name(connection: Connection, name: str) -> str | None:
    return connection.execute(select(DataCenter.id).where(DataCenter.name == name)).scalar_one_or_none()


def fingerprint(host_key: str) -> str:
    """As OpenSSH prints it: SHA256 and the digest of the key's bytes, base64 without padding."""
    blob = base64.b64decode(host_key.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _item(row: Row[tuple[object, ...]]) -> DataCenterItem:
    return {
        "id": row.id,
        "name": row.name,
        "mode": row.mode,
        "country": row.country,
        "province": row.province,
        "city": row.city,
        "system_name": row.system_name,
        "cee_version": row.cee_version,
        "lcm_ip": row.lcm_ip,
        "lcm_user": row.lcm_user,
        "lcm_pwd": MASK,
        "openstackrc_dir": row.openstackrc_dir,
        "lcmrc_dir": row.lcmrc_dir,
        "api_access": row.api_access,
        "host_access": row.host_access,
        "host_become": row.host_become,
        "host_user": row.host_user,
        "host_port": row.host_port,
        "host_pwd": MASK if row.host_pwd_sealed else None,
        "host_private_key": MASK if row.host_private_key_sealed else None,
        "host_key_fingerprint": fingerprint(row.host_key) if row.host_key else None,
        "host_key_pinned_at": row.host_key_pinned_at,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def name_of(connection: Connection, dc_id: str) -> str | None:
    return connection.execute(select(DataCenter.name).where(DataCenter.id == dc_id)).scalar_one_or_none()


def pinned_hosts(connection: Connection, dc_id: str) -> dict[str, str]:
    """Host -> the key that it showed at the first direct log-in."""
    query = select(PinnedHost.host, PinnedHost.host_key).where(PinnedHost.dc_id == dc_id)
    return {row.host: row.host_key for row in connection.execute(query)}
