"""The rc file's command run by the real bash of this machine, and the reading of what it prints."""

import subprocess
from pathlib import Path

import pytest

from optimus.collection.errors import RcFileUnusable
from optimus.collection.rcfile import rc_command, read_rc_output

MARK = "0123456789abcdef"
NEEDED = "OS_AUTH_URL=http://k/v3\nOS_USERNAME=u\n"


def source(path: Path | str) -> dict[str, str]:
    ran = subprocess.run(["/bin/sh", "-c", rc_command(str(path), MARK)], capture_output=True, timeout=30, check=False)
    return read_rc_output(ran.stdout, MARK, str(path))


def write(folder: Path, text: str | bytes, name: str = "openrc") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("export OS_PASSWORD=plain", "plain"),
        ("OS_PASSWORD=plain", "plain"),
        ("""export OS_PASSWORD='it'"'"'s $HOME'""", "it's $HOME"),
        ('export OS_PASSWORD="a\\"b\\$c"', 'a"b$c'),
        ("export OS_PASSWORD=$'tab\\there'", "tab\there"),
        ("OS_PASSWORD='two\nlines'", "two\nlines"),
        ("OS_PASSWORD=last # comment", "last"),
        ("echo hello; echo noise >&2; printf '\\0'; export OS_PASSWORD=quiet", "quiet"),
        ("export OS_PASSWORD=x\r\n", "x"),
        ("export OS_PASSWORD=\u00e9", "\u00e9"),
        ("export OS_PASSWORD=before; false; exit 3", "before"),
        ("set -e\nexport OS_PASSWORD=before\nfalse\nexport OS_PASSWORD=never", "before"),
        ("set -u\nexport OS_PASSWORD=before", "before"),
        ("set -x\nexport OS_PASSWORD=before", "before"),
        ("export OS_PASSWORD=before\nif then", "before"),
        ("readonly OS_PASSWORD=before", "before"),
        ("for key in $( set | awk '{FS=\"=\"} /^OS_/ {print $1}' ); do unset $key; done\nexport OS_PASSWORD=k", "k"),
    ],
)
def test_what_can_work_works(tmp_path: Path, text: str, value: str) -> None:
    assert source(write(tmp_path, NEEDED + text))["OS_PASSWORD"] == value


def test_nothing_else_of_the_environment_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_LEFTOVER", "of the caller")
    values = source(write(tmp_path, NEEDED + "export SECRET=1 OS_EMPTY="))
    assert values == {"OS_AUTH_URL": "http://k/v3", "OS_USERNAME": "u"}


def test_a_file_that_asks_gets_nothing_and_does_not_hang(tmp_path: Path) -> None:
    text = NEEDED + "echo 'Password: '\nread -sr OS_PASSWORD_INPUT\nexport OS_PASSWORD=$OS_PASSWORD_INPUT\n"
    assert "OS_PASSWORD" not in source(write(tmp_path, text))


@pytest.mark.parametrize("name", ["with blank", "quote'\"s", "$(touch x)", "; touch x", "-rf", "`touch x`", "a&b|c>d"])
def test_a_path_is_only_ever_a_path(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert source(write(tmp_path, NEEDED, name))["OS_USERNAME"] == "u"
    assert not (tmp_path / "x").exists()


def test_a_sourced_neighbour_is_found_through_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path, NEEDED, "other")
    assert source(write(tmp_path, '. "$HOME/other"\n'))["OS_USERNAME"] == "u"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RcFileUnusable, match="does not exist"):
        source(tmp_path / "nowhere")


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(RcFileUnusable, match="is a directory"):
        source(tmp_path)


def test_a_file_that_sets_nothing_says_how_it_ended(tmp_path: Path) -> None:
    with pytest.raises(RcFileUnusable, match=r"sets no OS_ variable .* status 7"):
        source(write(tmp_path, "return 7"))


def test_a_file_that_replaces_the_shell(tmp_path: Path) -> None:
    with pytest.raises(RcFileUnusable, match="could not be read by bash"):
        source(write(tmp_path, "export OS_PASSWORD=s3cret; exec true"))


def test_a_value_that_is_no_text_is_named_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(RcFileUnusable) as caught:
        source(write(tmp_path, b"OS_PASSWORD=s3cret\xff"))
    assert "OS_PASSWORD" in caught.value.message
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize("path", ["openrc", "~/openrc", "", "/a\nb"])
def test_only_absolute_paths(path: str) -> None:
    with pytest.raises(RcFileUnusable):
        rc_command(path, MARK)


@pytest.mark.parametrize("output", [b"", b"bash: not found", MARK.encode() + b"\x000\x00OS_A=1\x00"])
def test_output_that_was_cut_is_no_answer(output: bytes) -> None:
    with pytest.raises(RcFileUnusable):
        read_rc_output(output, MARK, "/openrc")


def test_a_banner_before_the_marker_does_not_disturb() -> None:
    output = b"Welcome!\n" + MARK.encode() + b"\x000\x00OS_A=1\x00" + MARK.encode() + b"\x00"
    assert read_rc_output(output, MARK, "/openrc") == {"OS_A": "1"}
