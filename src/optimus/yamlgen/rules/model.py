"""The schema of a rule pack, after its parents are merged in. `pack.schema.json` is made from it."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from optimus.yamlgen.rules.expressions import expression

FORMAT = "optimus-pack/1"
Types = Literal[
    "text", "int", "bool", "ip", "cidr", "ip-range", "mac", "vlan", "cpuset", "size", "uuid", "hostname", "enum",
    "secret", "ref",
]  # fmt: skip


def _checked_expression(text: str) -> str:
    expression(text)
    return text


def _checked_pattern(text: str) -> str:
    if len(text) > 200:
        raise ValueError("a pattern may have 200 characters")
    try:
        re.compile(text)
    except re.error as failure:
        raise ValueError(f"is no regular expression: {failure}") from failure
    return text


Expr = Annotated[str, AfterValidator(_checked_expression)]
Regex = Annotated[str, AfterValidator(_checked_pattern)]
ExprOrList = Expr | list[Expr]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SheetRule(Part):
    """A sheet of the workbook. `key`: the columns that name a row."""

    aliases: list[str] = []
    required: bool = False
    key: list[str] = []
    repeat: bool = Field(default=False, description="several rows may have the same key")
    file: str = Field(default="", description="the file this sheet feeds, for messages")


class ColumnRule(Part):
    type: Types = "text"
    aliases: list[str] = []
    title: str = Field(default="", description="the header that the example workbook shows")
    note: str = ""
    list_: bool = Field(default=False, alias="list")
    choices: Sequence[str] = []
    required: bool = False
    required_new: bool = Field(default=False, description="required for rows that make a new item")
    required_if: dict[str, str | Sequence[str]] = {}
    unique: str = Field(default="", description="the issue code of a repeated value")
    merge: Literal["", "fill"] = ""
    match: Regex = ""
    ref: str = Field(default="", description="type ref: the sheet.column whose values this one may have")
    suggest: list[str] = Field(default=[], description="values that the example's drop-down offers; others are fine")

    @model_validator(mode="after")
    def _needs(self) -> "ColumnRule":
        if (self.type == "ref") != bool(self.ref):
            raise ValueError("type ref and `ref: sheet.column` go together")
        return self


class DeriveRule(Part):
    """A value made from a row's others: by a regular expression, a uuid, or the first text without a blank."""

    sheet: str = ""
    from_: str = Field(default="", alias="from")
    match: Regex = ""
    as_: Expr = Field(default="", alias="as")
    uuid5: Expr = ""
    first: list[Expr] = []
    distinct: str = ""
    sort: Literal["", "natural"] = ""
    explode: dict[str, str] = Field(default={}, description="field -> numbered column, such as destination{n}")
    needs: str = Field(default="", description="rows without this value are left out of `explode`")
    required: bool = Field(default=False, description="a value that does not match is an error")


class PatternRule(Part):
    named: Expr = Field(default="", description="the row's own wish, before marks and `where`")
    where: dict[str, ExprOrList] = {}
    builtin: str = Field(default="", description="an item as YAML, used when the template has no pattern")
    prefer_builtin: bool = False
    comments: bool = Field(default=True, description="whether in-line comments are cloned with the pattern")


class NestedRule(Part):
    """A list inside an item, fed by the rows that share the item's key."""

    list_: str = Field(alias="list")
    key: str = ""
    name: str = Field(default="name", description="the key inside the nested item")
    set: dict[str, str] = {}
    new: dict[str, ExprOrList] = {}
    extra: list[str] = []
    after: dict[str, str] = {}
    create: bool = True
    builtin: str = ""


class EntriesRule(Part):
    """Small maps inside an item, matched by one key: routes, address allocations."""

    path: str = Field(description="where the list is in the item; with a `?` at its end, only if the item has it")
    rows: str
    where: dict[str, Expr] = {}
    key: str
    set: dict[str, str]
    after: str = ""


