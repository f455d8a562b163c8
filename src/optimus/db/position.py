"""Where one text stands in another: `instr` on SQLite, `strpos` on PostgreSQL. Unlike LIKE, it has no wildcards."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Position(FunctionElement[int]):
    """1-based place of the second text in the first; 0 when it is not there."""

    type = BigInteger()
    name = "position"
    inherit_cache = True


@compiles(Position, "sqlite")
def _sqlite(element: Position, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


@compiles(Position, "postgresql")
def _postgresql(element: Position, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"
