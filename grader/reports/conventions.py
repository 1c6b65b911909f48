"""Work that is right by another convention than the assignment's: how it would have to be graded.

A message says so by its value `set`, "layout=DxC", and a misconception by `set` in its words. Of
several settings, a space stands between them.
"""

from collections.abc import Iterable, Mapping

from grader.model import Message, Words
from grader.verdict import Verdict


def other_settings(verdict: Verdict, words: Words) -> dict[str, str]:
    """Return the settings of the assignment, by name, that the submission was written for."""
    settings: dict[str, str] = {}
    for finding in verdict.findings:
        settings |= settings_of_message(finding.message)
    for diagnosis in verdict.diagnosis.values():
        if diagnosis.causes:
            settings |= settings_of_causes(diagnosis.causes[0], words)
    return settings


def settings_of_message(message: Message | None) -> dict[str, str]:
    return _settings_in(str(message.values.get("set", ""))) if message else {}


def settings_of_causes(causes: Iterable[str], words: Words) -> dict[str, str]:
    settings: dict[str, str] = {}
    for cause in causes:
        settings |= _settings_in(words.get("misconceptions", {}).get(cause, {}).get("set", ""))
    return settings


def _settings_in(text: str) -> dict[str, str]:
    """Read "layout=DxC regularization=1.0"."""
    pairs = (part.partition("=") for part in text.split())
    return {name: value for name, _, value in pairs}


def convention_sentence(settings: Mapping[str, str], words: Words) -> str:
    """Say with which options the work has to be graded, if the course agrees with it; or empty."""
    if not settings:
        return ""
    return str(words["page"]["other_convention"].format(options=as_options(settings)))


def as_options(settings: Mapping[str, str]) -> str:
    return " ".join(f"--set {name}={value}" for name, value in settings.items())
