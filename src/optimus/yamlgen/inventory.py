"""A site's inventory of machines, which fills blank cells of the hosts: a SQLite file or a CSV."""

import csv
import io
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from optimus.errors import FieldError
from optimus.yamlgen.derive import InventoryRow
from optimus.yamlgen.errors import RequestRefused, UploadTooLarge
from optimus.yamlgen.limits import MIB, Limits
from optimus.yamlgen.request import Upload

TABLE = "table_device"
_SQLITE = b"SQLite format 3\x00"
_COLUMNS = {
    "hostname": ("device_name", "hostname"),
    "bmc_ip": ("bmc_ipv6", "bmc_ip"),
    "bmc_username": ("bmc_username",),
    "bmc_secret": ("bmc_passwd", "bmc_secret"),
    "deploy_module": ("deploy_module",),
}


def read_inventory(upload: Upload, limits: Limits) -> Sequence[InventoryRow]:
    """Rows of a SQLite file's table `table_device`, or of a CSV with its column names (or ours).

    Raises RequestRefused, UploadTooLarge.
    """
    if len(upload.data) > limits.upload_bytes:
        raise UploadTooLarge(f"The inventory is larger than {limits.upload_bytes // MIB} MiB.")
    if upload.data.startswith(_SQLITE):
        return _read_sqlite(upload.data, limits)
    try:
        text = upload.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("it is neither a SQLite file nor a CSV in UTF-8") from error
    try:
        found = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        _need_key(found.fieldnames or ())
        return _rows(found, limits)
    except csv.Error as error:
        raise _refused(f"its CSV cannot be read ({error})") from error


def _read_sqlite(data: bytes, limits: Limits) -> Sequence[InventoryRow]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data)
        connection.row_factory = sqlite3.Row
        found = connection.execute(f"SELECT * FROM {TABLE} LIMIT {limits.rows + 1}")  # noqa: S608 - constants
        _need_key(column[0] for column in found.description)
        return _rows(map(dict, found), limits)
    except sqlite3.Error as error:
        raise _refused(f"its table {TABLE} cannot be read ({error})") from error
    finally:
        connection.close()


def _rows(found: Iterable[Mapping[str, object]], limits: Limits) -> Sequence[InventoryRow]:
    return list(_each(found, limits.rows))


def _need_key(columns: Iterable[str]) -> None:
    if not set(columns) & set(_COLUMNS["hostname"]):
        raise _refused(f"it has no column {_COLUMNS['hostname'][0]}")


def _each(found: Iterable[Mapping[str, object]], most: int) -> Iterator[InventoryRow]:
    for number, row in enumerate(found):
        if number == most:
            raise UploadTooLarge(f"The inventory has more than {most} rows.")
        values = {
            field: next((str(row[name]).strip() for name in names if row.get(name) is not None), "")
            for field, names in _COLUMNS.items()
        }
        if values["hostname"]:
            yield InventoryRow(**values)


def _refused(why: str) -> RequestRefused:
    return RequestRefused(f"The inventory cannot be used: {why}.", errors=[FieldError("inventory", why)])
