"""The APIs over HTTP: connections, tokens, paging, refusals, and one file of handlers a service."""
