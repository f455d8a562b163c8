"""Runs a parsed script over made-up files and programs."""

import fnmatch
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from optimus_simcloud.shell import syntax
from optimus_simcloud.shell.files import File, Folder, find, matching

NOT_FOUND = 127
_MOST_OUTPUT = 64 * 1024 * 1024


class InputWanted(Exception):
    """A program reads what has not come yet. Nothing here has effects, so it can be run again with its input."""


class Input:
    """What a program reads: a text, taken from its beginning. None: it has not come yet."""

    def __init__(self, text: str | None = "") -> None:
        self._left = text

    def all(self) -> str:
        text, self._left = self._here(), ""
        return text

    def line(self) -> tuple[str, bool]:
        """The next line, and whether it had an end."""
        line, end, self._left = self._here().partition("\n")
        return line, bool(end)

    def _here(self) -> str:
        if self._left is None:
            raise InputWanted
        return self._left


class Sink:
    """Takes what is written, or drops it."""

    def __init__(self, *, keeps: bool = True) -> None:
        self._parts: list[str] | None = [] if keeps else None
        self._size = 0

    def write(self, text: str) -> None:
        if self._parts is not None:
            self._size += len(text)
            if self._size > _MOST_OUTPUT:
                raise Exit(NOT_FOUND - 1)
            self._parts.append(text)

    def text(self) -> str:
        return "".join(self._parts or ())


@dataclass(frozen=True, slots=True)
class Streams:
    stdin: Input
    stdout: Sink
    stderr: Sink


