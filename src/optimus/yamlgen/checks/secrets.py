"""BMC secrets: missing, in clear, well-known, or all the same. Values are never part of an issue."""

from optimus.yamlgen.binding.records import Tables, table_of
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.issues import Issues, issue
from optimus.yamlgen.rules.model import Pack
from optimus.yamlgen.verify import Output
from optimus.yamlgen.yamltext.graph import Node
from optimus.yamlgen.yamltext.nodes import child, items, pairs, text_of

REFERENCES = ("vault:", "env:")


def is_reference(text: str) -> bool:
    return text.startswith(REFERENCES)


def check_secrets(output: Output | None, tables: Tables, pack: Pack, issues: Issues) -> None:
    level = Level(pack.policy.secrets)
    defaults = {text.casefold() for text in pack.policy.default_secrets}
    hosts = table_of(tables, "hosts").records
    literals: list[str] = []
    for record in hosts:
        text = record.text("bmc_secret")
        if not text or is_reference(text):
            continue
        literals.append(text)
        where = record.place("bmc_secret")
        name = "secret.default" if text.casefold() in defaults else "secret.literal"
        code = IssueCode.SECRET_DEFAULT if name == "secret.default" else IssueCode.SECRET_LITERAL
        issues.add(issue(code, name, level=level, where=where, key=record.key, value="******"))
    if len(literals) > 2 and len(set(literals)) == 1 and len(literals) == len(hosts):
        issues.add(issue(IssueCode.SECRET_SAME, "secret.same", level=level, where=hosts[0].place("bmc_secret"),
                         count=len(literals)))  # fmt: skip
    if output is not None:
        _missing(output, pack, level, issues)


def _missing(output: Output, pack: Pack, level: Level, issues: Issues) -> None:
    for _, group in pairs(output.root):
        for host in items(group):
            oobm: Node | None = child(host, "oobm")
            for key in pack.secret_keys:
                secret = child(oobm, key)
                name = child(host, "hostname")
                if oobm is not None and name is not None and not text_of(secret):
                    place = output.where(name)
                    issues.add(issue(IssueCode.SECRET_MISSING, "secret.missing", level=level, where=place,
                                     template=None if place else output.template_place(name),
                                     key=text_of(name)))  # fmt: skip
