from dataclasses import replace

from optimus.collection.combine.flavors import join_flavors
from optimus.collection.combine.stacks import stack_fact, stack_trees
from optimus.collection.parsers.servers import parse_servers
from optimus.collection.parsers.stacks import ListedStack
from optimus.facts.cloud import Flavor

ROOT = ListedStack("r", "root", "p", "CREATE_COMPLETE", 10, None, None)
CHILD = ListedStack("c", "child", "p", "CREATE_COMPLETE", 11, None, "r")
GRANDCHILD = ListedStack("g", "grandchild", "p", "CREATE_COMPLETE", 12, None, "c")


def stamp(*listed: ListedStack) -> str:
    [tree] = stack_trees(listed)
    return tree.stamp


def test_only_roots_become_stacks() -> None:
    [tree] = stack_trees([GRANDCHILD, CHILD, ROOT])
    assert tree.root is ROOT
    assert not tree.in_progress
    fact = stack_fact(tree, ("s",))
    assert (fact.id, fact.status, fact.server_ids, fact.stamp) == ("r", "CREATE_COMPLETE", ("s",), tree.stamp)


def test_the_stamp_does_not_depend_on_the_order_of_the_list() -> None:
    assert stamp(ROOT, CHILD, GRANDCHILD) == stamp(GRANDCHILD, ROOT, CHILD)


def test_the_stamp_changes_with_anything_in_the_family() -> None:
    before = stamp(ROOT, CHILD, GRANDCHILD)
    after = {
        stamp(replace(ROOT, updated_at=99), CHILD, GRANDCHILD),
        stamp(ROOT, replace(CHILD, status="UPDATE_COMPLETE"), GRANDCHILD),
        stamp(ROOT, CHILD, replace(GRANDCHILD, updated_at=99)),
        stamp(ROOT, CHILD, replace(GRANDCHILD, created_at=99)),
        stamp(ROOT, CHILD, GRANDCHILD, replace(GRANDCHILD, id="new")),
        stamp(ROOT, CHILD),
    }
    assert before not in after
    assert len(after) == 6


def test_a_nested_stack_at_work_makes_the_root_busy() -> None:
    [tree] = stack_trees([ROOT, replace(CHILD, status="UPDATE_IN_PROGRESS")])
    assert tree.in_progress


def test_a_nested_stack_without_its_parent_is_no_root() -> None:
    assert [tree.root.id for tree in stack_trees([GRANDCHILD, ROOT])] == ["r"]


def test_stacks_that_are_each_others_parents_end() -> None:
    assert stack_trees([replace(CHILD, parent_id="g"), GRANDCHILD]) == []


def test_flavors_join_servers_that_only_name_them() -> None:
    page = {
        "servers": [{"id": str(at), "status": "ACTIVE", "flavor": {"id": flavor}} for at, flavor in enumerate("fx")]
    }
    flavor = Flavor("f", "m1", 2, 1024, 10, 0, 0, is_public=True)
    known, unknown = join_flavors(parse_servers(page), [flavor])
    assert (known.flavor_id, known.flavor_name, known.flavor_vcpus, known.flavor_memory_mib) == ("f", "m1", 2, 1024)
    assert (unknown.flavor_id, unknown.flavor_name, unknown.flavor_vcpus) == ("x", None, None)
