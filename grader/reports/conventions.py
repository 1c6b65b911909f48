"""Work that is right by another convention than the assignment's: how it would have to be graded.

The two conventions are the layout of W and X, which a message is about, and the factor before reg,
which is a misconception whose words name the setting: set = "regularization=1.0".
"""

from collections.abc import Iterable, Mapping

from grader.model import Message, Words
from grader.verdict import Verdict


def other_settings(verdict: Verdict, words: Words) -> dict[str, str]:
    """Return the settings of the assignment, by name, that the submission was written for."""
    settings: dict[str, str] = {}
    for finding in verdict.findings:
        settings |= settings_of_message(finding.message, verdict)
    for diagnosis in verdict.diagnosis.values():
        if diagnosis.causes:
            settings |= settings_of_causes(diagnosis.causes[0], words)
    return settings


def settings_of_message(message: Message | None, verdict: Verdict) -> dict[str, str]:
    if message is None or message.code != "other_layout":
        return {}
    layout = "DxC" if verdict.key.conventions.get("layout") == "CxD" else "CxD"
    settings = {"layout": layout, "regularization": str(message.values.get("regularization", ""))}
    return {name: value for name, value in settings.items() if value}


def settings_of_causes(causes: Iterable[str], words: Words) -> dict[str, str]:
    settings = {}
    for cause in causes:
        name, _, value = (
            words.get("misconceptions", {}).get(cause, {}).get("set", "").partition("=")
        )
        if name:
            settings[name] = value
    return settings


def convention_sentence(settings: Mapping[str, str], words: Words) -> str:
    """Say with which options the work has to be graded, if the course agrees with it; or empty."""
    if not settings:
        return ""
    return str(words["page"]["other_convention"].format(options=as_options(settings)))


def as_options(settings: Mapping[str, str]) -> str:
    return " ".join(f"--set {name}={value}" for name, value in settings.items())
