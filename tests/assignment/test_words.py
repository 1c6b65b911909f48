"""Typos in messages/, [topics] and [lines]: each is told, before a student could read it."""

from pathlib import Path

import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import AssignmentError, read_assignment
from grader.assignment.words import checked_messages
from tests.support.small_assignments import write


def extending(folder: Path, settings: str = "") -> Path:
    return write(folder, {"assignment.toml": f'extends = "{SHIPPED}/softmax"\n{settings}'})


def refusal(folder: Path) -> str:
    with pytest.raises(AssignmentError) as refused:
        checked_messages(read_assignment(folder))
    with pytest.raises(AssignmentError) as again:
        build_key(read_assignment(folder), 3, named=False)
    assert str(again.value) == str(refused.value)
    return str(refused.value)


WRONG = {
    "unknown table": (
        "[mesages.array_zero]\nwhat = 'a'",
        "mesages: is no table of messages. Cure: write messages, or remove it.",
    ),
    "unknown code": (
        "[messages.array_zeros]\nwhat = 'a'",
        "messages.array_zeros: no message has the code 'array_zeros'. Cure: write array_zero, or",
    ),
    "unknown output behind a code": (
        "[messages.'array_zero.dw']\nwhat = 'a'",
        "messages.array_zero.dw: 'dw' is no output, letter or input. Cure: write dW, or another",
    ),
    "unknown field of a message": (
        "[messages.array_zero]\nwaht = 'a'",
        "messages.array_zero.waht: is not known here. Cure: write what, or remove it.",
    ),
    "unknown placeholder": (
        "[messages.array_zero]\nnext = 'Look at {outptu}.'",
        "messages.array_zero.next: has the placeholder {outptu}, for which this message has no "
        "value. Cure: write one of these: ",
    ),
    "placeholder of another message": (
        "[messages.'array_zero.dW']\nnext = 'It took {seconds} s.'",
        "messages.array_zero.dW.next: has the placeholder {seconds}, for which this message has",
    ),
    "brace that stands alone": (
        "[messages.array_zero]\nnext = 'Write {1, 2.'",
        "messages.array_zero.next: has a brace too many or too few (",
    ),
    "sentence that is no text": (
        "[messages]\narray_zero = 'a'",
        "messages.array_zero: is no table. Cure: write what = ",
    ),
    "unknown key of the page": (
        "[page]\nscoer = '{score}'",
        "page.scoer: is not known here. Cure: write score, or remove it.",
    ),
    "unknown placeholder on the page": (
        "[page]\nscore = '{skore} points'",
        "page.score: has the placeholder {skore}, for which this message has no value. Cure: "
        "write one of these: {count}, {score}; or the word itself.",
    ),
    "placeholder in the name of a case": (
        "[cases]\nA = 'scores of {size}'",
        "cases.A: has the placeholder {size}, for which this message has no value. Cure: write "
        "one of these: none; or the word itself.",
    ),
    "unknown field of a mistake": (
        "[misconceptions.rg_missing]\nnmae = 'a'",
        "misconceptions.rg_missing.nmae: is not known here. Cure: write name, or remove it.",
    ),
    "placeholder in a mistake": (
        "[misconceptions.rg_missing]\nmeans = 'In {function}.'",
        "misconceptions.rg_missing.means: has the placeholder {function}, for which this message",
    ),
    "mistake that is no table": (
        "[misconceptions]\nrg_missing = 'a'",
        "misconceptions.rg_missing: is no table. Cure: write name = ",
    ),
    "not TOML": ("[messages", "this is not valid TOML, or not tables of sentences ("),
}


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=WRONG)
def test_a_typo_in_a_file_of_messages(tmp_path: Path, text: str, says: str) -> None:
    folder = extending(tmp_path)
    folder.joinpath("messages").mkdir()
    folder.joinpath("messages/en.toml").write_text(text)
    assert refusal(folder).startswith(f"{folder}/messages/en.toml: {says}")


def test_a_file_in_no_language(tmp_path: Path) -> None:
    folder = extending(tmp_path)
    folder.joinpath("messages").mkdir()
    folder.joinpath("messages/fr.toml").touch()
    assert refusal(folder) == (
        f"{folder}/messages/fr.toml: is in no language known here. "
        "Cure: name it en.toml or es.toml."
    )


