"""What can go wrong with a simulator itself."""


class SimError(Exception):
    """The simulator cannot start or was asked for something that it does not have; the text says what to do."""
