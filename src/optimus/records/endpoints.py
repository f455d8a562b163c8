"""The calls that concern records alone. Listing and making them are in workflows/."""

from typing import Annotated

from fastapi import Query

from optimus.errors import FieldError, MalformedRequest
from optimus.http.answer import Answer
from optimus.http.call import Call
from optimus.http.inputs import OptionalText, PathId
from optimus.records import downloads, service
from optimus.records.schemas import DiffQuery, DownloadQuery, RecordId


def delete(
    call: Call,
    id: Annotated[OptionalText, Query()] = None,  # noqa: A002 - the document's name
    body: RecordId | None = None,
) -> Answer:
    """Delete a record that is not being made. `id` in the body or in the query."""
    record_id = (body.id if body else None) or id
    if record_id is None:
        raise MalformedRequest("id: is required.", errors=[FieldError("id", "is required")])
    call.subject = record_id
    name = service.delete(call.connection, record_id)
    return Answer.without_data({"message": f"The record {name!r} was deleted."})


def download(call: Call, wanted: Annotated[DownloadQuery, Query()]) -> Answer:
    """The workbook in base64; with `format` a file: xlsx, json (the data), csv (one sheet, or all), pdf (a summary)."""
    if wanted.id is None:
        return Answer(None)
    return downloads.download(call.services, wanted.id, wanted)


def diff(
    call: Call, a: Annotated[PathId, Query()], b: Annotated[PathId, Query()], wanted: Annotated[DiffQuery, Query()]
) -> Answer:
    """What changed from record `a` to record `b`, a page at a time; with `format` all of it as a file."""
    return downloads.compare(call.services, a, b, wanted)
