"""The two ways in which OpenStack services write a moment."""

from datetime import UTC, datetime


def with_z(at: int) -> str:
    """As nova servers, neutron and heat: 2026-09-01T08:00:00Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def with_micros(at: int) -> str:
    """As nova services and cinder, without a zone: 2026-09-01T08:00:00.000000."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000")
