"""Bringing an exported record into an offline data center: it becomes the data center's picture, with its own age.

The file is gone through twice: first it is checked whole, while nothing is locked, then it is stored in one
transaction. So a file that is wrong anywhere changes nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from optimus.datacenters import queries as datacenter_queries
from optimus.datacenters.errors import DataCenterOnline
from optimus.facts.hosts import Trouble
from optimus.facts.parts import Part, PartState
from optimus.http.call import Services
from optimus.inventory import imports
from optimus.inventory.imports import ImportedHost
from optimus.inventory.queries import whole
from optimus.inventory.queries.parts import Freshness
from optimus.kit.clock import epoch
from optimus.records.errors import RecordBroken
from optimus.records.hosts import Gathering, KnownHost
from optimus.records.sections import HOST_SECTIONS
from optimus.records.upload import Upload, pieces_of

CLOCK_SLACK_SECONDS = 86_400  # of the other installation's clock
_TIMES = ("collected_at", "attempted_at")


def import_record(services: Services, dc_id: str, data: bytes) -> dict[str, int]:
    """Returns the number of objects by list. `data` is a record's JSON, perhaps gzip-compressed.

    Raises DataCenterUnknown, DataCenterOnline, RecordBroken, RequestTooLarge.
    """
    limit = services.settings.record_import_bytes
    with services.database.reading() as connection:
        _must_be_offline(connection, dc_id)
    checked = _Checked(data, limit)
    with services.database.writing() as connection:
        _must_be_offline(connection, dc_id)
        counts = {}
        for name, rows in Upload(pieces_of(data, limit=limit)).sections():
            if name in whole.LISTINGS:
                counts[name] = imports.replace_list(connection, dc_id, name, _rows(name, rows))
        imports.replace_hosts(connection, dc_id, checked.hosts)
        for part in Part:
            told = checked.parts[part]
            imports.set_age(connection, dc_id, part, told, rows=counts[part.value], source=checked.source)
        imports.finish(connection, dc_id)
    return {**counts, "hosts": len(checked.hosts)}


def _must_be_offline(connection: Connection, dc_id: str) -> None:
    row = datacenter_queries.get_row(connection, dc_id)
    if row.mode:
        raise DataCenterOnline(
            f"The data center {row.name!r} is online: it is collected, and takes no file. Add an offline one for it."
        )


def _rows(name: str, rows: Iterator[Any]) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows, start=1):
        try:
            yield whole.checked(name, row)
        except whole.RowRefused as error:
            raise RecordBroken(f"json_file: {name}, object {number}: {error}.") from error


class _Checked:
    """The first time through: everything is of the right form. Keeps what hosts said, and how old each part is."""

    def __init__(self, data: bytes, limit: int) -> None:
        upload = Upload(pieces_of(data, limit=limit))
        gathering = Gathering()
        seen = set()
        for name, rows in upload.sections():
            seen.add(name)
            if name in whole.LISTINGS:
                for _ in _rows(name, rows):
                    pass
            elif name in HOST_SECTIONS:
                for row in rows:
                    _gather(gathering, name, row)
            else:
                for _ in rows:  # of a newer version, perhaps
                    pass
        if missing := sorted(set(whole.LISTINGS) - seen):
            raise RecordBroken(f"json_file: has no {', '.join(missing)}: export it with format=json.")
        self.parts = _parts(upload.head)
        self.source = _source(upload.head)
        self.hosts = [_imported(host) for host in _hosts(gathering)]


def _gather(gathering: Gathering, name: str, row: Any) -> None:
    try:
        gathering.add(name, row)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordBroken(f"json_file: {name}: an object is not of its list ({_why(error)}).") from error


def _hosts(gathering: Gathering) -> Iterator[KnownHost]:
    try:
        yield from gathering.hosts()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordBroken(f"json_file: hosts: an object is not of its list ({_why(error)}).") from error


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error) or type(error).__name__


def _imported(host: KnownHost) -> ImportedHost:
    trouble = None if host.state == PartState.FRESH else host.state
    if trouble is not None and trouble not in list(Trouble):
        raise RecordBroken(f"json_file: hosts: {trouble!r:.40} is no state of a host.")
    return ImportedHost(host.name, host.facts, _time(host.attempted_at) or epoch(), trouble, host.reason)


def _time(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= epoch() + CLOCK_SLACK_SECONDS:
        raise RecordBroken(f"json_file: {value!r:.40} is no time in the past, in seconds since 1970.")
    return value


def _parts(head: Mapping[str, Any]) -> dict[Part, dict[str, Any]]:
    """How old each part is; all of them, each time in the past."""
    if head.get("host") is not None:
        raise RecordBroken("json_file: is of one host: only a record of a whole data center becomes a picture.")
    parts = head.get("parts")
    found = {}
    for part in Part:
        told = parts.get(part.value) if isinstance(parts, dict) else None
        if not isinstance(told, dict) or told.get("state") not in list(Freshness):
            raise RecordBroken(f"json_file: the head does not say how old {part.value} is: export it with format=json.")
        times = {name: _time(told.get(name)) for name in _TIMES}
        reason = told.get("reason")
        found[part] = {"state": told["state"], "reason": None if reason is None else str(reason)[:2000], **times}
    return found


def _source(head: Mapping[str, Any]) -> str:
    record, centre = head.get("record"), head.get("data_center")
    if not isinstance(record, dict) or not isinstance(centre, dict):
        raise RecordBroken("json_file: the head does not say whose record it is: export it with format=json.")
    return f"imported from the record {str(record.get('name'))[:255]!r} of {str(centre.get('name'))[:255]!r}"
