"""One API call as a handler sees it, and what it gives back."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimus_simcloud.serve.world import Token, World

JSON = ("Content-Type", "application/json")


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    # How many bytes of the body are really sent before the connection is closed; None: all of it.
    cut_at: int | None = None
    # How long the connection hangs after the cut: the tunnel is to break first.
    hangs_seconds: float = 0.0


class Refusal(Exception):
    """A handler's no. Each service writes it in its own shape (`refusals.py`)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(slots=True)
class Call:
    request: Request
    args: dict[str, str]
    world: "World"
    token: "Token | None"
    version: tuple[int, int] = (2, 1)  # compute's microversion

    @property
    def project_id(self) -> str:
        assert self.token is not None
        return self.token.project_id

    @property
    def is_admin(self) -> bool:
        return self.token is not None and "admin" in self.token.roles


def as_json(value: Any, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Answer:
    return Answer(status, json.dumps(value).encode(), [JSON, *(headers or [])])
