"""Encryption at rest, and taking secrets out of texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimus.kit.secrecy import MASK, Unreadable, Vault, derive_key, scrub

OLD, NEW = "old-secret-0123456789abcdefghijklmnop", "new-secret-0123456789abcdefghijklmnop"


def test_what_is_sealed_opens_for_its_owner_only() -> None:
    vault = Vault(NEW)
    sealed = vault.seal("päss wörd", owner="dc-1")
    assert "rd" not in sealed
    assert vault.open(sealed, owner="dc-1") == "päss wörd"
    with pytest.raises(Unreadable):
        vault.open(sealed, owner="dc-2")


def test_the_same_text_never_looks_the_same() -> None:
    vault = Vault(NEW)
    assert vault.seal("x", owner="a") != vault.seal("x", owner="a")


def test_rotation_reads_the_old_key_and_writes_the_new_one() -> None:
    sealed = Vault(OLD).seal("word", owner="a")
    both = Vault(NEW, OLD)
    assert both.open(sealed, owner="a") == "word"
    assert Vault(NEW).open(both.seal("word", owner="a"), owner="a") == "word"
    with pytest.raises(Unreadable):
        Vault(NEW).open(sealed, owner="a")


@pytest.mark.parametrize("spoilt", ["", "x", "gAAAAA==", "é"])
def test_garbage_is_unreadable(spoilt: str) -> None:
    with pytest.raises(Unreadable):
        Vault(NEW).open(spoilt, owner="a")


def test_a_changed_letter_is_noticed() -> None:
    sealed = Vault(NEW).seal("word", owner="a")
    place = len(sealed) // 2
    spoilt = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
    with pytest.raises(Unreadable):
        Vault(NEW).open(spoilt, owner="a")


def test_no_two_purposes_share_a_key() -> None:
    assert derive_key(NEW, "vault") != derive_key(NEW, "access tokens") != derive_key(OLD, "access tokens")
    assert derive_key(NEW, "vault") == derive_key(NEW, "vault")
    assert len(derive_key(NEW, "vault")) == 32


def test_scrubbing_takes_the_longest_secret_first() -> None:
    assert scrub("a secret-long and a secret", ["secret", "secret-long", ""]) == f"a {MASK} and a {MASK}"


@given(text=st.text(), secrets=st.lists(st.text(alphabet="abcXYZ123é", min_size=1), max_size=5))
def test_no_secret_survives_scrubbing(text: str, secrets: list[str]) -> None:
    cleaned = scrub(text + "".join(secrets), secrets)
    assert [s for s in secrets if s in cleaned] == []