class FileRule(Part):
    op: Literal["upsert", "entries"]
    list_: str | list[str] = Field(alias="list")
    by: str = ""
    rows: str
    where: dict[str, Expr] = {}
    key: dict[str, Expr]
    create: bool | str = True
    unmatched: Literal["error", "warning", "info", "ignore"] = "error"
    pattern: PatternRule = PatternRule()
    new: dict[str, ExprOrList] = {}
    set: dict[str, str] = {}
    extra: list[str] = []
    remove_new: list[str] = []
    after: dict[str, str] = {}
    append: dict[str, list[Expr]] = {}
    replace: dict[str, dict[str, Expr]] = {}
    nested: dict[str, NestedRule] = {}
    entries: dict[str, EntriesRule] = {}
    sort: Literal["", "natural"] = Field(default="", description="order of new items; empty: the workbook's")
    unnamed: Literal["keep", "report"] = Field(default="keep", description="items that no row names; see also `prune`")
    prune: bool = Field(default=False, description="remove items that no row names")
    path: str = ""
    match: str = Field(default="", description="op entries: the key that two entries of one thing share")

    @model_validator(mode="after")
    def _needs(self) -> "FileRule":
        if self.op == "entries" and not (self.path and self.match):
            raise ValueError("op entries needs path and match")
        if not isinstance(self.list_, str) and len(self.list_) > 1 and not self.by:
            raise ValueError("several lists need `by`, the column that chooses one")
        if len(self.key) != 1:
            raise ValueError("key has one entry: the item's key and the text it equals")
        return self


class CheckRule(Part):
    """A reference: each value found at `each` must stand at one of `in`. Paths: file/key/*/key, ** for any depth."""

    code: str
    each: str
    in_: list[str] = Field(alias="in")
    unless: Literal["", "file_absent"] = "file_absent"
    unused: bool = Field(default=True, description="warn of definitions that nothing points at")
    name: dict[str, str] = {}


class UniqueRule(Part):
    code: str
    each: str
    as_: Literal["text", "ip"] = Field(default="text", alias="as")


class AllocateRule(Part):
    """Blank cells of `sheet.field` get the lowest free address of the row's network."""

    sheet: str
    field: str
    host: str
    network: Expr
    state: str = ""
    enabled: bool = True


class SiteRule(Part):
    title: str = ""
    title_zh: str = ""
    hostname: Regex = ""
    supernets: list[str] = []
    vlan_ranges: list[list[int]] = []
    bmc_username: str = ""
    bmc_type: str = Field(default="", description="for machines whose row does not say")
    locale: Literal["en", "zh"] = Field(default="en", description="language of messages where nobody chose one")
    module_prefix: str = ""
    inventory: str = Field(default="", description="SQLite or CSV file of the site's machines, beside the pack")
    values: dict[str, str] = Field(default={}, description="free values for Jinja templates: site.<name>")


class Policy(Part):
    secrets: Literal["warning", "error"] = "warning"
    default_secrets: list[str] = []
    release_after: int = Field(default=3, description="jobs after which an unused allocation is given back")
    host_reserve_gib: int = 4
    expected_controllers: int = 3


class Pack(Part):
    format: Literal["optimus-pack/1"]
    name: str
    extends: list[str] = []
    title: str = ""
    notice: str = Field(default="", description="key of a text that every job of this pack carries as a warning")
    files: dict[str, dict[str, FileRule]] = {}
    jinja: list[str] = Field(default=[], description="files whose templates are Jinja2, whatever they are named")
    top_keys: dict[str, list[str]] = {}
    known_keys: dict[str, list[str]] = {}
    sheets: dict[str, SheetRule] = {}
    columns: dict[str, dict[str, ColumnRule]] = {}
    derive: dict[str, DeriveRule] = {}
    checks: list[CheckRule] = []
    unique: list[UniqueRule] = []
    secret_keys: list[str] = []
    allocate: list[AllocateRule] = []
    model: dict[str, str] = {}
    site: SiteRule = SiteRule()
    policy: Policy = Policy()
    example: str = Field(default="", description="folder of the example's templates and rows, beside the pack")


def schema() -> dict[str, Any]:
    """The JSON schema of a merged pack, for editors and for `pack lint`."""
    return Pack.model_json_schema()
