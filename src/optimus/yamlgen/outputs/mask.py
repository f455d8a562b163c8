"""Hide secrets in texts that people look at. References (`vault:`, `env:`) are not secrets."""

from collections.abc import Iterable, Sequence

from optimus.yamlgen.checks.secrets import is_reference
from optimus.yamlgen.issues import MASK
from optimus.yamlgen.yamltext.document import Document
from optimus.yamlgen.yamltext.graph import ScalarNode
from optimus.yamlgen.yamltext.nodes import items, pairs

Span = tuple[int, int]


def secret_spans(document: Document, keys: Sequence[str]) -> list[Span]:
    """Where the values of secret keys stand; whatever is below such a key is one."""
    if not any(key in document.text for key in keys):
        return []
    wanted = frozenset(keys)
    spans: list[Span] = []
    seen: set[int] = set()
    stack = [document.root]
    while stack:
        node = stack.pop()
        if isinstance(node, ScalarNode) or id(node) in seen:
            continue
        seen.add(id(node))
        for key, value in pairs(node):
            if key.value in wanted:
                if not (isinstance(value, ScalarNode) and (value.value == "" or is_reference(value.value))):
                    spans.append((value.start, value.end))
            elif not isinstance(value, ScalarNode):
                stack.append(value)
        stack.extend(items(node))
    return sorted(spans)


def masked(document: Document, keys: Sequence[str]) -> str:
    return mask_spans(document.text, secret_spans(document, keys))


def mask_spans(text: str, spans: Iterable[Span]) -> str:
    """Put the mask over parts of a text; line breaks inside stay, so that lines keep their numbers.

    >>> mask_spans("user: a, pw: b", [(13, 14)])
    'user: a, pw: ******'
    """
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += [text[at:start], MASK, "\n" * text[start:end].count("\n")]
        at = end
    return "".join([*pieces, text[at:]])
