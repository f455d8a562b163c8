"""The simulated shell does what a real one does; files and programs are its own."""

import subprocess

import pytest

from optimus_simcloud.shell.files import File, Folder, put
from optimus_simcloud.shell.run import Input, Process, Sink, Streams, System, shell_program

SAME = [
    "printf '%s|' a 'b c' \"d  e\"; printf '\\n'",
    "x='a b'; printf '<%s>' $x \"$x\" '$x' ${x}c \"pre$x\"",
    'set -- 1 "2 3" ""; printf "<%s>" "$@" $# $2 "a$@b"; shift 2; printf "<%s>" "$@" "$#"',
    'set --; printf "<%s>" "$@" x; for i; do printf no; done; [ $# = 0 ] && printf none',
    'x=/sys/class/net/eth0; printf "%s " "${x##*/}" "${x%/*}" "${x#*/}" "${x%%/*}e" "${y:+no}" "${x:+yes}" "${y-d}"',
    'M=3; printf %s "$((M + 1))" "$((M - 1))"',
    "case abc in -*|b*) printf 1 ;; *b*) printf 2 ;; *) printf 3 ;; esac; case x-9 in *[!0-9a-f-]*) printf no; esac",
    "f() { printf '%s,' \"$1\" $#; return 3; }; f 'a b' c; printf $?; f x || printf or",
    'o=$(printf "a\\n\\n"; exit 4); printf "%s%s" "$o" $?; o=$(false) || printf failed',
    "if false; then printf 1; elif [ 2 -gt 1 ]; then printf 2; else printf 3; fi; if false; then :; fi; printf $?",
    "for x in a b c; do [ $x = b ] && continue; printf $x; done",
    "x=1; (x=2; printf $x); printf $x; { x=3; }; printf $x",
    "printf out; printf err >&2; { printf gone; printf kept >&2; } >/dev/null; nosuch 2>/dev/null; printf $?",
    "read -r x </dev/null || printf none; printf 'a b\\nc\\n' | { read -r x; printf '<%s>' \"$x\"; }",
    "false | true; printf $?; ! true; printf $?; true && false || printf or",
    "N=1 S='sudo -n' # a comment\nprintf '%s %s' $N \"$S\"",
    "printf 'a\\\\b' ; printf '%s' \"a\\\"b\\$c\\x\" a\\ b",
    'w=; printf "<%s>" $w a ${w:+x }b; k="a b"; for n in $k c; do printf "[%s]" $n; done',
    "command -v nosuch || printf $?; command -v printf",
    "f() { g; printf after; }; g() { return; }; f; exit 7",
    "[ -n '' ] || printf 1; [ -z '' ] && printf 2; [ ! a = b ] && printf 3; [ a != b ] && printf 4; [ '' ]; printf $?",
    "true; false; x=$?; printf $x; [ 1 = 1 ] && { printf a; printf b; }",
    'a=*; case \'*\' in "$a") printf same ;; esac; case xy in "$a") printf no ;; $a) printf any ;; esac',
]


def simulated(script: str, files: Folder | None = None) -> tuple[int, str, str]:
    system = System({} if files is None else files, {"/bin/sh": shell_program})
    io = Streams(Input(script), Sink(), Sink())
    status = shell_program(Process(system, ["-s"], io, user=0, environment={"PATH": "/bin"}))
    return status, io.stdout.text(), io.stderr.text()


@pytest.mark.parametrize("script", SAME)
def test_it_does_what_a_real_shell_does(script: str) -> None:
    real = subprocess.run(
        ["/bin/sh", "-s"], input=script, capture_output=True, text=True, check=False, env={"PATH": "/nowhere"}
    )
    status, out, err = simulated(script)
    assert (status, out) == (real.returncode, real.stdout)
    assert bool(err) == bool(real.stderr)


@pytest.mark.parametrize(
    "script", ["sleep 1 &", "cat <<X\nX", "while :; do :; done", "`id`", "if true", "echo 'a", ")"]
)
def test_what_it_cannot_do_is_a_syntax_error(script: str) -> None:
    status, out, err = simulated(f"printf begun\n{script}\n")
    assert status == 2
    assert "yntax error" in err
    assert out in {"", "begun"}, "nothing after it runs"


def test_files_are_its_own() -> None:
    files: Folder = {}
    for path, text in (("/sys/net/eth0/mtu", "1500"), ("/sys/net/eth1/mtu", "9000"), ("/sys/net/-x/mtu", "1")):
        put(files, path, text)
    put(files, "/secret", File("x", private=True))
    script = """
    (cd /sys/net && printf '%s ' e*/mtu */none)
    for x in /sys/net/*; do { read -r m <"$x/mtu"; } 2>/dev/null && printf '%s=%s ' "${x##*/}" "$m"; done
    [ -e /sys/net/eth0 ] && [ -d /sys/net ] && [ ! -e /etc ] && printf there
    read -r x </etc/passwd; printf "$?"; printf x >/tmp/file; printf "$?"
    """
    status, out, err = simulated(script, files)
    assert (status, out) == (0, "eth0/mtu eth1/mtu */none -x=1 eth0=1500 eth1=9000 there22")
    assert err.splitlines() == [
        "sh: 1: cannot open /etc/passwd: No such file",
        "sh: 1: cannot create /tmp/file: Read-only file system",
    ]


def test_no_program_of_this_machine_runs() -> None:
    status, out, err = simulated("ls /; /bin/ls /; exec /usr/bin/id")
    assert (status, out) == (127, "")
    assert err.splitlines() == ["sh: 1: ls: not found", "sh: 1: /bin/ls: not found", "sh: 1: /usr/bin/id: not found"]


def test_endless_recursion_ends() -> None:
    status, _, err = simulated("f() { f; }; f")
    assert status == 2
    assert "without end" in err
