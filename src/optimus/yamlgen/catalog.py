"""What is installed: drops, sites, their rules and examples."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimus.yamlgen import commands
from optimus.yamlgen.errors import PackRefused
from optimus.yamlgen.outputs.archive import pack
from optimus.yamlgen.request import FILES
from optimus.yamlgen.rules.model import Pack
from optimus.yamlgen.rules.model import schema as pack_schema
from optimus.yamlgen.rules.packs import Rules, drop_name, load_rules, site_name, with_folders
from optimus.yamlgen.schemas import DropItem, Packs, RulesItem, SheetItem, SiteItem
from optimus.yamlgen.texts import wording


def packs(folders: Sequence[Path], *, site: str | None, drop: str | None) -> Packs:
    """With a site and a drop, also their rules. Raises RequestRefused, PackRefused."""
    found = with_folders(folders)
    drops, sites = found.drops(), found.sites()
    titles: list[DropItem] = []
    names: list[SiteItem] = []
    for name, pack_name in drops.items():
        merged = _merged(folders, name, next(iter(sites), ""))
        notice = wording(merged.notice, {}) if merged and merged.notice else ("", "")
        titles.append(
            {
                "name": name,
                "title": merged.title if merged else name,
                "pack": pack_name,
                "notice": notice[0],
                "notice_zh": notice[1],
            }
        )
    for name in sites:
        merged = _merged(folders, next(iter(drops), ""), name)
        title = merged.site.title if merged else ""
        names.append(
            {"name": name, "title": title or name, "title_zh": (merged.site.title_zh if merged else "") or name}
        )
    rules = _rules(load_rules(found, drop, site)) if site and drop else None
    return {"drops": titles, "sites": names, "files": list(FILES), "rules": rules}


def _merged(folders: Sequence[Path], drop: str, site: str) -> Pack | None:
    """None for a pack that is broken: the others are listed all the same; `pack lint` says what is wrong."""
    try:
        return load_rules(with_folders(folders), drop, site).pack
    except PackRefused:
        return None


def _rules(rules: Rules) -> RulesItem:
    return {
        "packs": list(rules.chain),
        "sheets": [_sheet(rules.pack, name) for name in rules.pack.sheets],
        "rules": rules.pack.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "origin": dict(sorted(rules.origin.items())),
    }


def _sheet(pack: Pack, name: str) -> SheetItem:
    sheet = pack.sheets[name]
    return {
        "name": name,
        "aliases": sheet.aliases,
        "required": sheet.required,
        "columns": [
            {
                "name": key,
                "header": rule.title or key,
                "aliases": rule.aliases,
                "type": rule.type,
                "required": rule.required,
                "choices": list(rule.choices),
                "note": rule.note,
            }
            for key, rule in pack.columns.get(name, {}).items()
        ],
    }


def schema() -> dict[str, Any]:
    return pack_schema()


def example(folders: Sequence[Path], *, site: str, drop: str) -> tuple[str, bytes]:
    """A zip's name and bytes: the example workbook and its templates. Raises RequestRefused, PackRefused."""
    packs = with_folders(folders)
    drop, site = drop_name(drop, packs), site_name(site, packs)
    found = commands.example(site=site, drop=drop, packs=folders)
    return f"example-{drop}-{site}.zip", pack({"example.xlsx": found.workbook, **found.templates})
