"""Turns heat's flat list of root and nested stacks into root stacks with a stamp each.

The stamp is a hash over what heat says of the root and of everything nested in it: as long as it stays the
same, no server can have joined or left, so the resources need not be asked for again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from optimus.collection.parsers.stacks import ListedStack
from optimus.facts.cloud import Stack


@dataclass(frozen=True, slots=True)
class StackTree:
    """A root stack, its stamp, and whether it or a nested one is at work (then the stamp proves nothing)."""

    root: ListedStack
    stamp: str
    in_progress: bool


def stack_trees(listed: Iterable[ListedStack]) -> list[StackTree]:
    """One tree per root, in the order of the list. A nested stack whose parent is gone belongs to none."""
    children: dict[str | None, list[ListedStack]] = defaultdict(list)
    for stack in listed:
        children[stack.parent_id].append(stack)
    return [_tree(root, _family(root, children)) for root in children[None]]


def stack_fact(tree: StackTree, server_ids: tuple[str, ...] | None) -> Stack:
    root = tree.root
    return Stack(
        id=root.id,
        name=root.name,
        project_id=root.project_id,
        status=root.status,
        created_at=root.created_at,
        updated_at=root.updated_at,
        stamp=tree.stamp,
        server_ids=server_ids,
    )


def _family(root: ListedStack, children: dict[str | None, list[ListedStack]]) -> list[ListedStack]:
    """The root and all below it. A stack reached twice (a parent loop in a broken answer) is taken once."""
    family: dict[str, ListedStack] = {}
    waiting = [root]
    while waiting:
        stack = waiting.pop()
        if stack.id not in family:
            family[stack.id] = stack
            waiting += children.get(stack.id, [])
    return list(family.values())


def _tree(root: ListedStack, family: Sequence[ListedStack]) -> StackTree:
    lines = sorted(f"{one.id} {one.status} {one.updated_at} {one.created_at}" for one in family)
    stamp = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
    return StackTree(root, stamp, any(one.status.endswith("_IN_PROGRESS") for one in family))
