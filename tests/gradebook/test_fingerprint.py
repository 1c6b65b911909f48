"""Sources that differ in comments and white space only have the same fingerprint."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from grader.gradebook.fingerprint import fingerprint

BASE = b'def f(x):\n    s = "a # b"  # the scores\n    return s * x\n'


@pytest.mark.parametrize(
    "same",
    [
        b'def f(x):\n  s="a # b"\n  return s*x',
        b'# mine\n\ndef f( x ):\r\n\ts = "a # b"\r\n\treturn s * x # done',
        b"def f(x):\n    s = \"a # b\"  # another's ''' comment\n    return s * x\n",
    ],
)
def test_same_fingerprint(same: bytes) -> None:
    assert fingerprint(same) == fingerprint(BASE)


@pytest.mark.parametrize(
    "other",
    [
        # Another string, though it looks like a comment.
        b'def f(x):\n    s = "a # c"\n    return s * x\n',
        b'def f(x):\n    s = "a  # b"\n    return s * x\n',
        b'def f(y):\n    s = "a # b"\n    return s * y\n',
        b'def f(x):\n    s = """a # b"""\n    return s * x\n',
        b"",
    ],
)
def test_other_fingerprint(other: bytes) -> None:
    assert fingerprint(other) != fingerprint(BASE)


@pytest.mark.parametrize("nothing", [b"", b" \n\t\r\n", b"# my file\n"])
def test_nothing_has_no_fingerprint(nothing: bytes) -> None:
    assert fingerprint(nothing) == ""


def test_a_quote_inside_a_string_does_not_end_it() -> None:
    assert fingerprint(b"s = 'it\\'s # one'") != fingerprint(b"s = 'it\\'s # two'")
    assert fingerprint(b's = """a " # one"""') != fingerprint(b's = """a " # two"""')


@given(some.binary(max_size=200))
def test_leading_space_changes_nothing(source: bytes) -> None:
    assert fingerprint(source) == fingerprint(
        b" " + source if not source.startswith((b"'", b'"')) else source
    )


@pytest.mark.timeout(20)
@pytest.mark.parametrize("end", [b"", b"\\", b'"\\', b"'\\"])
@pytest.mark.parametrize(
    "piece",
    [
        b'"""',
        b"'''",
        b'"',
        b"'",
        b"#",
        b"\\",
        b"\n",
        b" ",
        b'"\\',
        b'"\\\n',
        b" '",
        b'"""\\',
        b'\\"""\n',
        b"\\'''\n",
    ],
)
def test_hostile_text_takes_one_pass(piece: bytes, end: bytes) -> None:
    """Quadratic code takes minutes for the last two pieces.

    A backslash keeps each of their strings from ending.
    """
    fingerprint(piece * (256 * 1024 // len(piece)) + end)
