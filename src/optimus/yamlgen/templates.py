"""Recognise and load the uploaded templates: which of the four files each is, plain or Jinja2, and if usable."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimus.errors import FieldError
from optimus.yamlgen.binding.fold import fold
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.errors import RequestRefused, UploadTooLarge
from optimus.yamlgen.fill.paths import select, steps
from optimus.yamlgen.issues import Issues, TemplatePlace, issue
from optimus.yamlgen.limits import Limits
from optimus.yamlgen.request import FILES, JINJA, Upload
from optimus.yamlgen.rules.model import Pack
from optimus.yamlgen.yamltext.document import Document, decode, load
from optimus.yamlgen.yamltext.graph import MappingNode, ScalarNode
from optimus.yamlgen.yamltext.nodes import child, items, pairs

_JINJA_LINE = re.compile(r"\s*#\s*optimus:\s*template=jinja2\b")


@dataclass
class Template:
    """One uploaded template. A plain one has its graph; `ended`: a final line break was added to work with."""

    name: str
    upload: Upload
    document: Document
    jinja: bool = False
    usable: bool = True
    ended: bool = False


def plain_name(name: str) -> tuple[str, bool]:
    r"""The file's own name without folders and `.j2`, and whether it had that.

    >>> plain_name("C:\\files\\hosts.yaml.j2")
    ('hosts.yaml', True)
    """
    base = posixpath.basename(name.replace("\\", "/"))
    return (base.removesuffix(JINJA), True) if base.endswith(JINJA) else (base, False)


def check_names(uploads: Sequence[Upload], limits: Limits) -> None:
    """At least one template, each of the four at most once."""
    if not uploads:
        raise RequestRefused("There is no template.", errors=[FieldError("yaml", "at least one file is needed")])
    seen: set[str] = set()
    for upload in uploads:
        name, _ = plain_name(upload.name)
        if name not in FILES:
            raise RequestRefused(
                f"A template is named by none of {', '.join(FILES)} (each also with {JINJA}).",
                errors=[FieldError("yaml", f"unknown file name; allowed: {', '.join(FILES)}")],
            )
        if name in seen:
            raise RequestRefused(f"{name} was uploaded twice.", errors=[FieldError("yaml", f"{name} stands twice")])
        if len(upload.data) > limits.yaml_bytes:
            raise UploadTooLarge(f"{name} is larger than {limits.yaml_bytes // 1048576} MiB.")
        seen.add(name)


def load_templates(uploads: Sequence[Upload], pack: Pack, limits: Limits, issues: Issues) -> dict[str, Template]:
    """In the order of FILES, whatever the order of upload was."""
    check_names(uploads, limits)
    by_name = {plain_name(upload.name)[0]: upload for upload in uploads}
    return {name: _load(name, by_name[name], pack, limits, issues) for name in FILES if name in by_name}


def _load(name: str, upload: Upload, pack: Pack, limits: Limits, issues: Issues) -> Template:
    text = decode(name, upload.data)
    if not isinstance(text, str):
        issues.add(text)
        return Template(name, upload, Document(name, ""), usable=False)
    first = text.split("\n", 1)[0]
    if upload.name.endswith(JINJA) or _JINJA_LINE.match(first) or name in pack.jinja:
        newline = "\r\n" if "\r\n" in text else "\n"
        return Template(name, upload, Document(name, text, newline=newline), jinja=True)
    ended = not text.endswith("\n")
    newline = "\r\n" if "\r\n" in text else "\n"
    document, found = load(name, text + newline if ended and text else text, limits)
    issues.extend(found)
    usable = not any(one.level is Level.ERROR for one in found)
    if usable:
        usable = _check_keys(document, pack, issues)
    _stray_jinja(document, issues)
    return Template(name, upload, document, usable=usable, ended=ended)


def _stray_jinja(document: Document, issues: Issues) -> None:
    if found := re.search(r"\{\{|\{%", document.text):
        line = document.line_of(found.start())
        level = Level.ERROR
        if "\n" not in document.text[: found.start()] or document.text[
            document.line_start(found.start()) :
        ].lstrip().startswith("#"):
            level = Level.WARNING  # in a comment it does no harm
        issues.add(issue(IssueCode.UNDEFINED, "template.stray_jinja", level=level,
                         template=document.place(found.start()), line=line))  # fmt: skip


def _check_keys(document: Document, pack: Pack, issues: Issues) -> bool:
    """Top keys belong to this file; below, unknown keys are only noted."""
    name, root = document.name, document.root
    if not isinstance(root, MappingNode):
        issues.add(issue(IssueCode.TOP_KEY, "template.not_map", template=TemplatePlace(name, 1), file=name))
        return False
    wanted = pack.top_keys.get(name, [])
    usable = False
    for key, _ in pairs(root):
        place = document.place(key.start, key.value)
        other = next((file for file, keys in pack.top_keys.items() if key.value in keys and file != name), None)
        if key.value in wanted:
            usable = True
        elif other:
            issues.add(issue(IssueCode.TOP_KEY, "template.top_key", template=place, file=name, key=key.value,
                             other=other))  # fmt: skip
        else:
            _unknown(issues, place, key.value)
    if not usable:
        issues.add(issue(IssueCode.TOP_KEY, "template.top_missing", template=TemplatePlace(name, 1), file=name,
                         keys=", ".join(wanted)))  # fmt: skip
    _note_unknown(document, set(pack.known_keys.get(name, [])) | set(wanted), issues)
    return usable


def _unknown(issues: Issues, place: TemplatePlace, key: str) -> None:
    issues.add(
        issue(IssueCode.TOP_KEY, "template.key_unknown", level=Level.WARNING, template=place, value=key, key=key)
    )


def _note_unknown(document: Document, known: set[str], issues: Issues) -> None:
    """Each unknown key once, at its first place."""
    if not known:
        return
    seen: set[str] = set(known)
    stack = [value for _, value in pairs(document.root)]
    visited: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, ScalarNode) or id(node) in visited:
            continue
        visited.add(id(node))
        for key, value in pairs(node):
            if key.value not in seen and isinstance(key, ScalarNode):
                seen.add(key.value)
                _unknown(issues, document.place(key.start), key.value)
            if not isinstance(value, ScalarNode):
                stack.append(value)
        stack.extend(items(node))


def extra_keys(templates: Mapping[str, Template], pack: Pack) -> dict[str, dict[str, str]]:  # noqa: C901 - four levels of rules
    """For each sheet the scalar keys that its template items have: any header may name one of them."""
    found: dict[str, dict[str, str]] = {}
    for name, template in templates.items():
        if template.jinja:
            # A Jinja2 template says itself which columns it wants: whatever stands behind a dot.
            for sheet in pack.sheets:
                names = re.findall(r"\.\s*([A-Za-z_]\w*)", template.document.text)
                found.setdefault(sheet, {}).update({fold(one): one for one in names})
            continue
        if not template.usable:
            continue
        for rule in pack.files.get(name, {}).values():
            if rule.op != "upsert" or rule.rows not in pack.sheets:
                continue
            into = found.setdefault(rule.rows, {})
            for list_name in [rule.list_] if isinstance(rule.list_, str) else rule.list_:
                for item in items(child(template.document.root, list_name)):
                    for path in rule.extra:
                        _scalars(item, path, f"{path}." if path else "", into)
                    for nested in rule.nested.values():
                        for path in nested.extra:
                            for member in items(child(item, nested.list_)):
                                _scalars(member, path, f"{nested.list_}[].{path}" + ("." if path else ""), into)
    return found


def _scalars(item: object, path: str, prefix: str, into: dict[str, str]) -> None:
    node = item
    for step in steps(path) if path else ():
        node = select(node, step)  # type: ignore[arg-type]
        if node is None:
            return
    for key, value in pairs(node):  # type: ignore[arg-type]
        if isinstance(value, ScalarNode):
            into.setdefault(fold(key.value), f"{prefix}{key.value}?")
