"""Run a job in a process of its own, with limits of the system on memory, time and files.

The request goes in as a pickle (we wrote it), the answer comes back as JSON and bytes, never as a pickle: what a
template managed to do in the child cannot become code in the parent.
"""

import json
import pickle
import resource
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from optimus.errors import FieldError, OptimusError
from optimus.yamlgen import errors
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.issues import issue, issue_from_json
from optimus.yamlgen.limits import Limits
from optimus.yamlgen.request import Outcome, Request

_REFUSALS = {kind.__name__: kind for kind in (
    errors.RequestRefused, errors.NotAWorkbook, errors.UploadTooLarge, errors.PackRefused,
)}  # fmt: skip
# Looking for pydantic's plugins would take a tenth of the child's start.
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PYDANTIC_DISABLE_PLUGINS": "__all__"}
_STAGE, _ANSWER = b"S", b"A"
Answer = tuple[dict[str, Any], dict[str, bytes]]


class ChildFailed(RuntimeError):
    """The child ended by an exception that nobody expected: a bug. Says where in our code, never with values."""


class Died(Exception):
    """The child ended early; `stage` is what it was doing."""

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.stage = stage


def generate(request: Request) -> Outcome:
    """Run one job in a limited child. Faults of the request raise; a job over its limits fails with an issue."""
    try:
        head, blobs = call("generate", request, request.limits)
    except Died as end:
        if end.stage == "read":
            raise errors.UploadTooLarge("The uploads need more time or memory to read than a job may have.") from end
        found = issue(IssueCode.OUTPUT_CAP, "output.died", stage=end.stage)
        counts = {str(level): int(level is Level.ERROR) for level in Level}
        return Outcome(ok=False, issues=[found], counts=counts, report={
            "format": "optimus-yamlgen-report/1", "ok": False, "project": request.project, "site": request.site,
            "drop": request.drop, "packs": [], "counts": counts, "files": {}, "free_addresses": {},
            "issues": [found.to_json()],
        })  # fmt: skip
    files = {name.removeprefix("file/"): data for name, data in blobs.items() if name.startswith("file/")}
    return Outcome(
        ok=head["ok"],
        issues=[issue_from_json(one) for one in head["issues"]],
        counts=head["counts"],
        files=files,
        diffs=head["diffs"],
        preview=head["preview"],
        report=head["report"],
        lock=blobs["lock"],
        archive=blobs["archive"],
        annotated=blobs["annotated"],
    )


def call(operation: str, payload: object, limits: Limits) -> Answer:
    """Start the child, hand it the payload, read its answer."""
    # -I: nothing of the caller's folder, environment or user packages gets into the child.
    command = [sys.executable, "-I", "-m", "optimus.yamlgen.child"]
    data = pickle.dumps((operation, payload, limits))
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_ENVIRONMENT
    ) as process:
        try:
            out, said = process.communicate(data, timeout=limits.child_wall_seconds)
        except subprocess.TimeoutExpired as late:
            process.kill()
            out, _ = process.communicate()
            raise Died(_read(out)[0]) from late
    stage, answer = _read(out)
    if answer is None:
        lines = said.decode("utf-8", "replace").rstrip().split("\n")
        if process.returncode == 1 and not lines[-1].startswith("MemoryError"):
            where = " <- ".join(line.strip() for line in reversed(lines) if line.startswith("  File "))
            raise ChildFailed(f"while {stage}: {lines[-1].partition(':')[0]} at {where[:1000]}")
        raise Died(stage)
    head, _ = answer
    if "refused" in head:
        kind = _REFUSALS[head["refused"]]
        raise kind(head["message"], errors=[FieldError(**one) for one in head["errors"]], **head["details"])
    if "died" in head:
        raise Died(stage)
    return answer


def _read(out: bytes) -> tuple[str, Answer | None]:
    """Frames: a letter, a length, bytes."""
    at, stage = 0, "start"
    while at + 5 <= len(out):
        letter, size = out[at : at + 1], struct.unpack(">I", out[at + 1 : at + 5])[0]
        body = out[at + 5 : at + 5 + size]
        at += 5 + size
        if len(body) < size:
            break
        if letter == _STAGE:
            stage = body.decode("utf-8")
            continue
        head = json.loads(body)
        blobs: dict[str, bytes] = {}
        for name, length in head.pop("blobs"):
            blobs[name] = out[at : at + length]
            at += length
        return stage, (head, blobs)
    return stage, None


def _write(stream: BinaryIO, letter: bytes, body: bytes) -> None:
    stream.write(letter + struct.pack(">I", len(body)) + body)
    stream.flush()


def _send(stream: BinaryIO, head: dict[str, Any], blobs: dict[str, bytes]) -> None:
    head["blobs"] = [[name, len(data)] for name, data in blobs.items()]
    _write(stream, _ANSWER, json.dumps(head, default=str).encode("utf-8"))
    stream.writelines(blobs.values())
    stream.flush()


def _generate(request: Request, stage: Callable[[str], None]) -> Answer:
    from optimus.yamlgen.engine import run  # noqa: PLC0415 - only the child needs it, after its limits are set

    done = run(request, stage)
    head = {
        "ok": done.ok, "issues": [one.to_json() for one in done.issues], "counts": done.counts, "diffs": done.diffs,
        "preview": done.preview, "report": done.report,
    }  # fmt: skip
    blobs = {f"file/{name}": data for name, data in done.files.items()}
    return head, {**blobs, "lock": done.lock, "archive": done.archive, "annotated": done.annotated}


def _reverse(payload: Any, stage: Callable[[str], None]) -> Answer:
    from optimus.yamlgen.outputs.reverse import reverse_here  # noqa: PLC0415 - only the child needs it

    stage("reverse")
    done = reverse_here(payload)
    blobs = {f"template/{name}": data for name, data in done.templates.items()}
    return {"issues": [one.to_json() for one in done.issues]}, {**blobs, "workbook": done.workbook}


_OPERATIONS: dict[str, Callable[[Any, Callable[[str], None]], Answer]] = {"generate": _generate, "reverse": _reverse}


def _limit(limits: Limits) -> None:
    """Memory, seconds of CPU, no file may grow, no core dump. What a limit cannot be raised to stays as it is."""
    for what, most in (
        (resource.RLIMIT_AS, limits.child_memory_bytes),
        (resource.RLIMIT_CPU, limits.child_cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (soft, soft))


def main() -> None:
    stream = sys.stdout.buffer
    operation, payload, limits = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from our own parent
    _limit(limits)
    try:
        head, blobs = _OPERATIONS[operation](payload, lambda name: _write(stream, _STAGE, name.encode("utf-8")))
    except OptimusError as refusal:
        head = {
            "refused": type(refusal).__name__, "message": refusal.message,
            "errors": [{"field": one.field, "message": one.message} for one in refusal.errors],
            "details": refusal.details,
        }  # fmt: skip
        blobs = {}
    except (MemoryError, RecursionError):
        head, blobs = {"died": True}, {}
    _send(stream, head, blobs)


if __name__ == "__main__":
    main()
