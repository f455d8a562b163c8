"""Fill one plain template: run the pack's rules for it, then put all edits and new items together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from optimus.yamlgen.binding.records import Tables
from optimus.yamlgen.fill.context import FileContext
from optimus.yamlgen.fill.edits import Assembled, Block, Edit, Marked, assemble, changed
from optimus.yamlgen.fill.entries import run_entries
from optimus.yamlgen.fill.lists import ListState
from optimus.yamlgen.fill.upsert import Upsert
from optimus.yamlgen.issues import Issues
from optimus.yamlgen.rules.model import FileRule
from optimus.yamlgen.yamltext.document import Document
from optimus.yamlgen.yamltext.nodes import items


@dataclass
class Filled:
    """One file's result, and where rows and columns went (for the paths in issues)."""

    done: Assembled
    rows: dict[tuple[str, int], tuple[str, str, str]] = field(default_factory=dict)
    paths: dict[tuple[str, str], str] = field(default_factory=dict)


def fill(
    document: Document, rules: Mapping[str, FileRule], tables: Tables, words: Mapping[str, str], issues: Issues
) -> Filled:
    context = FileContext(document, tables, words, issues)
    for rule in rules.values():
        names = [rule.list_] if isinstance(rule.list_, str) else rule.list_
        for name in names:
            context.state(name)
    for rule in rules.values():
        if rule.op == "upsert":
            Upsert(context, rule).run()
        else:
            run_entries(context, rule)
    edits = context.edits
    for state in context.states.values():
        for target in state.targets():
            target.flush()
        edits += _list_edits(state)
    text = document.text
    if not changed(edits, text):
        edits = [edit for edit in edits if edit[3] or getattr(edit, "blocks", ())]
    done = Filled(assemble(text, 0, len(text), edits), context.rows, context.paths)
    context.release()
    return done


def _list_edits(state: ListState) -> list[Edit]:
    """Marks out, patterns out, clones in."""
    groups = {index: _joined([item.render() for item in new]) for index, new in state.new.items()}
    edits = [Edit(start, end, "") for start, end in state.mark_lines if (start, end) != state.insert_here]
    left = len(items(state.node)) - len(state.removed)
    if state.insert_here:
        start, end = state.insert_here
        made = _joined([groups.pop(index) for index in sorted(groups, key=_last)])
        edits.append(Edit(start, end, made.text, (), made.blocks))
        left += bool(made.text)
    for index in sorted(state.removed):
        made = groups.pop(index, Marked(""))
        start, end = state.spans[index]
        edits.append(Edit(start, end, made.text, (), made.blocks))
        left += bool(made.text)
    behind = groups.pop(-1, None)
    for index, made in groups.items():
        end = state.spans[index][1]
        edits.append(Edit(end, end, made.text, (), made.blocks))
    if behind is not None:
        edits += _at_end(state, behind)
    elif left == 0 and state.removed:
        edits.append(_emptied(state))
    return edits


def _last(index: int) -> int:
    return index if index >= 0 else 1 << 30


def _joined(pieces: Sequence[Marked], head: str = "") -> Marked:
    """One after the other, below a head."""
    blocks: list[Block] = []
    size = len(head)
    for text, found in pieces:
        blocks += [(size + base, offsets, sources) for base, offsets, sources in found]
        size += len(text)
    return Marked("".join([head, *(piece.text for piece in pieces)]), tuple(blocks))


def _at_end(state: ListState, made: Marked) -> list[Edit]:
    """Behind the last item; or below a key whose list is empty; or below a new key at the end of the file."""
    document = state.document
    if state.spans:
        end = state.spans[-1][1]
        return [Edit(end, end, made.text, (), made.blocks)]
    if state.key_node is None:
        below = _joined([made], f"{state.name}:{document.newline}")
        end = len(document.text)
        return [Edit(end, end, below.text, (), below.blocks)]
    colon = document.text.index(":", state.key_node.end) + 1
    value_end = max(colon, int(state.node.end)) if state.node is not None else colon
    end = document.line_end(value_end - 1)
    return [Edit(colon, value_end, ""), Edit(end, end, made.text, (), made.blocks)]


def _emptied(state: ListState) -> Edit:
    assert state.key_node is not None
    colon = state.document.text.index(":", state.key_node.end) + 1
    return Edit(colon, colon, " []")
