"""A small POSIX shell whose files and programs are all made up: it executes nothing on the machine that it runs on."""
