"""What the record's calls take and answer, by the API document's names."""

from enum import StrEnum
from typing import Annotated, Any

from typing_extensions import TypedDict

from optimus.http.inputs import Body, Limit, Name, Offset, OptionalText, Order, Query, one_of

ALL_LIMIT = 50
OF_ONE_LIMIT = 20


class Status(StrEnum):
    RUNNING = "running"
    SUCCESSFUL = "successful"
    FAILED = "failed"


class Step(StrEnum):
    """What a record's job is at."""

    QUEUED = "queued"
    COLLECTING = "collecting"  # waits for the collections that were asked for with it
    READING = "reading"  # the stored picture into its data
    WRITING = "writing"  # the workbook
    STORING = "storing"
    DONE = "done"
    FAILED = "failed"


class Kept(StrEnum):
    """What is stored of a record."""

    DATA = "data"
    WORKBOOK = "workbook"


class Language(StrEnum):
    ENGLISH = "en"
    CHINESE = "zh"


class Format(StrEnum):
    XLSX = "xlsx"
    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


class RecordSort(StrEnum):
    TIMESTAMP = "timestamp"
    NAME = "name"
    STATUS = "status"
    DATA_CENTER = "data_center"
    CEE_VERSION = "cee_version"


class RecordNew(Body):
    """A data center by `cid`, or by its name in `data_center`. An empty text counts as absent."""

    name: Name
    cid: OptionalText = None
    data_center: OptionalText = None
    cee_version: OptionalText = None
    host: OptionalText = None


class RecordChoice(Query):
    """How a record is made: in which language, and whether the cloud is collected first."""

    refresh: bool | None = None
    lang: Annotated[Language | None, one_of(Language)] = None


class RecordId(Body):
    id: OptionalText = None


class RecordQuery(Query):
    sort: Annotated[RecordSort | None, one_of(RecordSort)] = None
    order: Annotated[Order | None, one_of(Order)] = None
    limit: Limit = None
    offset: Offset = None


class DownloadQuery(Query):
    id: OptionalText = None
    format: Annotated[Format | None, one_of(Format)] = None
    lang: Annotated[Language | None, one_of(Language)] = None
    sheet: OptionalText = None


class DiffFormat(StrEnum):
    XLSX = "xlsx"
    JSON = "json"


class DiffQuery(Query):
    limit: Limit = None
    offset: Offset = None
    format: Annotated[DiffFormat | None, one_of(DiffFormat)] = None
    lang: Annotated[Language | None, one_of(Language)] = None


class RecordItem(TypedDict):
    """`timestamp` is when it was asked for. `host` is the data center's name when the record is of all its hosts."""

    id: str
    name: str
    cid: str
    data_center: str
    system_name: str | None
    cee_version: str | None
    host: str
    lcm_ip: str | None
    openrc_path: str | None
    status: str
    step: str
    progress: int
    timestamp: int
    finished_at: int | None
    collected_at: int | None
    pid: str | None
    size: int | None
    created_by: str
    error: str | None
    traceback: str | None


class FieldChange(TypedDict):
    field: str
    old: Any
    new: Any


class ChangeItem(TypedDict):
    """One object that differs: `change` is added, removed, moved or changed; `key` says which object it is.

    `fields` has the values on both sides; of an added or removed object all of them, on one side.
    """

    section: str
    change: str
    key: dict[str, str]
    name: str | None
    fields: list[FieldChange]


class NotCompared(TypedDict):
    """A section, or of a section one host, that a record does not have: unknown is not removed.

    `missing_in` is a, b or both.
    """

    section: str
    host: str | None
    missing_in: str
    reason: str | None
