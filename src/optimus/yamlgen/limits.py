"""How much of an upload the engine is willing to look at. One frozen object, so that a job can be run with others."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    # the workbook
    upload_bytes: int = 20 * MIB
    part_bytes: int = 64 * MIB
    total_bytes: int = 256 * MIB
    # A part that inflates more than this many times is refused (small parts are let through: headers repeat a lot).
    inflate_ratio: int = 200
    ratio_floor_bytes: int = MIB
    archive_entries: int = 2_000
    rows: int = 20_000
    columns: int = 200
    cells: int = 2_000_000
    cell_characters: int = 32_767
    sheets: int = 100
    # Templates. Larger than a hand-written file needs, because the output for 10,000 hosts (7 MB, 1.2 million
    # events) must be accepted as the next run's template.
    yaml_bytes: int = 20 * MIB
    yaml_events: int = 4_000_000
    yaml_depth: int = 50
    yaml_aliases: int = 1_000
    yaml_expanded_nodes: int = 4_000_000
    # rendering and results
    output_characters: int = 32 * MIB
    render_seconds: float = 10.0
    render_range: int = 20_000
    # the child process
    child_memory_bytes: int = 1024 * MIB
    child_cpu_seconds: int = 60
    child_wall_seconds: float = 120.0
    # the report
    issues: int = 2_000
    issues_per_code: int = 20
    project_name_characters: int = 64


DEFAULTS = Limits()
