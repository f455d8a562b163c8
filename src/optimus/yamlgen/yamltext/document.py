"""Read one YAML document with marks: bytes -> text -> limits -> node graph -> what is wrong with it."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field

import yaml

from optimus.yamlgen.codes import IssueCode
from optimus.yamlgen.issues import Issue, TemplatePlace, issue
from optimus.yamlgen.limits import DEFAULTS, Limits
from optimus.yamlgen.yamltext.graph import Fault, Node, ScalarNode, compose

_BAD_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_NULL = ScalarNode("", 0, 0, 0, None, None)
_CODES = {"template.key_double": IssueCode.KEY_DOUBLE, "template.tag": IssueCode.TAG}


@dataclass
class Document:
    """A template or an output as text, with its graph. `shared` are nodes that an alias also points at."""

    name: str
    text: str
    root: Node = _NULL
    newline: str = "\n"
    anchors: tuple[int, ...] = ()
    shared: set[int] = field(default_factory=set)
    _lines: list[int] = field(default_factory=list)

    @property
    def lines(self) -> list[int]:
        """Where each line starts."""
        if not self._lines:
            self._lines = [0, *(match.end() for match in re.finditer("\n", self.text))]
        return self._lines

    def line_of(self, position: int) -> int:
        return bisect_right(self.lines, position)

    def place(self, position: int, path: str = "") -> TemplatePlace:
        line = self.line_of(position)
        return TemplatePlace(self.name, line, position - self.lines[line - 1] + 1, path)

    def line_start(self, position: int) -> int:
        return self.text.rfind("\n", 0, position) + 1

    def line_end(self, position: int) -> int:
        """Just behind the line break of the line that `position` is in."""
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end + 1


def decode(name: str, data: bytes) -> str | Issue:
    """UTF-8 or UTF-16 by its mark. Another encoding is suggested, never guessed."""
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError as failure:
        try:
            data.decode("gb18030")
            key = "template.encoding_gb"
        except UnicodeDecodeError:
            key = "template.encoding"
        line = data.count(b"\n", 0, failure.start) + 1
        return issue(IssueCode.TEMPLATE_PARSE, key, template=TemplatePlace(name, line), file=name)
    if bad := _BAD_CHARACTERS.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        code = f"U+{ord(bad[0]):04X}"
        place = TemplatePlace(name, line, bad.start() - text.rfind("\n", 0, bad.start()))
        return issue(IssueCode.TEMPLATE_PARSE, "template.character", template=place, character=code)
    return text


def load(name: str, text: str, limits: Limits = DEFAULTS, *, trusted: bool = False) -> tuple[Document, list[Issue]]:
    """The document and what is wrong with it. `trusted`: written by us, so that its size is not limited again."""
    document = Document(name, text, newline="\r\n" if "\r\n" in text else "\n")
    try:
        graph = compose(text, limits, trusted=trusted)
    except yaml.YAMLError as failure:
        return document, [_unreadable(document, failure)]
    except (RecursionError, ValueError):  # ValueError: a character that the library cannot take
        place = TemplatePlace(name, 1)
        return document, [issue(IssueCode.TEMPLATE_PARSE, "template.parse", template=place, problem="?", line=1)]
    found = [_told(document, fault) for fault in graph.faults]
    if graph.root is None:
        if not found:
            place = TemplatePlace(name, 1)
            found.append(issue(IssueCode.TEMPLATE_PARSE, "template.empty", template=place, file=name))
        return document, found
    document.root, document.anchors, document.shared = graph.root, tuple(graph.anchors), graph.shared
    return document, found


def _told(document: Document, fault: Fault) -> Issue:
    words = dict(fault.words)
    related: list[str] = []
    if fault.key == "template.key_double":
        words["first"], words["line"] = document.line_of(words["first"]), document.line_of(words["line"])
        related = [f"{document.name}:{words['first']}"]
    value = words.get("key", words.get("tag", ""))
    code = _CODES.get(fault.key, IssueCode.TEMPLATE_PARSE)
    return issue(code, fault.key, template=document.place(fault.position), value=value, related=related, **words)


def _unreadable(document: Document, failure: yaml.YAMLError) -> Issue:
    mark = getattr(failure, "problem_mark", None) or getattr(failure, "context_mark", None)
    problem = getattr(failure, "problem", None) or "not readable"
    place = TemplatePlace(document.name, mark.line + 1, mark.column + 1) if mark else TemplatePlace(document.name, 1)
    jinja = "{{" in document.text or "{%" in document.text
    key = "template.jinja_in_plain" if jinja else "template.parse"
    return issue(IssueCode.TEMPLATE_PARSE, key, template=place, problem=problem, line=place.line)


def normal(text: str) -> str:
    r"""The composed form of a text: what is typed and what is compared look alike.

    >>> normal("e\u0301") == "\u00e9"
    True
    """
    return unicodedata.normalize("NFC", text)
