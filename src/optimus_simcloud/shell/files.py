"""Made-up files and folders by path."""

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True, slots=True)
class File:
    """`error`: what reading it gives instead of its text, as some files of sysfs do."""

    text: str
    private: bool = False  # root's alone
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link: what `ls -l` shows, and what is there."""

    shown: str
    to: "Folder"


Folder = dict[str, Union[File, Link, "Folder"]]
Node = File | Link | Folder


def folder_at(root: Folder, path: str) -> Folder:
    """The folder of that path, made when it is not there."""
    folder = root
    for name in filter(None, path.split("/")):
        found = folder.setdefault(name, {})
        if isinstance(found, Link):
            found = found.to
        if not isinstance(found, dict):
            raise NotADirectoryError(path)
        folder = found
    return folder


def put(root: Folder, path: str, node: Node | str) -> None:
    """A text is a file with a line end."""
    parent, _, name = path.rpartition("/")
    folder_at(root, parent)[name] = File(f"{node}\n") if isinstance(node, str) else node


def find(root: Folder, path: str) -> File | Folder | None:
    """What is at an absolute path; links are followed."""
    node: Node = root
    for name in path.split("/"):
        if name in {"", "."}:
            continue
        if not isinstance(node, dict) or name not in node:
            return None
        node = node[name]
        if isinstance(node, Link):
            node = node.to
    return node if not isinstance(node, Link) else node.to


def matching(root: Folder, cwd: str, pattern: str) -> list[str]:
    """The paths that a pathname pattern stands for, as they would be written, in order."""
    absolute = pattern.startswith("/")
    start = find(root, "/" if absolute else cwd)
    names = [name for name in pattern.split("/") if name]
    found = _walk(start, names, "/" if absolute else "") if names else iter(())
    return sorted(found)


def _walk(node: Node | None, names: list[str], written: str) -> Iterator[str]:
    folder = node.to if isinstance(node, Link) else node
    if not isinstance(folder, dict):
        return
    name, rest = names[0], names[1:]
    if any(char in name for char in "*?["):
        here = [one for one in folder if not one.startswith(".") and fnmatch.fnmatchcase(one, name)]
    else:
        here = [name] if name in folder else []
    for one in here:
        if rest:
            yield from _walk(folder[one], rest, f"{written}{one}/")
        else:
            yield f"{written}{one}"