WRONG_SETTINGS = {
    "code of a topic": (
        '[topics]\narray_diffres = "loss"',
        "topics.array_diffres: no message has the code 'array_diffres'. Cure: write array_differs",
    ),
    "output of a topic": (
        '[topics]\n"array_differs.W2" = "loss"',
        "topics.array_differs.W2: 'W2' is no output, letter or input. Cure: write W, or another of",
    ),
    "cause of a line": (
        '[lines]\nlog_10 = "hidden loop"',
        "lines.log_10: is no mistake, code of a message or name of a question. Cure: write log10",
    ),
    "pattern of a line": ('[lines]\nlog10 = "logarithm"', "lines.log10: "),
    "arguments of a pattern": ('[lines]\nlog10 = "call: log10, V, loss"', "lines.log10: "),
}


@pytest.mark.parametrize(("text", "says"), WRONG_SETTINGS.values(), ids=WRONG_SETTINGS)
def test_a_typo_in_topics_and_lines(tmp_path: Path, text: str, says: str) -> None:
    folder = extending(tmp_path, text)
    assert refusal(folder).startswith(f"{folder}/assignment.toml: {says}")


def test_words_that_an_assignment_may_set(tmp_path: Path) -> None:
    folder = extending(
        tmp_path,
        '[lines]\n"array_zero.dW" = "hidden loop"\nstable_each_sample = "hidden loop"\n'
        'mine = "hidden loop"\n'
        '[topics]\n"loops_over.C" = "loops"\nprobability_vanishes = "shift"\n',
    )
    folder.joinpath("messages").mkdir()
    folder.joinpath("misconceptions").mkdir()
    folder.joinpath("misconceptions/9_mine.py").write_text(
        'MISCONCEPTIONS = {"mine": {"labels": lambda y: y * 0}}\n'
    )
    folder.joinpath("messages/en.toml").write_text(
        "[messages.'array_zero.dW']\nnext = 'See {case}.'\n"
        "[errors]\narguments = 'Count them.'\n'overflow.stable' = 'Shift them.'\n"
        "[messages.probability_vanishes]\nnext = 'Look at {case}.'\n"
        "[cases]\nA = 'large ones'\n[questions]\nepsilon = 'small numbers'\n"
        "[terms]\nlabel_term = 'labels'\n[asked]\n'value.loss' = 'The loss.'\n"
        "[sizes]\nN = 'N is how many.'\n[factors]\n'dW+reg' = 'reg in dW'\n"
    )
    words = build_key(read_assignment(folder), 3, named=False).words
    assert words["en"]["cases"]["A"] == "large ones"
    assert words["en"]["messages"]["array_zero.dW"]["next"] == "See {case}."


def test_a_code_of_its_own_is_known_with_its_values(tmp_path: Path) -> None:
    """Read from the calls of Message in checks.py."""
    folder = extending(tmp_path)
    folder.joinpath("checks.py").write_text(
        "from grader.model import Message\n\n\ndef explain_error(function, key, message):\n"
        '    if message.code == "other":\n        return Message("ours_too", dict(size=2))\n'
        '    return Message("ours", {"output": "dW", "size": 3})\n'
    )
    folder.joinpath("messages").mkdir()
    messages = folder / "messages/en.toml"
    messages.write_text(
        "[messages.'ours.dW']\nwhat = '{output}: {size}'\nnext = '.'\n"
        "[messages.ours_too]\nwhat = '{anything}'\nnext = '.'\n"
    )
    assert checked_messages(read_assignment(folder))["en"]["messages"]["ours.dW"]
    messages.write_text("[messages.ours]\nwhat = '{length}'\nnext = '.'\n")
    messages.write_text("[messages.ours]\nwhat = '{size}'\nnext = '.'\n")
    assert "checks.py: message 'ours_too' has no words. Cure: write [messages.ours_too]" in (
        refusal(folder)
    )


def test_a_sentence_about_what_was_returned_needs_a_form_without_it(tmp_path: Path) -> None:
    """Official pages do not show it."""
    folder = extending(tmp_path)
    folder.joinpath("checks.py").write_text(
        "from grader.model import Message\n\n\ndef explain_error(function, key, message):\n"
        '    return Message("ours", {"got": "3x5"})\n'
    )
    folder.joinpath("messages").mkdir()
    messages = folder / "messages/en.toml"
    messages.write_text("[messages.ours]\nwhat = 'It is {got}.'\nnext = 'Look.'\n")
    assert "{got}. Cure: write short = " in refusal(folder)
    messages.write_text(
        "[messages.ours]\nwhat = 'It is {got}.'\nshort = 'It is another.'\nnext = 'Look.'\n"
    )
    assert checked_messages(read_assignment(folder))["en"]["messages"]["ours"]


@pytest.mark.parametrize("settings", [(), ("layout=DxC",)])
def test_the_shipped_words_are_in_order(settings: tuple[str, ...]) -> None:
    assert checked_messages(read_assignment(SHIPPED / "softmax", settings)).keys() == {
        "title",
        "en",
        "es",
    }
