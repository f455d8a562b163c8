"""What the generator's calls take and answer."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from optimus.http.inputs import Body, Id


class JobStatus(StrEnum):
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"


class Kept(StrEnum):
    """What is kept of a job."""

    ARCHIVE = "archive"  # the zip, of a success only
    REPORT = "report"
    PREVIEW = "preview"  # and the diffs against the templates
    ANNOTATED = "annotated"


class ReportFormat(StrEnum):
    JSON = "json"
    MARKDOWN = "md"
    HTML = "html"


class JobIds(Body):
    """One id, or a list of them."""

    id: Annotated[list[Id], Field(max_length=1000)] | Id | None = None


class JobItem(TypedDict):
    """`status` repeats `task_status` for clients of earlier generators; `time` is in the installation's time zone."""

    id: str
    project_name: str
    cee_version: str
    site: str
    timestamp: int
    time: str
    task_status: JobStatus
    status: JobStatus
    finished_at: int | None
    user_name: str
    files: list[str]
    errors: int
    warnings: int
    stored_bytes: int


class IssuePlace(TypedDict):
    """A cell (`hosts!E7`), or a whole sheet when `cell` is empty."""

    sheet: str
    cell: str
    column: str
    row_key: str


class IssueTemplatePlace(TypedDict):
    """A line and column of a template, counted from 1 (0: the file as a whole); `path` is in the file that is made."""

    file: str
    line: int
    column: int
    path: str


class IssueItem(TypedDict):
    """One thing that is wrong. `field` is the cell, or file:line; `folded` counts further ones of the same code."""

    code: str
    level: str
    field: str
    message: str
    message_zh: str
    where: IssuePlace | None
    template: IssueTemplatePlace | None
    value: str
    related: list[str]
    hint: str
    hint_zh: str
    folded: int


class Counts(TypedDict):
    error: int
    warning: int
    info: int


class Started(TypedDict):
    id: str


class FilePreview(TypedDict):
    """A generated file with its secrets masked.

    `cells`: pairs of a line (from 1) and the cell that its value came from. `changed`: first and last line of each
    stretch that differs from the template; empty for a Jinja2 template. `diff`: unified, against the template.
    """

    file: str
    text: str
    cells: list[tuple[int, str]]
    changed: list[tuple[int, int]]
    diff: str


class FileDiff(TypedDict):
    file: str
    diff: str


class Checked(TypedDict):
    """What a job would make. `id` is null: nothing is stored."""

    id: None
    ok: bool
    project_name: str
    site: str
    cee_version: str
    counts: Counts
    issues: list[IssueItem]
    files: list[FilePreview]
    free_addresses: dict[str, int]


class Reversed(TypedDict):
    """`workbook` is the base64 of an .xlsx file."""

    file_name: str
    workbook: str
    issues: list[IssueItem]


class DropItem(TypedDict):
    """`notice` and `notice_zh` say what the rules of this drop do not do; empty when there is nothing to say."""

    name: str
    title: str
    pack: str
    notice: str
    notice_zh: str


class SiteItem(TypedDict):
    name: str
    title: str
    title_zh: str


class ColumnItem(TypedDict):
    """A column of the workbook: `header` is what the example writes, `aliases` are read too."""

    name: str
    header: str
    aliases: list[str]
    type: str
    required: bool
    choices: list[str]
    note: str


class SheetItem(TypedDict):
    name: str
    aliases: list[str]
    required: bool
    columns: list[ColumnItem]


class RulesItem(TypedDict):
    """The merged rules of a drop and site; `origin` names the pack that each key (a dotted path) came from."""

    packs: list[str]
    sheets: list[SheetItem]
    rules: dict[str, Any]
    origin: dict[str, str]


class Packs(TypedDict):
    """`rules` is null unless both a drop and a site were asked for."""

    drops: list[DropItem]
    sites: list[SiteItem]
    files: list[str]
    rules: RulesItem | None
