"""Users, their sessions, and failed log-ins (counted in the database, so that every node sees them)."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from optimus.db.base import Base


class User(Base):
    __tablename__ = "user_account"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)  # NFKC and case folded: what names are compared by
    password_hash: Mapped[str]
    role: Mapped[str]
    # True for the first user ever and null for all others: unique, so that two cannot both be the first.
    is_founder: Mapped[bool | None] = mapped_column(unique=True)
    created_at: Mapped[int]


class Session(Base):
    """One log-in. Its access tokens name it, so that deleting it ends them at once."""

    __tablename__ = "user_session"
    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32))
    refresh_hash: Mapped[str] = mapped_column(unique=True)  # SHA-256 of the refresh token, hex
    created_at: Mapped[int]
    expires_at: Mapped[int]
    refreshed_at: Mapped[int]
    client_address: Mapped[str | None]


class LoginFailure(Base):
    """Failed log-ins of one subject (a name at an address, or an address) within one period."""

    __tablename__ = "login_failure"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)  # a hash: names typed wrong can be passwords
    period: Mapped[int] = mapped_column(primary_key=True)  # number of the 15-minute period since the epoch
    failures: Mapped[int]
