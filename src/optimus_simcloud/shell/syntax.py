"""Shell text -> commands: the part of POSIX sh that careful scripts use.

Left out, and refused as a syntax error rather than misread: background jobs, here-documents, `while`, back quotes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FUNCTION = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)[ \t]*\(\)")
_RESERVED = re.compile(r"(if|then|elif|else|fi|for|in|do|done|case|esac|while|until|[{}!])(?=[\s;()|&<>]|$)")
_REDIRECT = re.compile(r"([0-9]?)(>&|>>|>|<)(?!<)")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?]")
_OPERATOR = re.compile(r":?[-+]|##?|%%?")
_META = frozenset(" \t\n;|&()<>")


class ShellSyntaxError(Exception):
    """The text is not of this shell's language."""


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    operator: str
    word: "Word"
    quoted: bool


@dataclass(frozen=True, slots=True)
class Substitution:
    body: "Command"
    quoted: bool


@dataclass(frozen=True, slots=True)
class Arithmetic:
    text: str
    quoted: bool


Word = tuple[Text | Parameter | Substitution | Arithmetic, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    fd: int
    operator: str
    target: Word


@dataclass(frozen=True, slots=True)
class Simple:
    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    commands: tuple["Command", ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class AndOr:
    """`links`: the operator before a command, and the command."""

    links: tuple[tuple[str, "Command"], ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    commands: tuple["Command", ...]


@dataclass(frozen=True, slots=True)
class Group:
    body: "Command"
    redirects: tuple[Redirect, ...]
    subshell: bool


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[tuple["Command", "Command"], ...]
    otherwise: "Command"


@dataclass(frozen=True, slots=True)
class For:
    """`words` None: the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: "Command"


@dataclass(frozen=True, slots=True)
class Case:
    word: Word
    branches: tuple[tuple[tuple[Word, ...], "Command"], ...]


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    body: "Command"


Command = Simple | Pipeline | AndOr | Sequence | Group | If | For | Case | Function


@lru_cache(maxsize=64)
def parse(text: str) -> Sequence:
    """Raises ShellSyntaxError. The same script comes from many hosts: what was parsed is kept."""
    reader = _Reader(text)
    try:
        found = reader.sequence(frozenset())
    except RecursionError as error:
        raise ShellSyntaxError("nested too deeply") from error
    if reader.at < len(text):
        reader.refuse()
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def refuse(self) -> NoReturn:
        line = self.text.count("\n", 0, self.at) + 1
        what = "end of file" if self.at >= len(self.text) else repr(self.text[self.at])
        raise ShellSyntaxError(f"{line}: Syntax error: {what} unexpected")

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def blanks(self) -> None:
        while self.at < len(self.text):
            if self.text[self.at] in " \t":
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def lines(self) -> None:
        self.blanks()
        while self.peek() == "\n":
            self.at += 1
            self.blanks()

    def reserved(self) -> str:
        found = _RESERVED.match(self.text, self.at)
        return found[1] if found else ""

    def expect(self, word: str) -> None:
        self.lines()
        if not self.text.startswith(word, self.at):
            self.refuse()
        self.at += len(word)

    def sequence(self, ends: frozenset[str]) -> Sequence:
        """Up to (not over) one of the reserved words, `)` or `;;`, whichever are asked for."""
        commands: list[Command] = []
        while True:
            self.lines()
            rest = self.text[self.at : self.at + 2]
            if not rest or self.reserved() in ends - {""} or rest[0] in ends or rest in ends:
                return Sequence(tuple(commands))
            commands.append(self.and_or())
            self.blanks()
            if self.peek() == ";" and not self.text.startswith(";;", self.at):
                self.at += 1
            elif self.peek() not in {"\n", ""} and not (
                self.peek() in ends or self.text[self.at : self.at + 2] in ends
            ):
                self.refuse()

    def and_or(self) -> Command:
        links: list[tuple[str, Command]] = [("", self.pipeline())]
        while True:
            self.blanks()
            operator = self.text[self.at : self.at + 2]
            if operator not in {"&&", "||"}:
                return AndOr(tuple(links)) if len(links) > 1 else links[0][1]
            self.at += 2
            self.lines()
            links.append((operator, self.pipeline()))

    def pipeline(self) -> Command:
        negated = self.reserved() == "!"
        if negated:
            self.at += 1
            self.blanks()
        commands = [self.command()]
        self.blanks()
        while self.peek() == "|" and not self.text.startswith("||", self.at):
            self.at += 1
            self.lines()
            commands.append(self.command())
            self.blanks()
        return Pipeline(tuple(commands), negated) if negated or len(commands) > 1 else commands[0]

    def command(self) -> Command:
        word = "(" if self.peek() == "(" else self.reserved()
        found = None if word else _FUNCTION.match(self.text, self.at)
        if found:
            self.at = found.end()
            self.lines()
            return Function(found[1], self.command())
        kinds: dict[str, Callable[[], Command]] = {
            "": self.simple,
            "(": self.group,
            "{": self.group,
            "if": self.conditional,
            "for": self.loop,
            "case": self.choice,
        }
        if word not in kinds:
            self.refuse()
        return kinds[word]()

    def group(self) -> Group:
        end = {"(": ")", "{": "}"}[self.peek()]
        self.at += 1
        body = self.sequence(frozenset(end))
        self.expect(end)
        return Group(body, self.redirects(), subshell=end == ")")

    def conditional(self) -> If:
        branches = []
        otherwise: Command = Sequence(())
        self.at += len("if")
        while True:
            condition = self.sequence(frozenset({"then"}))
            self.expect("then")
            branches.append((condition, self.sequence(frozenset({"elif", "else", "fi"}))))
            word = self.reserved()
            self.at += len(word)
            if word == "else":
                otherwise = self.sequence(frozenset({"fi"}))
                self.expect("fi")
            elif word == "":
                self.refuse()
            if word != "elif":
                return If(tuple(branches), otherwise)

    def loop(self) -> For:
        self.at += len("for")
        self.blanks()
        found = _NAME.match(self.text, self.at)
        if not found:
            self.refuse()
        self.at = found.end()
        self.lines()
        words: list[Word] | None = None
        if self.reserved() == "in":
            self.at += len("in")
            words = []
            self.blanks()
            while self.peek() not in {"\n", ";", ""}:
                words.append(self.word())
                self.blanks()
        if self.peek() == ";":
            self.at += 1
        self.expect("do")
        body = self.sequence(frozenset({"done"}))
        self.expect("done")
        return For(found[0], None if words is None else tuple(words), body)

    def choice(self) -> Case:
        self.at += len("case")
        self.blanks()
        word = self.word()
        self.expect("in")
        branches: list[tuple[tuple[Word, ...], Command]] = []
        while True:
            self.lines()
            if self.reserved() == "esac":
                self.at += len("esac")
                return Case(word, tuple(branches))
            if self.peek() == "(":
                self.at += 1
            patterns = [self.pattern()]
            while self.peek() == "|":
                self.at += 1
                patterns.append(self.pattern())
            self.expect(")")
            body = self.sequence(frozenset({";;", "esac"}))
            if self.text.startswith(";;", self.at):
                self.at += 2
            branches.append((tuple(patterns), body))

    def pattern(self) -> Word:
        self.blanks()
        word = self.word()
        self.blanks()
        return word

    def redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while True:
            self.blanks()
            if not (redirect := self.redirect()):
                return tuple(found)
            found.append(redirect)

    def redirect(self) -> Redirect | None:
        found = _REDIRECT.match(self.text, self.at)
        if not found:
            return None
        self.at = found.end()
        self.blanks()
        return Redirect(int(found[1] or found[2].startswith(">")), found[2], self.word())

    def simple(self) -> Simple:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            self.blanks()
            if redirect := self.redirect():
                redirects.append(redirect)
                continue
            if self.peek() == "" or self.peek() in _META:
                break
            name = _NAME.match(self.text, self.at)
            if not words and name and self.text.startswith("=", name.end()):
                self.at = name.end() + 1
                ended = self.peek() == "" or self.peek() in _META
                assignments.append((name[0], () if ended else self.word()))
            else:
                words.append(self.word())
        if not (assignments or words or redirects):
            self.refuse()
        return Simple(tuple(assignments), tuple(words), tuple(redirects))

    def word(self) -> Word:
        parts: list[Text | Parameter | Substitution | Arithmetic] = []
        while self.peek() and self.peek() not in _META:
            self.part(parts, quoted=False, stops="")
        if not parts:
            self.refuse()
        return tuple(parts)

    def part(self, parts: list[Text | Parameter | Substitution | Arithmetic], *, quoted: bool, stops: str) -> None:
        char = self.peek()
        if char == "'" and not quoted:
            end = self.text.find("'", self.at + 1)
            if end < 0:
                self.at = len(self.text)
                self.refuse()
            parts.append(Text(self.text[self.at + 1 : end], quoted=True))
            self.at = end + 1
        elif char == '"' and not quoted:
            self.at += 1
            parts.append(Text("", quoted=True))
            while self.peek() != '"':
                self.part(parts, quoted=True, stops='"')
            self.at += 1
        elif char == "\\":
            self.escaped(parts, quoted=quoted)
        elif char == "$":
            self.dollar(parts, quoted=quoted)
        elif char in {"", "`"}:
            self.refuse()
        else:
            self.plain(parts, quoted=quoted, stops=stops)

    def plain(self, parts: list[Text | Parameter | Substitution | Arithmetic], *, quoted: bool, stops: str) -> None:
        begin = self.at
        special = f"\\$`{stops}" if quoted else f"\\$`'\"{stops}"
        while self.peek() and self.peek() not in special and (quoted or stops or self.peek() not in _META):
            self.at += 1
        parts.append(Text(self.text[begin : self.at], quoted))

    def escaped(self, parts: list[Text | Parameter | Substitution | Arithmetic], *, quoted: bool) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if following == "":
            self.refuse()
        self.at += 2
        if following == "\n":
            return
        parts.append(Text(f"\\{following}" if quoted and following not in '$`"\\' else following, quoted=True))

    def dollar(self, parts: list[Text | Parameter | Substitution | Arithmetic], *, quoted: bool) -> None:
        if self.text.startswith("$((", self.at):
            end = self.text.find("))", self.at)
            if end < 0:
                self.refuse()
            parts.append(Arithmetic(self.text[self.at + 3 : end], quoted))
            self.at = end + 2
        elif self.text.startswith("$(", self.at):
            self.at += 2
            body = self.sequence(frozenset(")"))
            self.expect(")")
            parts.append(Substitution(body, quoted))
        elif self.text.startswith("${", self.at):
            self.at += 2
            parts.append(self.braced(quoted=quoted))
        elif found := _PARAMETER.match(self.text, self.at + 1):
            self.at = found.end()
            parts.append(Parameter(found[0], "", (), quoted))
        else:
            self.at += 1
            parts.append(Text("$", quoted))

    def braced(self, *, quoted: bool) -> Parameter:
        name = _PARAMETER.match(self.text, self.at)
        if not name:
            self.refuse()
        self.at = name.end()
        operator = _OPERATOR.match(self.text, self.at)
        word: list[Text | Parameter | Substitution | Arithmetic] = []
        if operator:
            self.at = operator.end()
            while self.peek() != "}":
                self.part(word, quoted=False, stops="}")
        elif self.peek() != "}":
            self.refuse()
        self.at += 1
        return Parameter(name[0], operator[0] if operator else "", tuple(word), quoted)
