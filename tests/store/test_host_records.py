"""What compute hosts said, the samples callers count from, and the leases of live reads, on both databases."""

from concurrent.futures import ThreadPoolExecutor

from optimus.db.database import Database
from optimus.facts.hosts import Guest, HostFacts, HostFailure, HugePages, Kernel, LogicalCpu, NumaNode, Section, Trouble
from optimus.inventory import host_store
from optimus.inventory.errors import ObjectUnknown
from optimus.inventory.host_document import pack, unpack
from optimus.inventory.queries import host_facts
from optimus.inventory.queries.host_facts import Sample
from optimus.jobs import leases
from optimus.kit.ids import new_id

DC = "d" * 32
FACTS = HostFacts(
    "compute1",
    1_700_000_000,
    cpus=(LogicalCpu(0, 8, 1, 0, True), LogicalCpu(1, None, None, None, False)),
    numa_nodes=(NumaNode(0, (0, 1), 1024, (HugePages(1048576, 4, 2),)),),
    guests=(Guest("u", "instance-1", "虚拟机", "running", ((0,), (1, 0)), False, (0,)),),
    kernel=Kernel("isolcpus=1", (1,), ()),
    gaps={Section.OVS_PORTS: "no ovs-vsctl"},
)
FAILURE = HostFailure("compute1", Trouble.HOST_DOWN, "it is down")


def put(database: Database, *results: HostFacts | HostFailure, now: int = 5) -> None:
    with database.writing() as connection:
        host_store.put(connection, [host_store.record_of(DC, result, now=now) for result in results])


def test_facts_come_back_as_they_were() -> None:
    assert unpack(pack(FACTS)) == FACTS


def test_a_document_of_another_version_is_no_facts() -> None:
    assert unpack(b"no zlib") is None
    assert unpack(pack(FACTS)[:-9]) is None


def test_a_failure_keeps_what_the_host_said_and_says_why(database: Database) -> None:
    put(database, FACTS, now=5)
    put(database, FAILURE, HostFailure("compute2", Trouble.HOST_HANGS, "slow"), now=9)
    with database.reading() as connection:
        found = host_facts.stored(connection, DC)
    assert found["compute1"] == host_facts.StoredHost(FACTS, FACTS.probed_at, 9, "host_down", "it is down")
    assert found["compute2"] == host_facts.StoredHost(None, None, 9, "host_hangs", "slow")
    put(database, FACTS, now=12)
    with database.reading() as connection:
        again = host_facts.stored_host(connection, DC, "compute1")
        assert host_facts.stored_host(connection, "other", "compute1") is None
    assert again == host_facts.StoredHost(FACTS, FACTS.probed_at, 12, None, None)


def test_hosts_that_are_gone_are_forgotten(database: Database) -> None:
    put(database, FACTS, HostFailure("compute2", Trouble.HOST_HANGS, "slow"))
    with database.writing() as connection:
        host_store.keep_only(connection, DC, ["compute2", "compute3"])
        assert set(host_facts.stored(connection, DC)) == {"compute2"}


def test_only_the_newest_samples_of_a_user_and_vm_are_kept(database: Database) -> None:
    mine = {"user_id": "me", "dc_id": DC, "server_id": "vm"}
    with database.writing() as connection:
        host_store.add_sample(connection, "o" * 32, Sample("h", 1, {}), **{**mine, "user_id": "other"})
        ids = [new_id() for _ in range(host_store.SAMPLES_KEPT + 2)]
        for number, sample_id in enumerate(ids):
            host_store.add_sample(connection, sample_id, Sample("h", number, {"p": {"rx_packets": None}}), **mine)
        kept = [one for one in ids if _has(connection, one, **mine)]
        assert kept == ids[2:]
        assert _has(connection, "o" * 32, **{**mine, "user_id": "other"})
        host_store.prune_samples(connection, before=10)
        assert [one for one in ids if _has(connection, one, **mine)] == ids[10:]


def _has(connection: object, sample_id: str, **owner: str) -> bool:
    try:
        host_facts.port_sample(connection, sample_id, **owner)  # type: ignore[arg-type]
    except ObjectUnknown:
        return False
    return True


def take(
    database: Database, key: str, holder: str, *, places: int = 2, now: float = 100.0, until: float = 110.0
) -> bool:
    with database.writing() as connection:
        return leases.take(connection, DC, key, places=places, holder=holder, now=now, until=until)


def test_a_group_has_as_many_places_and_a_key_one(database: Database) -> None:
    assert take(database, "a", "one")
    assert not take(database, "a", "two"), "the key is held"
    assert take(database, "b", "two")
    assert not take(database, "c", "three"), "all places are held"
    with database.writing() as connection:
        leases.give_back(connection, DC, "one")
    assert take(database, "a", "three")
    assert take(database, "d", "four", now=111.0), "what has expired is free"


def test_many_at_once_get_no_more_places_than_there_are(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: take(database, f"key{n}", f"holder{n}", places=3), range(8)))
    assert 1 <= sum(got) <= 3