class Exit(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Return(Exit):
    pass


class _Continue(Exit):
    pass


@dataclass(slots=True)
class Process:
    """How a program was called: by whom, where, with what; `system` has all that the machine has."""

    system: "System"
    arguments: list[str]
    streams: Streams
    user: int
    environment: Mapping[str, str]
    cwd: str = "/"

    def run(self, words: list[str], *, user: int | None = None, environment: Mapping[str, str] | None = None) -> int:
        """Another program in its place. 127 when there is no such program: the caller says so in its own words."""
        inside = self.environment if environment is None else environment
        program = self.system.program(words[0], inside.get("PATH", ""))
        if program is None:
            return NOT_FOUND
        who = self.user if user is None else user
        self.system.notice(words)
        return program(replace(self, arguments=words[1:], user=who, environment=inside))

    def complain(self, text: str) -> None:
        self.streams.stderr.write(f"{text}\n")


Program = Callable[[Process], int]


@dataclass(slots=True)
class System:
    """A machine as its programs see it. `programs` are by absolute path; `ran` is told of every one that is run."""

    files: Folder
    programs: Mapping[str, Program]
    ran: Callable[[tuple[str, ...]], None] = field(default=lambda _words: None)

    def program(self, name: str, path: str) -> Program | None:
        place = self.where(name, path)
        return self.programs[place] if place else None

    def where(self, name: str, path: str) -> str | None:
        places = [name] if "/" in name else [f"{folder}/{name}" for folder in path.split(":")]
        return next((place for place in places if place in self.programs), None)

    def notice(self, words: list[str]) -> None:
        self.ran(tuple(words))


def shell_program(process: Process) -> int:
    """`sh -s` reads the script from its input, `sh -c SCRIPT NAME ARGUMENT...` has it as an argument."""
    match process.arguments:
        case ["-s", *arguments]:
            text = process.streams.stdin.all()
        case ["-c", text, *named]:
            arguments = named[1:]
        case _:
            process.complain("sh: 0: this shell takes -s or -c")
            return 2
    shell = Shell(process, arguments)
    try:
        for part in _parts(text):
            shell.run(part, process.streams)
    except syntax.ShellSyntaxError as error:
        process.complain(f"sh: {error}")
        return 2
    except RecursionError:
        process.complain("sh: 1: functions call each other without end")
        return 2
    except Exit as leaving:
        return leaving.status
    return shell.status


class _Fields:
    """The words that one word becomes, as pairs (text, quoted): only unquoted parts are patterns of files."""

    def __init__(self) -> None:
        self._whole: list[list[tuple[str, bool]]] = []
        self._open: list[tuple[str, bool]] | None = None

    def add(self, text: str, *, quoted: bool) -> None:
        self._open = [*(self._open or []), (text, quoted)]

    def close(self) -> None:
        if self._open is not None:
            self._whole.append(self._open)
            self._open = None

    def separate(self, values: list[str]) -> None:
        """The first is joined to what stands before, the last to what follows."""
        for number, value in enumerate(values):
            if number:
                self.close()
            self.add(value, quoted=True)

    def split(self, value: str) -> None:
        if value[:1].isspace():
            self.close()
        for number, piece in enumerate(value.split()):
            if number:
                self.close()
            self.add(piece, quoted=False)
        if value[-1:].isspace():
            self.close()

    def ended(self) -> list[list[tuple[str, bool]]]:
        self.close()
        return self._whole


def _is_only_arguments(word: syntax.Word) -> bool:
    """`"$@"` alone: without arguments it is no word at all."""
    rest = [part for part in word if not (isinstance(part, syntax.Text) and part.quoted and part.text == "")]
    return len(rest) == 1 and isinstance(rest[0], syntax.Parameter) and rest[0].name == "@"


def _parts(text: str) -> list[syntax.Sequence]:
    """The first line apart where it stands for itself: it often differs from script to script, and parsing is slow."""
    first, _, rest = text.partition("\n")
    try:
        alone = syntax.parse(first)
    except syntax.ShellSyntaxError:
        return [syntax.parse(text)]
    return [alone, syntax.parse(rest)]


class Shell:
    """One shell, or a subshell of one."""

    def __init__(self, process: Process, arguments: list[str]) -> None:
        self._process = process
        self._system = process.system
        self.variables = dict(process.environment)
        self.functions: dict[str, syntax.Command] = {}
        self.arguments = arguments
        self.cwd = process.cwd
        self.status = 0

    # commands

    def run(self, command: syntax.Command, io: Streams) -> int:
        match command:
            case syntax.Simple():
                self.status = self._simple(command, io)
            case syntax.Pipeline():
                self.status = self._pipeline(command, io)
            case syntax.Group():
                self.status = self._group(command, io)
            case syntax.Function(name, body):
                self.functions[name] = body
                self.status = 0
            case _:
                self._compound(command, io)
        return self.status

    def _compound(
        self, command: syntax.Sequence | syntax.AndOr | syntax.If | syntax.For | syntax.Case, io: Streams
    ) -> None:
        match command:
            case syntax.Sequence(commands):
                for one in commands:
                    self.run(one, io)
            case syntax.AndOr(links):
                for operator, one in links:
                    if operator == "" or (operator == "&&") == (self.status == 0):
                        self.run(one, io)
            case syntax.If():
                self._if(command, io)
            case syntax.For():
                self._for(command, io)
            case syntax.Case():
                self._case(command, io)

    def _if(self, command: syntax.If, io: Streams) -> None:
        for condition, body in command.branches:
            if self.run(condition, io) == 0:
                self.run(body, io)
                return
        self.status = 0
        self.run(command.otherwise, io)

    def _for(self, command: syntax.For, io: Streams) -> None:
        values = list(self.arguments) if command.words is None else self._fields(command.words, io)
        self.status = 0
        for value in values:
            self.variables[command.name] = value
            try:
                self.run(command.body, io)
            except _Continue:
                self.status = 0

    def _case(self, command: syntax.Case, io: Streams) -> None:
        value = self._text(command.word, io)
        self.status = 0
        for patterns, body in command.branches:
            if any(fnmatch.fnmatchcase(value, self._pattern(one, io)) for one in patterns):
                self.run(body, io)
                return

    def _pipeline(self, command: syntax.Pipeline, io: Streams) -> int:
        stdin, status = io.stdin, 0
        for number, one in enumerate(command.commands):
            is_last = number == len(command.commands) - 1
            out = io.stdout if is_last else Sink()
            alone = len(command.commands) == 1
            streams = Streams(stdin, out, io.stderr)
            status = self.run(one, streams) if alone else self._in_subshell(one, streams)
            stdin = Input(out.text()) if not is_last else stdin
        return int(status == 0) if command.negated else status

    def _group(self, command: syntax.Group, io: Streams) -> int:
        streams = self._redirected(command.redirects, io)
        if streams is None:
            return 2
        return self._in_subshell(command.body, streams) if command.subshell else self.run(command.body, streams)

    def _in_subshell(self, body: syntax.Command, io: Streams) -> int:
        inner = Shell(replace(self._process, cwd=self.cwd), list(self.arguments))
        inner.variables, inner.functions, inner.status = dict(self.variables), dict(self.functions), self.status
        try:
            return inner.run(body, io)
        except Exit as leaving:
            return leaving.status

    def _simple(self, command: syntax.Simple, io: Streams) -> int:
        words = self._fields(command.words, io)
        streams = self._redirected(command.redirects, io)
        if streams is None:
            return 2
        if words:
            for name, word in command.assignments:  # kept afterwards too, which no script here minds
                self.variables[name] = self._text(word, io)
            return self._call(words, streams)
        before = self.status
        self.status = 0
        for name, word in command.assignments:
            held, self.status = self.status, before  # $? is still that of the command before
            value = self._text(word, io)
            self.status = self._substituted if any(isinstance(p, syntax.Substitution) for p in word) else held
            self.variables[name] = value
        return self.status

    def _redirected(self, redirects: tuple[syntax.Redirect, ...], io: Streams) -> Streams | None:
        for one in redirects:
            target = self._text(one.target, io)
            if one.operator == "<":
                text = self._readable(target, io)
                if text is None:
                    return None
                io = replace(io, stdin=Input(text))
            elif one.operator == ">&" and target in {"1", "2"}:
                other = io.stdout if target == "1" else io.stderr
                io = replace(io, stdout=other) if one.fd == 1 else replace(io, stderr=other)
            elif target == "/dev/null":
                nothing = Sink(keeps=False)
                io = replace(io, stdout=nothing) if one.fd == 1 else replace(io, stderr=nothing)
            else:
                io.stderr.write(f"sh: 1: cannot create {target}: Read-only file system\n")
                return None
        return io

    def _readable(self, path: str, io: Streams) -> str | None:
        if path == "/dev/null":
            return ""
        node = find(self._system.files, self._absolute(path))
        if not isinstance(node, File) or (node.private and self._process.user != 0) or node.error:
            why = "Permission denied" if isinstance(node, File) else "No such file"
            io.stderr.write(f"sh: 1: cannot open {path}: {why}\n")
            return None
        return node.text

    def _absolute(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.cwd.rstrip('/')}/{path}"

    def _call(self, words: list[str], io: Streams) -> int:
        name, *arguments = words
        if name in self.functions:
            outer, self.arguments = self.arguments, arguments
            try:
                return self.run(self.functions[name], io)
            except _Return as leaving:
                return leaving.status
            finally:
                self.arguments = outer
        if builtin := _BUILTINS.get(name):
            return builtin(self, arguments, io)
        return self._program(words, io)

    def _program(self, words: list[str], io: Streams) -> int:
        environment = {**self._process.environment, "PATH": self.variables.get("PATH", "")}
        process = Process(self._system, [], io, self._process.user, environment, self.cwd)
        if self._system.where(words[0], environment["PATH"]) is None:
            io.stderr.write(f"sh: 1: {words[0]}: not found\n")
            return NOT_FOUND
        return process.run(words)

    # words

    def _text(self, word: syntax.Word, io: Streams) -> str:
        """A word that is neither split nor matched against files."""
        return "".join(self._value(part, io) for part in word)

    def _pattern(self, word: syntax.Word, io: Streams) -> str:
        """What is quoted stands for itself."""
        return "".join(
            re.sub(r"([*?\[])", r"[\1]", self._value(part, io)) if part.quoted else self._value(part, io)
            for part in word
        )

    def _value(
        self, part: syntax.Text | syntax.Parameter | syntax.Substitution | syntax.Arithmetic, io: Streams
    ) -> str:
        match part:
            case syntax.Text(text):
                return text
            case syntax.Arithmetic(text):
                return str(self._sum(text))
            case syntax.Substitution(body):
                out = Sink()
                self._substituted = self._in_subshell(body, replace(io, stdout=out))
                return out.text().rstrip("\n")
            case syntax.Parameter():
                return self._parameter(part, io)

    _substituted = 0

    def _sum(self, text: str) -> int:
        """Sums and differences of names and numbers."""
        tokens = re.findall(r"[A-Za-z_]\w*|\d+|[-+]", text)
        if "".join(tokens) != re.sub(r"\s", "", text):
            raise Exit(2)
        total, sign = 0, 1
        for one in tokens:
            if one in "+-":
                sign = 1 if one[0] == "+" else -1
            else:
                value = one if one.isdecimal() else self.variables.get(one) or "0"
                total += sign * int(value)
        return total

    def _parameter(self, part: syntax.Parameter, io: Streams) -> str:
        value = self._of_name(part.name)
        match part.operator:
            case "":
                return value or ""
            case "+" | ":+":
                is_set = value is not None if part.operator == "+" else bool(value)
                return self._text(part.word, io) if is_set else ""
            case "-" | ":-":
                is_set = value is not None if part.operator == "-" else bool(value)
                return value or "" if is_set else self._text(part.word, io)
        pattern = fnmatch.translate(self._pattern(part.word, io))
        text = value or ""
        cuts = range(len(text) + 1)
        if part.operator.startswith("#"):
            for cut in cuts if part.operator == "#" else reversed(cuts):
                if re.match(pattern, text[:cut]):
                    return text[cut:]
        else:
            for cut in reversed(cuts) if part.operator == "%" else cuts:
                if re.match(pattern, text[cut:]):
                    return text[:cut]
        return text

    def _of_name(self, name: str) -> str | None:
        match name:
            case "?":
                return str(self.status)
            case "#":
                return str(len(self.arguments))
            case "@" | "*":
                return " ".join(self.arguments) if self.arguments else None
        if name.isdecimal():
            number = int(name)
            return "sh" if number == 0 else self.arguments[number - 1] if number <= len(self.arguments) else None
        return self.variables.get(name)

    def _fields(self, words: tuple[syntax.Word, ...], io: Streams) -> list[str]:
        found: list[str] = []
        for word in words:
            found += self._split(word, io)
        return found

    def _split(self, word: syntax.Word, io: Streams) -> list[str]:
        fields = _Fields()
        for part in word:
            if isinstance(part, syntax.Parameter) and part.name == "@" and part.quoted and not part.operator:
                fields.separate(self.arguments)
                continue
            value = self._value(part, io)
            if not part.quoted and not isinstance(part, syntax.Text):
                fields.split(value)
            elif value or not _is_only_arguments(word):
                fields.add(value, quoted=part.quoted)
        return [name for one in fields.ended() for name in self._globbed(one)]

    def _globbed(self, parts: list[tuple[str, bool]]) -> list[str]:
        text = "".join(text for text, _ in parts)
        if not any(char in piece for piece, quoted in parts if not quoted for char in "*?["):
            return [text]
        pattern = "".join(re.sub(r"([*?\[])", r"[\1]", piece) if quoted else piece for piece, quoted in parts)
        return matching(self._system.files, self.cwd, pattern) or [text]

    # built in

    def _echo(self, arguments: list[str], io: Streams) -> int:
        io.stdout.write(" ".join(arguments) + "\n")
        return 0

    def _printf(self, arguments: list[str], io: Streams) -> int:
        """%s and %d; the format is used again for what is left over."""
        pattern = re.sub(r"\\([n\\t])", lambda one: {"n": "\n", "t": "\t", "\\": "\\"}[one[1]], arguments[0])
        rest = arguments[1:]
        holes = len(re.findall(r"%[sd]", pattern))
        while True:
            values, rest = [*rest[:holes], *[""] * holes], rest[holes:]
            io.stdout.write(_filled(pattern, values))
            if not rest or not holes:
                return 0

    def _read(self, arguments: list[str], io: Streams) -> int:
        names = [name for name in arguments if not name.startswith("-")]
        line, ended = io.stdin.line()
        if len(names) != 1:
            io.stderr.write("sh: 1: read: one name, please\n")
            return 2
        self.variables[names[0]] = line.strip(" \t")
        return 0 if ended else 1

    def _command(self, arguments: list[str], io: Streams) -> int:
        if len(arguments) != 2 or arguments[0] != "-v":
            io.stderr.write("sh: 1: command: only -v NAME\n")
            return 2
        name = arguments[1]
        known = name if name in _BUILTINS or name in self.functions else None
        place = known or self._system.where(name, self.variables.get("PATH", ""))
        if place is None:
            return NOT_FOUND
        io.stdout.write(f"{place}\n")
        return 0

    def _set(self, arguments: list[str], io: Streams) -> int:
        if arguments[:1] != ["--"]:
            io.stderr.write("sh: 1: set: only set -- ARGUMENT...\n")
            return 2
        self.arguments = arguments[1:]
        return 0

    def _shift(self, arguments: list[str], _io: Streams) -> int:
        del self.arguments[: int(arguments[0]) if arguments else 1]
        return 0

    def _cd(self, arguments: list[str], io: Streams) -> int:
        path = self._absolute(arguments[0]) if arguments else "/"
        if not isinstance(find(self._system.files, path), dict):
            io.stderr.write(f"sh: 1: cd: can't cd to {path}\n")
            return 2
        self.cwd = path
        return 0

    def _exec(self, arguments: list[str], io: Streams) -> int:
        raise Exit(self._program(arguments, io))

    def _leave(self, arguments: list[str], _io: Streams) -> int:
        raise Exit(int(arguments[0]) if arguments else self.status)

    def _return(self, arguments: list[str], _io: Streams) -> int:
        raise _Return(int(arguments[0]) if arguments else self.status)

    def _continue(self, _arguments: list[str], _io: Streams) -> int:
        raise _Continue(0)

    def _test(self, arguments: list[str], io: Streams) -> int:
        if arguments[-1:] != ["]"]:
            io.stderr.write("sh: 1: [: missing ]\n")
            return 2
        return self._tested(arguments[:-1], io)

    def _tested(self, words: list[str], io: Streams) -> int:
        match words:
            case ["!", *rest]:
                found = self._tested(rest, io) != 0
            case [left, operator, right] if operator in _COMPARED:
                found = _COMPARED[operator](left, right)
            case ["-n" | "-z" as operator, text]:
                found = bool(text) == (operator == "-n")
            case ["-e" | "-f" | "-d" | "-r" | "-x" | "-S" as operator, path]:
                found = self._is(operator, self._absolute(path))
            case [] | [_]:
                found = words not in ([], [""])
            case _:
                io.stderr.write(f"sh: 1: [: {words[0]}: unexpected operator\n")
                return 2
        return 0 if found else 1

    def _is(self, operator: str, path: str) -> bool:
        node = find(self._system.files, path)
        match operator:
            case "-e":
                return node is not None
            case "-f" | "-r":
                return isinstance(node, File) and (operator == "-f" or not node.private or self._process.user == 0)
            case "-d" | "-x":
                return isinstance(node, dict)
        return False  # there are no sockets


def _filled(pattern: str, values: list[str]) -> str:
    left = iter(values)
    return re.sub(r"%([sd%])", lambda one: "%" if one[1] == "%" else next(left), pattern)


def _true(_shell: Shell, _arguments: list[str], _io: Streams) -> int:
    return 0


def _false(_shell: Shell, _arguments: list[str], _io: Streams) -> int:
    return 1


_COMPARED: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "-eq": lambda left, right: int(left) == int(right),
    "-ne": lambda left, right: int(left) != int(right),
    "-gt": lambda left, right: int(left) > int(right),
    "-lt": lambda left, right: int(left) < int(right),
}
_BUILTINS: Mapping[str, Callable[[Shell, list[str], Streams], int]] = {
    ":": _true,
    "true": _true,
    "false": _false,
    "echo": Shell._echo,  # noqa: SLF001 - its own table
    "printf": Shell._printf,  # noqa: SLF001
    "read": Shell._read,  # noqa: SLF001
    "command": Shell._command,  # noqa: SLF001
    "set": Shell._set,  # noqa: SLF001
    "shift": Shell._shift,  # noqa: SLF001
    "cd": Shell._cd,  # noqa: SLF001
    "exec": Shell._exec,  # noqa: SLF001
    "exit": Shell._leave,  # noqa: SLF001
    "return": Shell._return,  # noqa: SLF001
    "continue": Shell._continue,  # noqa: SLF001
    "[": Shell._test,  # noqa: SLF001
}
