"""Find nodes by paths of packs: `hosts.yaml/physicalHosts/*/hostProfile`; `**` stands for any depth."""

from collections.abc import Iterator, Mapping, Sequence

from optimus.yamlgen.verify import Output
from optimus.yamlgen.yamltext.graph import MappingNode, Node, SequenceNode
from optimus.yamlgen.yamltext.nodes import child, walk


def file_of(path: str) -> str:
    return path.partition("/")[0]


def found_at(outputs: Mapping[str, Output], path: str) -> Iterator[Node]:
    file, *way = path.split("/")
    if file in outputs:
        yield from _below(outputs[file].root, way)


def _below(node: Node, way: Sequence[str]) -> Iterator[Node]:
    if not way:
        yield node
        return
    head, rest = way[0], way[1:]
    if head == "*":
        for member in node.value if isinstance(node, SequenceNode) else []:
            yield from _below(member, rest)
        for _, value in node.value if isinstance(node, MappingNode) else []:
            yield from _below(value, rest)
    elif head == "**":
        for _, below, _ in walk(node):
            yield from _below(below, rest)
    elif (found := child(node, head)) is not None:
        yield from _below(found, rest)
