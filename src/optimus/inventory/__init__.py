"""What is known of each cloud now and how old it is; compares observed with stored."""
