"""The calls that concern more than one domain: adding and deleting data centers, the scheduler, connections."""

from typing import Annotated

from fastapi import Query
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from optimus.datacenters import queries as datacenter_queries
from optimus.datacenters.schemas import DataCenterId, DataCenterNew, TrustHostKey
from optimus.errors import FieldError, InvalidRequest, MalformedRequest
from optimus.facts.parts import Task
from optimus.http.answer import Answer
from optimus.http.call import Call
from optimus.http.inputs import OptionalText, PathId, one_of
from optimus.http.uploads import Form
from optimus.records import queries as record_queries
from optimus.records.schemas import ALL_LIMIT, OF_ONE_LIMIT, Language, RecordChoice, RecordNew, RecordQuery
from optimus.schedules import queries as schedule_queries
from optimus.schedules.schemas import TaskChange
from optimus.workflows import change_schedule, check_connection, import_datacenter, make_record, register_datacenter
from optimus.workflows.overview import overview as overview_of
from optimus.workflows.schemas import HistoryFilter, LoginTrial, Page

HISTORY_LIMIT = 50


def add_datacenter(call: Call, body: DataCenterNew) -> Answer:
    """Register a data center. An online one is planned, and collected for the first time at once."""
    services = call.services
    done = register_datacenter.register(call.connection, services.settings, services.vault, body)
    call.subject = done.dc_id
    planned: dict[str, object] = {f"{task.value}_job": at for task, at in done.next_runs.items()}
    return Answer(done.dc_id, {"message": done.message, **planned})


def delete_datacenter(
    call: Call,
    id: Annotated[OptionalText, Query()] = None,  # noqa: A002 - the document's name
    body: DataCenterId | None = None,
) -> Answer:
    """Delete a data center, its tasks and everything collected. `id` in the body or in the query."""
    dc_id = (body.id if body else None) or id
    if dc_id is None:
        raise MalformedRequest("id: is required.", errors=[FieldError("id", "is required")])
    call.subject = dc_id
    name = register_datacenter.delete(call.connection, dc_id)
    return Answer(dc_id, {"message": f"The data center {name!r} and everything collected of it was deleted."})


def trust_host_key(call: Call, body: TrustHostKey) -> Answer:
    """Pin the host key that the LCM (or the compute host `host`) shows now, if its fingerprint is the one given."""
    call.subject = body.id
    if body.host:
        check_connection.trust_host(call.services, body.id, body.host, body.fingerprint)
    else:
        check_connection.trust_host_key(call.services, body.id, body.fingerprint)
    return Answer.without_data({"message": "The host key is trusted from now on."})


def connect_status(call: Call, cid: Annotated[PathId, Query()]) -> Answer:
    """Whether Optimus can log in to a data center's LCM now: a real SSH log-in."""
    found = check_connection.of_datacenter(call.services, cid)
    return Answer(found.ok, check_connection.beside(found))


def try_connection(call: Call, body: LoginTrial) -> Answer:
    """Whether Optimus could log in to an LCM with these values: a real SSH log-in."""
    found = check_connection.of_values(call.services, body)
    return Answer(found.ok, check_connection.beside(found))


def run_history(
    call: Call, request: Request, cid: Annotated[PathId, Query()], page: Annotated[Page, Query()]
) -> Answer:
    """The runs of a data center's tasks, newest first."""
    datacenter_queries.get_row(call.connection, cid)
    task = _history_task(request)
    limit = page.limit or HISTORY_LIMIT
    found, total = schedule_queries.history(call.connection, cid, task=task, limit=limit, offset=page.offset or 0)
    return Answer(found, {"total_num": total})


def _history_task(request: Request) -> Task | None:
    """`filter`, which the document's URL also spells `?filter`."""
    parameters = request.query_params
    wanted = parameters.get("filter", parameters.get("?filter"))
    try:
        chosen = _FILTER.validate_python(wanted)
    except ValidationError as error:
        sentence = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise InvalidRequest(f"filter: {sentence}", errors=[FieldError("filter", sentence)]) from None
    return None if chosen in {None, HistoryFilter.NONE} else Task(chosen)


