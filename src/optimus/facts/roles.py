"""What a user may do: each role includes the ones before it."""

from enum import StrEnum


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether somebody with this role may do what `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)
