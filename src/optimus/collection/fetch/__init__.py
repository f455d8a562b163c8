"""How each part of a cloud is fetched: which calls, in what order, and when the part has failed."""
