"""Ids that Optimus makes: 32 hex digits, as in the API document's examples."""

import uuid


def new_id() -> str:
    return uuid.uuid4().hex
