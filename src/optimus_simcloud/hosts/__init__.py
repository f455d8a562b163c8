"""The compute hosts of a simulated cloud: made of the site's own facts, and answering commands over SSH."""
