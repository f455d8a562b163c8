"""`optimus yamlgen …`: the generator without a server and without a database."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import yaml

from optimus.settings import load_settings
from optimus.yamlgen import commands
from optimus.yamlgen.codes import Level
from optimus.yamlgen.issues import errors_first
from optimus.yamlgen.outputs.report import as_text
from optimus.yamlgen.request import Outcome

EXIT_ERRORS = 3  # the workbook or the templates have errors, or a pack has; 1 and 2 are the command's own failures


_COUNTS = "{error} errors, {warning} warnings, {info} notes."
_COUNTS_ZH = "错误 {error} 个; 警告 {warning} 个; 提示 {info} 个。"


class Language(StrEnum):
    ENGLISH = "en"
    CHINESE = "zh"


Workbook = Annotated[Path, typer.Argument(help="The .xlsx workbook.", exists=True, dir_okay=False)]
Templates = Annotated[
    list[Path], typer.Argument(help="Template files, or a folder that has them under their names.", exists=True)
]
Site = Annotated[str, typer.Option(help="The site, such as GZ.")]
Drop = Annotated[str, typer.Option(help="The CEE version, such as drop26.")]
Project = Annotated[str, typer.Option(help="The project's name; ids of new hosts are made from it.")]
Lock = Annotated[Path | None, typer.Option(help="File of given addresses: read, and after a success written.")]
Rules = Annotated[Path | None, typer.Option(help="The project's own rule pack.", exists=True, dir_okay=False)]
Inventory = Annotated[
    Path | None, typer.Option(help="The site's machines, SQLite or CSV.", exists=True, dir_okay=False)
]
Packs = Annotated[
    list[Path] | None,
    typer.Option("--packs", help="Folder with rule packs of your own, after those of OPTIMUS_PACK_PATH; repeatable."),
]
Lang = Annotated[Language | None, typer.Option("--lang", help="Language of the messages; as the site's rules say.")]
Diff = Annotated[bool, typer.Option("--diff", help="Also print what changes in each template.")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write to.", file_okay=False)]


def generate(
    workbook: Workbook,
    templates: Templates,
    site: Site,
    drop: Drop,
    project: Project,
    out: Out,
    lock: Lock = None,
    rules: Rules = None,
    inventory: Inventory = None,
    packs: Packs = None,
    lang: Lang = None,
    diff: Diff = False,
) -> None:
    """Make the YAML files, with a report, diffs, an annotated copy of the workbook, and a zip of all."""
    inputs = _inputs(workbook, templates, site, drop, project, lock, rules, inventory, packs)
    outcome = commands.generate(inputs, out=out)
    _tell(outcome, lang, diff=diff)
    if not outcome.ok:
        typer.echo(
            f"No files were made. {out / 'annotated.xlsx'} is your workbook with these notes at its cells.", err=True
        )
        raise typer.Exit(EXIT_ERRORS)
    typer.echo(f"Made in {out}: {', '.join(sorted(outcome.files))}; all of it in {out / 'result.zip'}.")


def check(
    workbook: Workbook,
    templates: Templates,
    site: Site,
    drop: Drop,
    project: Project,
    lock: Lock = None,
    rules: Rules = None,
    inventory: Inventory = None,
    packs: Packs = None,
    lang: Lang = None,
    diff: Diff = False,
) -> None:
    """Say what is wrong with a workbook and its templates, and write nothing."""
    outcome = commands.check(_inputs(workbook, templates, site, drop, project, lock, rules, inventory, packs))
    _tell(outcome, lang, diff=diff)
    if not outcome.ok:
        raise typer.Exit(EXIT_ERRORS)
    typer.echo("Nothing stands against making the files.")


def example(site: Site, drop: Drop, out: Out, packs: Packs = None) -> None:
    """Write the example of a drop and site: a workbook with drop-downs and notes, and its templates."""
    found = commands.example(site=site, drop=drop, packs=_folders(packs), out=out)
    typer.echo(f"Wrote to {out}: example.xlsx, {', '.join(sorted(found.templates))}")


def reverse(
    templates: Templates,
    site: Site,
    drop: Drop,
    out: Annotated[Path, typer.Option("--out", help="The .xlsx file to write.", dir_okay=False)],
    packs: Packs = None,
    lang: Lang = None,
) -> None:
    """Make a workbook from YAML files; with them as templates, it makes the same files again."""
    done = commands.reverse(_files(templates), site=site, drop=drop, packs=_folders(packs))
    issues = [one.to_json() for one in done.issues]
    if issues:
        typer.echo(as_text(issues, chinese=lang is Language.CHINESE, hints=True), err=True)
    if any(one.level is Level.ERROR for one in done.issues):
        typer.echo("No workbook was made.", err=True)
        raise typer.Exit(EXIT_ERRORS)
    out.write_bytes(done.workbook)
    typer.echo(f"Wrote {out}.")


def pack_lint(packs: Packs = None) -> None:
    """Check the installed rule packs: schema, and names that point at nothing."""
    _findings(commands.pack_lint(_folders(packs)))


def pack_test(packs: Packs = None) -> None:
    """Run the example of every drop and site."""
    _findings(commands.pack_test(_folders(packs)))


def pack_show(site: Site, drop: Drop, packs: Packs = None) -> None:
    """Print the merged rules of a drop and site, and the pack that each key came from."""
    found = commands.pack_show(site=site, drop=drop, packs=_folders(packs))
    typer.echo(yaml.safe_dump(dict(found), allow_unicode=True, sort_keys=False, width=110), nl=False)


def _findings(found: list[commands.PackFinding]) -> None:
    for one in found:
        typer.echo(f"{one.pack}: {one.problem or 'fine'}")
        for line in one.details if one.problem else ():
            typer.echo(f"    {line}")
    if any(one.problem for one in found):
        raise typer.Exit(EXIT_ERRORS)


def _inputs(
    workbook: Path,
    templates: list[Path],
    site: str,
    drop: str,
    project: str,
    lock: Path | None,
    rules: Path | None,
    inventory: Path | None,
    packs: list[Path] | None,
) -> commands.Inputs:
    return commands.Inputs(
        workbook, _files(templates), site, drop, project, lock, rules, inventory, packs=_folders(packs)
    )


def _files(templates: list[Path]) -> list[Path]:
    return [file for path in templates for file in (commands.templates_in(path) if path.is_dir() else [path])]


def _folders(packs: list[Path] | None) -> tuple[Path, ...]:
    return (*load_settings().pack_folders(), *(packs or ()))


def _tell(outcome: Outcome, lang: Language | None, *, diff: bool) -> None:
    if diff:
        typer.echo("".join(outcome.diffs.values()), nl=False)
    chinese = (lang or outcome.report.get("locale")) == Language.CHINESE
    if outcome.issues:
        issues = [one.to_json() for one in errors_first(outcome.issues, len(outcome.issues))]
        typer.echo(as_text(issues, chinese=chinese, hints=True), err=True)
    said = _COUNTS_ZH if chinese else _COUNTS
    typer.echo(said.format_map(outcome.counts), err=True)
