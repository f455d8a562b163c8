"""Words of issues: key -> English, Chinese, hint in English, hint in Chinese. Data in messages.yaml, read once."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

Wording = tuple[str, str, str, str]


def _source() -> dict[str, dict[str, str]]:
    source = resources.files("optimus.yamlgen").joinpath("messages.yaml").read_text(encoding="utf-8")
    table: dict[str, dict[str, str]] = yaml.load(source, Loader=yaml.CSafeLoader)
    return table


@cache
def _chinese_words() -> Mapping[str, str]:
    """The nouns that fill `{what}`."""
    return _source()["words"]


@cache
def all_texts() -> Mapping[str, Wording]:
    table = _source()
    return {
        key: (row["en"], row["zh"], row.get("hint", ""), row.get("hint_zh", row.get("hint", "")))
        for key, row in table.items()
        if key != "words"
    }


def wording(key: str, words: Mapping[str, object]) -> Wording:
    english, chinese, hint, hint_zh = all_texts()[key]
    if "what" in words:
        word = str(words["what"])
        chinese_words = {**words, "what": _chinese_words().get(word, word)}
        return (
            english.format_map(words),
            chinese.format_map(chinese_words),
            hint.format_map(words),
            hint_zh.format_map(chinese_words),
        )
    return (english.format_map(words), chinese.format_map(words), hint.format_map(words), hint_zh.format_map(words))
