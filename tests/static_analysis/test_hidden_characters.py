"""What a source hides is flagged with its line. Honest text of any language is not."""

import pytest
from msgspec.structs import replace

from grader.grading import flag_messages, make_verdict
from grader.model import AnswerKey, Message, SourceFile
from grader.static_analysis.hidden_characters import hidden_in
from tests.support.grading import submission_of
from tests.support.paths import SUBMISSIONS

HONEST = {
    "a byte order mark": "\ufeffimport numpy as np\n",
    "line ends, tabs, pages": "a = 1\r\nif a:\r\tb = 2\n\x0c\nc = 3\n",
    "accents, composed or not": "# \u00e9t\u00e9, e\u0301te\u0301, \u1ec7, e\u0323\u0302\n",
    "Chinese and Japanese": "# \u635f\u5931\u51fd\u6570\u3000\uff08\u5faa\u73af\uff09 "
    "softmax\u306e\u640d\u5931\n",
    "Korean": "# \uc190\uc2e4 \ud568\uc218, \u1112\u1161\u11ab\n",
    "Hindi, Thai": "# \u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22\n",
    "Hebrew": "# \u05e9\u05dc\u05d5\u05dd\n",
    "Arabic, Persian": "# \u0645\u0631\u062d\u0628\u0627 "
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\n",
    "emoji": "# \U0001f600 \u2764\ufe0f \U0001f469\u200d\U0001f4bb \U0001f1e9\U0001f1ea\n",
    "the flag of England": "# "
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    "\n",
    "Russian": "N_\u043a\u043b\u0430\u0441\u0441\u043e\u0432 = 3  # \u0430 \u0432 \u043e "
    "\u0441 softmax, dW-\u043c\u0430\u0442\u0440\n",
    "Greek, as in formulas": "\u03bb, \u0394x, \u03c3_max, d\u0398 = 1, 2, 3, 4  # "
    "\u03b1\u03b2\u03b3\n",
    "quotation marks, a space that does not break": "# \u201csoft\u201d \u2013 max\u00a0: \u20ac\n",
}
HIDDEN = {
    "control": "\x1b",
    "eight bits": "\x9b",
    "backspace": "\b",
    "NUL": "\0",
    "no width": "\u200b",
    "mark inside": "\ufeff",
}
HIDDEN |= {
    "override": "\u202e",
    "isolate": "\u2066",
    "Arabic mark": "\u061c",
    "filler": "\u3164",
    "tags": "\U000e0061",
    "line": "\u2028",
}


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_honest_text_is_not_flagged(text: str) -> None:
    assert hidden_in(submission_of(text)) == ()


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_hidden_characters_are_counted_with_the_line_of_the_first(hidden: str) -> None:
    text = f"import numpy\r\n\rx = 'a{hidden}b'\n\n# {hidden}{hidden}\n"
    (flag,) = hidden_in(submission_of(text))
    assert flag == Message(
        "hidden_characters", {"count": 3, "first": f"U+{ord(hidden):04X}"}, line=3
    )


@pytest.mark.parametrize(
    "word", ["n\u0430ive", "softmax_l\u043ess", "\u0421ase", "X_tr\u0430in", "\u039c_1x"]
)
def test_a_word_of_two_alphabets_is_flagged_with_its_letters_named(word: str) -> None:
    (flag,) = hidden_in(submission_of(f"# \u0430 softmax\n\n{word} = 1\n{word} = 2\n"))
    assert flag == Message(
        "lookalike_letters", {}, word.encode("ascii", "backslashreplace").decode(), line=3
    )


@pytest.mark.parametrize(
    "letter",
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0410\u0412\u0415\u041a"
    "\u041c\u041d\u041e\u0420\u0421\u0422\u0425",
)
def test_every_cyrillic_letter_that_looks_latin(letter: str) -> None:
    assert [flag.code for flag in hidden_in(submission_of(f"d{letter}W = 1"))] == [
        "lookalike_letters"
    ]


@pytest.mark.parametrize(
    "letter",
    "\u03bf\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
)
def test_every_greek_letter_that_looks_latin(letter: str) -> None:
    assert [flag.code for flag in hidden_in(submission_of(f"d{letter}W = 1"))] == [
        "lookalike_letters"
    ]


def test_a_verdict_holds_what_was_hidden_beside_what_was_refused(key: AnswerKey) -> None:
    """What was refused has a flag with a count, if it happened at all."""
    refused = flag_messages({"network": 2, "mounts": 0})
    assert refused == (Message("flag_network", {"times": 2}),)
    verdict = make_verdict(key, submission_of("x = 1  # \u202e"), (), "full", refused)
    assert [flag.code for flag in verdict.flags] == ["flag_network", "hidden_characters"]


def test_both_kinds() -> None:
    assert [flag.code for flag in hidden_in(submission_of("n\u0430ive = 1  # \u202e"))] == [
        "hidden_characters",
        "lookalike_letters",
    ]


def test_what_cannot_be_a_program_is_not_looked_at() -> None:
    """A file in UTF-16 is full of zero bytes, and nothing is hidden in it."""
    assert hidden_in(replace(submission_of("x\0"), problem=Message("not_utf8", {"byte": 1}))) == ()


@pytest.mark.parametrize(
    "name", ["byte_order_mark", "non_ascii_text", "crlf_lines", "latin1_cookie"]
)
def test_known_honest_files(name: str) -> None:
    source = SUBMISSIONS.joinpath(f"{name}.py").read_bytes()
    assert hidden_in(submission_of(source.decode("utf-8", "replace"))) == ()


def test_a_character_in_another_file_names_it() -> None:
    other = SourceFile("fc_net.py", "x = 1\n# \u202e hidden\n".encode())
    submission = replace(submission_of("y = 1\n# \u202e hidden\n"), more=(other,))
    first, second = hidden_in(submission)
    assert (first.file, first.line) == (None, 2)
    assert (second.file, second.line) == ("fc_net.py", 2)
