"""The edge's common parts: envelope, errors to statuses, paging, guards."""
