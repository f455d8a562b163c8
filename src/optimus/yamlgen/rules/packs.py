"""Find packs in folders, merge parents and site, and remember which file each key came from."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from optimus.errors import FieldError
from optimus.yamlgen.errors import PackRefused, RequestRefused
from optimus.yamlgen.rules.model import FORMAT, Pack

SHIPPED = Path(__file__).parent.parent / "packs"
_DROP = re.compile(r"drop[ _-]?(\w+)", re.IGNORECASE)
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Rules:
    """A merged, checked pack for one drop and site. `origin` names the pack that set each key (a dotted path)."""

    drop: str
    site: str
    pack: Pack
    origin: Mapping[str, str]
    chain: tuple[str, ...]
    folder: Path
    inventory: Path | None = None


@dataclass
class PackFolder:
    """All packs of the shipped folder and of the user's folders; a later folder's pack replaces an earlier one."""

    folders: tuple[Path, ...] = (SHIPPED,)
    files: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in self.folders:
            if not folder.is_dir():
                raise PackRefused(f"There is no folder {folder.name!r} with rule packs: see OPTIMUS_PACK_PATH.")
            for path in sorted(folder.rglob("*.yaml")):
                name = path.relative_to(folder).with_suffix("").as_posix()
                if path.is_file() and "example" not in name.partition("/")[2]:
                    self.files[name] = path

    def drops(self) -> dict[str, str]:
        """`drop26` -> `cee-next/drop26`."""
        return {
            name.rpartition("/")[2].lower(): name
            for name in sorted(self.files)
            if _DROP.fullmatch(name.rpartition("/")[2])
        }

    def sites(self) -> dict[str, str]:
        """`GZ` -> `sites/GZ`."""
        return {name.removeprefix("sites/"): name for name in sorted(self.files) if name.startswith("sites/")}

    def raw(self, name: str) -> dict[str, Any]:
        if name not in self.files:
            raise PackRefused(f"There is no rule pack {name!r}.", allowed=sorted(self.files))
        path = self.files[name]
        found = path.stat()
        if found.st_size > _MOST_BYTES:
            raise PackRefused(f"Rule pack {name} is larger than 1 MiB.")
        try:
            data = _parsed(path, found.st_mtime_ns, found.st_size)
        except (yaml.YAMLError, ValueError) as failure:
            raise PackRefused(f"Rule pack {name} is not readable YAML.") from failure
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise PackRefused(f"Rule pack {name} does not begin with `format: {FORMAT}`.")
        return data


@lru_cache(maxsize=64)
def _parsed(path: Path, _changed: int, _size: int) -> Any:
    """Parsed once for as long as the file stays as it is; nobody changes what comes back."""
    return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def read_rules(data: bytes) -> dict[str, Any]:
    """A project's own rules: a pack without a name of its own. Call it in the limited child only."""
    if len(data) > _MOST_BYTES:
        raise PackRefused("The project's rules are larger than 1 MiB.")
    try:
        found = yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as failure:
        raise PackRefused("The project's rules are not readable YAML.") from failure
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise PackRefused(f"The project's rules do not begin with `format: {FORMAT}`.")
    return found


def with_folders(folders: Iterable[Path]) -> PackFolder:
    return PackFolder((SHIPPED, *folders))


def drop_name(text: str, packs: PackFolder) -> str:
    """`22`, `drop22`, `Drop 22` -> `drop22`, if a pack is installed for it."""
    low = text.strip().lower()
    found = _DROP.fullmatch(low)
    name = f"drop{found[1] if found else low}"
    if name not in packs.drops():
        allowed = ", ".join(sorted(packs.drops()))
        raise RequestRefused(
            f"There are no rules for this version. Installed: {allowed}.",
            errors=[FieldError("cee_ver", f"must be one of {allowed}")],
        )
    return name


def site_name(text: str, packs: PackFolder) -> str:
    if text not in packs.sites():
        allowed = ", ".join(sorted(packs.sites()))
        raise RequestRefused(
            f"This site is not known. Installed: {allowed}.", errors=[FieldError("site", f"must be one of {allowed}")]
        )
    return text


def load_rules(packs: PackFolder, drop: str, site: str, project: Mapping[str, Any] | None = None) -> Rules:
    """Base -> drop -> site -> project, merged and checked."""
    drop, site = drop_name(drop, packs), site_name(site, packs)
    chain: list[str] = []
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name in [*_ancestry(packs, packs.drops()[drop], ()), packs.sites()[site]]:
        if name not in chain:
            chain.append(name)
            merge(merged, packs.raw(name), name, origin)
    if project:
        chain.append("project")
        merge(merged, project, "project", origin)
    folder = packs.files[packs.drops()[drop]].parent
    if (example := merged.get("example")) and (owner := origin.get("example")) in packs.files:
        folder = packs.files[owner].parent
        merged["example"] = example
    merged["name"] = f"{packs.drops()[drop]}+{site}"
    pack = _checked(merged, chain[-1])
    return Rules(drop, site, pack, origin, tuple(chain), folder, _inventory(packs, pack, origin))


def _inventory(packs: PackFolder, pack: Pack, origin: Mapping[str, str]) -> Path | None:
    """Where a pack of this machine says that the inventory is; what a user uploads may name no file here."""
    if not pack.site.inventory:
        return None
    owner = packs.files.get(origin.get("site.inventory", ""))
    if owner is None:
        raise PackRefused("A project's own rules cannot name an inventory file: upload it with the job.")
    return owner.parent / pack.site.inventory


def _ancestry(packs: PackFolder, name: str, below: Sequence[str]) -> list[str]:
    if name in below:
        raise PackRefused(f"Rule packs extend each other in a circle: {' -> '.join([*below, name])}.")
    parents = packs.raw(name).get("extends", [])
    if not isinstance(parents, list):
        raise PackRefused(f"Rule pack {name}: `extends` is a list of names.")
    found: list[str] = []
    for parent in parents:
        found += _ancestry(packs, str(parent), [*below, name])
    return [*found, name]


def merge(into: dict[str, Any], more: Mapping[str, Any], name: str, origin: dict[str, str], path: str = "") -> None:
    """Maps merge, lists and values replace; a map with `$append` or `$remove` changes the list below it."""
    for key, value in more.items():
        below = f"{path}.{key}" if path else str(key)
        old = into.get(key)
        if isinstance(value, Mapping) and set(value) & {"$append", "$remove"}:
            kept = [each for each in (old or []) if each not in value.get("$remove", [])]
            into[key] = kept + list(value.get("$append", []))
        elif isinstance(value, Mapping) and isinstance(old, dict):
            merge(old, value, name, origin, below)
            continue
        elif isinstance(value, Mapping):
            into[key] = {}
            origin[below] = name
            merge(into[key], value, name, origin, below)
            continue
        else:
            into[key] = value
        origin[below] = name


def _checked(merged: dict[str, Any], name: str) -> Pack:
    try:
        return Pack.model_validate(merged)
    except ValidationError as failure:
        errors = [
            FieldError(".".join(str(part) for part in each["loc"]), each["msg"]) for each in failure.errors()[:50]
        ]
        first = errors[0]
        raise PackRefused(
            f"The rule pack {name} breaks the schema at {first.field}: {first.message}", errors=errors
        ) from failure
