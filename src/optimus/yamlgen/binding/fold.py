"""Compare names as people write them: width, case, blanks, underscores and dashes do not count."""

import re
import unicodedata
from functools import lru_cache

_DROPPED = re.compile(r"[\s_\-]+")
_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Width, case, blanks, underscores and dashes taken away.

    >>> fold("Tagged VLAN\uff08yes/no\uff09") == fold("tagged_vlan(YES/NO)")
    True
    """
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text).casefold())


def ways(header: str) -> list[str]:
    """A header as it may be known: whole, its other-than-Chinese part, its Chinese part.

    >>> ways("主机名 hostname")
    ['主机名hostname', 'hostname', '主机名']
    """
    whole = fold(header)
    chinese = "".join(_CJK.findall(whole))
    other = _CJK.sub("", whole)
    return [whole, other, chinese] if chinese and other else [whole]


def nearest(text: str, known: list[str]) -> str:
    """The known name that looks most like this one, or nothing."""
    import difflib  # noqa: PLC0415 - rarely needed, and slow to import

    folded = {fold(name): name for name in known}
    found = difflib.get_close_matches(fold(text), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""
