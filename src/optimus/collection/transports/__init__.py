"""The only network code: bytes and JSON in and out, nothing interpreted.

Importing it quiets the libraries' own logs: at debug level they hold commands, headers and tokens.
"""

import logging

for _name in ("asyncssh", "httpcore", "httpcore.connection", "httpcore.http11", "httpcore.proxy"):
    logging.getLogger(_name).setLevel(logging.WARNING)
