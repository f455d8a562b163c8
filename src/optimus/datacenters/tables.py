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
    host_access: Mapped[str] = mapped_column(server_default="lcm")  # schemas.HostWay
    host_become: Mapped[str] = mapped_column(server_default="none")  # facts.hosts.Become
    host_user: Mapped[str | None]
    host_port: Mapped[int | None]
    host_pwd_sealed: Mapped[str | None]
    host_private_key_sealed: Mapped[str | None]
    created_at: Mapped[int]
    updated_at: Mapped[int]


class PinnedHost(Base):
    """The key that a compute host showed at the first direct log-in; where the LCM's ssh is used, it knows the keys."""

    __tablename__ = "pinned_host"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)  # nova's name
    host_key: Mapped[str]  # "ssh-ed25519 AAAA…"
    pinned_at: Mapped[int]
