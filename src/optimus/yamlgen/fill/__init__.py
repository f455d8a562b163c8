"""Put records into templates: edits at positions of the template's own text, and whole cloned items."""
