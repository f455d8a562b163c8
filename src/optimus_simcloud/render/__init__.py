"""How the made-up facts look in each service's JSON: one file a service, pure functions, no paging, no HTTP."""