_FILTER: TypeAdapter[HistoryFilter | None] = TypeAdapter(Annotated[HistoryFilter | None, one_of(HistoryFilter)])


def list_schedules(call: Call, cid: Annotated[OptionalText, Query()] = None) -> Answer:
    """The planned tasks of one data center (an empty list for an offline one), or of all."""
    if cid is not None:
        datacenter_queries.get_row(call.connection, cid)
    zone = call.services.settings.time_zone
    return Answer(schedule_queries.items(call.connection, dc_id=cid, time_zone=zone))


def resume_or_pause(call: Call, body: TaskChange) -> Answer:
    """Resume or pause a task; one that was never planned is planned. Interval and window may come along."""
    _needs(body, "action")
    call.subject = body.cid
    change_schedule.change(call.connection, call.services.settings, body)
    return Answer.without_data(code=201)


def change_task(call: Call, body: TaskChange) -> Answer:
    """Change a task's interval, window or pause."""
    _needs(body, "interval")
    call.subject = body.cid
    change_schedule.change(call.connection, call.services.settings, body)
    return Answer.without_data()


def _needs(body: TaskChange, field: str) -> None:
    if not body.says_something():
        raise MalformedRequest(
            f"{field}: is required (or one of interval, start, end, action).", errors=[FieldError(field, "is required")]
        )


def refresh_now(call: Call, body: DataCenterId) -> Answer:
    """Collect a data center now, both tasks, whatever its windows say."""
    if body.id is None:
        raise MalformedRequest("id: is required.", errors=[FieldError("id", "is required")])
    call.subject = body.id
    planned = change_schedule.run_now(call.connection, call.services.settings, body.id)
    return Answer.without_data({"message": "The collection starts now."} | planned, code=201)


def overview(call: Call) -> Answer:
    """All data centers with their capacity, freshness and last runs."""
    found = overview_of(call.connection, time_zone=call.services.settings.time_zone)
    return Answer(found, {"total": len(found)})


def list_records(call: Call, request: Request, wanted: Annotated[RecordQuery, Query()]) -> Answer:
    """A page of records: all, or (`cid`) one data center's. An empty `cid` finds none."""
    if "cid" not in request.query_params:
        found, total = record_queries.page(call.connection, wanted, dc_id=None, default_limit=ALL_LIMIT)
        return Answer(found, {"total": total})
    cid = _CID.validate_python(request.query_params["cid"])
    if cid is None:
        return Answer([], {"total": 0})
    datacenter_queries.get_row(call.connection, cid)
    found, total = record_queries.page(call.connection, wanted, dc_id=cid, default_limit=OF_ONE_LIMIT)
    return Answer(found, {"total": total})


_CID: TypeAdapter[str | None] = TypeAdapter(OptionalText)


def add_record(call: Call, body: RecordNew, choice: Annotated[RecordChoice, Query()]) -> Answer:
    """Make a record of a data center, by `cid` or by its name; with `refresh` after collecting it."""
    language = choice.lang or Language.ENGLISH
    record_id = make_record.ask(call, body, language=language, refresh=bool(choice.refresh))
    call.subject = record_id
    return Answer(record_id, {"id": record_id}, code=201)


def upload_picture(call: Call, form: Form, id: Annotated[OptionalText, Query()] = None) -> Answer:  # noqa: A002 - the document's name
    """Make an exported record (`json_file`, also gzip-compressed) the picture of an offline data center (`id`)."""
    dc_id = form.fields.get("id", "").strip() or id
    if not dc_id:
        raise MalformedRequest("id: is required.", errors=[FieldError("id", "is required")])
    files = form.of("json_file")
    if len(files) != 1:
        sentence = "is required" if not files else "must be one file"
        raise MalformedRequest(f"json_file: {sentence}.", errors=[FieldError("json_file", sentence)])
    call.subject = dc_id
    counts = import_datacenter.import_record(call.services, dc_id, files[0].data)
    message = f"The data center has {counts['servers']} VMs on {counts['compute_services']} hosts now, from the file."
    return Answer(dc_id, {"message": message, "counts": counts}, code=201)
