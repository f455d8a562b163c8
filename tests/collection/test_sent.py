"""What Optimus tells an LCM to run, recorded by a simulated one, is what docs/reference/access.md lists."""

import asyncio
import re
import shlex
from pathlib import Path

from optimus.collection.login import check_login
from optimus.collection.rcfile import rc_command
from optimus.collection.visit import visit
from optimus.facts.parts import PARTS_OF_TASK, PartState, Task
from optimus.facts.visits import LcmAddress, Limits, Target
from optimus_simcloud import RunningCloud

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "access.md"
MARK = "0123456789abcdef"


def test_every_command_on_the_lcm_is_in_the_table() -> None:
    table = REFERENCE.read_text(encoding="utf-8")
    with RunningCloud(hosts=3, vms=10, frozen=True, tls=True) as cloud:
        lcm = LcmAddress(cloud.lcm_host, cloud.lcm_port, cloud.lcm_user, cloud.lcm_password, cloud.host_key)
        target = Target(lcm, cloud.openstackrc_path)
        asyncio.run(check_login(lcm, Limits()))
        for task in Task:
            seen = asyncio.run(visit(target, task, known_stacks={}, limits=Limits()))
            assert {part: seen.parts[part].state for part in PARTS_OF_TASK[task]} == dict.fromkeys(
                PARTS_OF_TASK[task], PartState.FRESH
            )
        sent = cloud.in_loop(lambda running: list(running.heard.on_lcm))
        ca = f"cat -- {shlex.quote(str(cloud.cloud.home / 'ca.pem'))} </dev/null"
    reading = re.escape(rc_command(target.openstackrc_path, MARK)).replace(MARK, r"[\w-]+")
    known = {"`echo <random>`": r"echo [\w-]+", "`cat -- <OS_CACERT>`": re.escape(ca), "bash --noprofile": reading}
    assert [entry for entry in known if entry not in table] == []
    assert [line for line in sent if not any(re.fullmatch(one, line) for one in known.values())] == []
    used = [entry for entry, one in known.items() if any(re.fullmatch(one, line) for line in sent)]
    assert used == list(known), "each was seen"
