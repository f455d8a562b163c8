"""Paths inside an item: `oobm.oobmExtra.slot`, `subnets[0].cidr`, `interfaceList[name=vtep].network`."""

import re
from fnmatch import fnmatchcase
from functools import lru_cache

from optimus.yamlgen.yamltext.graph import Node
from optimus.yamlgen.yamltext.nodes import child, items, text_of

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[str, ...]:
    """Selectors keep their bracket.

    >>> steps("subnets[name=a.b].cidr")
    ('subnets', '[name=a.b', 'cidr')
    """
    return tuple(key or "[" + selector for key, selector in _STEP.findall(path))


def select(node: Node, step: str) -> Node | None:
    """One step down: a key, or the first list item that a selector fits."""
    if step[0] != "[":
        return child(node, step)
    selector = step[1:]
    members = items(node)
    if selector.isdigit():
        return members[int(selector)] if int(selector) < len(members) else None
    key, equals, glob = selector.partition("=")
    for member in members:
        value = text_of(child(member, key)) if equals else text_of(member)
        if fnmatchcase(value, glob if equals else key):
            return member
    return None
