"""The registry of data centers."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from optimus.db.base import Base


class DataCenter(Base):
    """One data center. Offline ones (`mode` false) have no LCM."""

    __tablename__ = "data_center"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    mode: Mapped[bool]
    country: Mapped[str | None]
    province: Mapped[str | None]
    city: Mapped[str | None]
    system_name: Mapped[str | None]
    cee_version: Mapped[str | None]
    lcm_ip: Mapped[str | None]  # as typed: address, [v6]:port, name:port
    lcm_user: Mapped[str | None]
    lcm_pwd_sealed: Mapped[str | None]  # kit.secrecy.Vault, owner = id
    openstackrc_dir: Mapped[str | None]
    lcmrc_dir: Mapped[str | None]
    api_access: Mapped[str]  # facts.visits.ApiAccess
    host_key: Mapped[str | None]  # pinned at the first contact: "ssh-ed25519 AAAA…"
    host_key_pinned_at: Mapped[int | None]
    created_at: Mapped[int]
    updated_at: Mapped[int]
