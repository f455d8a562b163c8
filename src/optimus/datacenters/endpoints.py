"""The registry's calls that concern nothing else. Adding and deleting are in workflows/."""

from typing import Annotated

from fastapi import Query

from optimus.datacenters import queries, service
from optimus.datacenters.schemas import DataCenterChange
from optimus.http.answer import Answer
from optimus.http.call import Call
from optimus.http.inputs import OptionalText


def list_or_get(call: Call, id: Annotated[OptionalText, Query()] = None) -> Answer:  # noqa: A002 - the document's name
    """One data center (`id`), or all."""
    if id is not None:
        return Answer(queries.get_item(call.connection, id))
    found = queries.items(call.connection)
    return Answer(found, {"total": len(found)})


def change(call: Call, body: DataCenterChange) -> Answer:
    """Change a data center. Name and mode are fixed; a masked password keeps the stored one."""
    call.subject = body.id
    return Answer.without_data({"message": service.change(call.connection, call.services.vault, body)})
