"""Writes web/openapi.json, the description that the web page's typed client is made from.

`./script/web client` runs it; a test fails when what is written is not what the application says.
"""

import json
import sys
import tempfile
from pathlib import Path

from optimus.app import build_app
from optimus.services import build_services
from optimus.settings import Settings

FILE = Path(__file__).parents[1] / "web" / "openapi.json"


def description() -> str:
    """The application's own description, as JSON text."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=f"sqlite:///{folder}/none.db")
        app = build_app(build_services(settings))
        return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """With --check: exit code 1 when the file is not as the code says."""
    text = description()
    if "--check" in sys.argv:
        current = FILE.exists() and FILE.read_text() == text
        print("web/openapi.json is current" if current else "web/openapi.json is stale: run ./script/web client")
        return 0 if current else 1
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
