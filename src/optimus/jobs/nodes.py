"""Which workers are alive: each leaves a sign in the database every other second."""

import os
import socket

from sqlalchemy import Connection, delete, func, select

from optimus.db.upsert import upsert
from optimus.jobs.tables import Node
from optimus.kit.ids import new_id

BEAT_SECONDS = 2.0


def new_node_id() -> str:
    """Different at every start: a worker that comes back must not be taken for the one that died."""
    return f"{socket.gethostname()[:24]}-{os.getpid()}-{new_id()[:12]}"


def beat(connection: Connection, node_id: str, *, now: float) -> None:
    upsert(connection, Node, [{"id": node_id, "started_at": int(now), "seen_at": now}])


def alive(connection: Connection, *, since: float) -> int:
    """How many workers were seen since then."""
    query = select(func.count()).select_from(Node).where(Node.seen_at >= since)
    return int(connection.execute(query).scalar_one())


def dead(connection: Connection, *, before: float) -> set[str]:
    """Workers not seen since then."""
    return set(connection.execute(select(Node.id).where(Node.seen_at < before)).scalars())


def known(connection: Connection, node_ids: set[str]) -> set[str]:
    return set(connection.execute(select(Node.id).where(Node.id.in_(node_ids))).scalars())


def forget(connection: Connection, node_ids: set[str]) -> None:
    connection.execute(delete(Node).where(Node.id.in_(node_ids)))
