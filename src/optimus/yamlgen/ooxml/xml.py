"""Feed a part to expat. Document types are refused outright, so no entity is ever defined or expanded."""

from collections.abc import Callable
from xml.parsers import expat

from optimus.yamlgen.errors import NotAWorkbook
from optimus.yamlgen.ooxml.gate import Archive

Attributes = dict[str, str]
Start = Callable[[str, Attributes], None]
End = Callable[[str], None]
Text = Callable[[str], None]


def local(name: str) -> str:
    """The name without its namespace prefix (writers choose prefixes freely)."""
    return name.rpartition(":")[2]


def _refuse_doctype(*_: object) -> None:
    raise NotAWorkbook("The workbook declares a document type (DOCTYPE): such files are refused.")


def parse(archive: Archive, name: str, *, start: Start, end: End | None = None, text: Text | None = None) -> None:
    """Run the handlers over one part."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    if end is not None:
        parser.EndElementHandler = end
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        for chunk in archive.chunks(name):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as failure:
        raise NotAWorkbook(f"The workbook is damaged: line {failure.lineno} of a part is not XML.") from failure
    except (ValueError, LookupError) as failure:  # an encoding that Python does not know, a number that is none
        raise NotAWorkbook("The workbook is damaged: a part of it cannot be read.") from failure
