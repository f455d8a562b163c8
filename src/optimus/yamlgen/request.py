"""What a job is given and what it gives back: plain values, no paths, no sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimus.yamlgen.derive import InventoryRow
from optimus.yamlgen.issues import Issue
from optimus.yamlgen.limits import DEFAULTS, Limits

FILES = ("hosts.yaml", "networks.yaml", "host_profile.yaml", "interface_assignment.yaml")
JINJA = ".j2"


@dataclass(frozen=True)
class Upload:
    name: str
    data: bytes


@dataclass(frozen=True)
class Request:
    """One job. `templates` are named as FILES, or so with `.j2`."""

    site: str
    drop: str
    project: str
    workbook: Upload
    templates: Sequence[Upload]
    lock: bytes | None = None  # lock/allocations.yaml of the last successful job of this site and project
    inventory: Sequence[InventoryRow] | Upload = ()  # or a SQLite or CSV file
    rules: Mapping[str, Any] | Upload | None = None  # the project's own pack, read or as a file
    pack_folders: Sequence[Path] = ()
    keep_uploads: bool = True
    preview: bool = False  # also line -> cell maps
    annotate: bool = False  # also the user's workbook with notes
    limits: Limits = DEFAULTS


@dataclass
class Outcome:
    """The end of a job. `files` are the generated ones by name; empty after an error that left nothing to show."""

    ok: bool
    issues: list[Issue]
    counts: dict[str, int]
    files: dict[str, bytes] = field(default_factory=dict)
    diffs: dict[str, str] = field(default_factory=dict)
    preview: dict[str, dict[str, Any]] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    lock: bytes = b""
    archive: bytes = b""
    annotated: bytes = b""
