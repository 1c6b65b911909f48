"""The explanation: its sections, what leads to them, and how terminal and page show them."""

import re
import subprocess
from pathlib import Path

import pytest

from grader.assignment.explanation import Explanation, page_in, sections
from grader.assignment.find_assignment import find_assignment
from grader.assignment.settings import AssignmentError, read_assignment
from grader.assignment.words import assignment_messages
from grader.messages import LANGUAGES, load_words
from grader.model import Message
from grader.reports.explain import explain_word, index, unknown_word
from grader.reports.markdown import as_html, as_text
from grader.reports.student_page import page
from grader.reports.terminal import WIDTH
from tests.support.gradient_page import FENCE, PAGES, tables, topics
from tests.support.html_page import ATTRIBUTES, TAGS, Page
from tests.support.paths import PROJECT
from tests.support.program import grader
from tests.support.verdicts import WORDS, make_finding, verdict_of

SOFTMAX = read_assignment(find_assignment("softmax"))
EXPLAINED = {language: SOFTMAX.read_explanation(language) for language in LANGUAGES}
ENGLISH = EXPLAINED["en"]
SPOKEN = {language: load_words(language, assignment_messages(SOFTMAX)) for language in LANGUAGES}
LINKS = "[script](javascript:alert(1)) [link](https://evil) ![image](x.png) <http:evil>"
HOSTILE = f"<!-- topic: one -->\n## <b>One</b>\n\n<script>alert(1)</script> {LINKS}\n\n- <i>\n"
MISTAKE = {
    "name": "No regularization",
    "means": "reg plays no part in dW.",
    "next": "Which term has reg?",
    "topic": "regularization",
}

# --- the page in sections ---


@pytest.mark.parametrize(
    ("language", "text"), [*zip(LANGUAGES, PAGES.values(), strict=True)], ids=LANGUAGES
)
def test_the_sections_are_those_of_the_page(language: str, text: str) -> None:
    found = EXPLAINED[language].sections.values()
    assert [
        (each.topic, f"{'#' * each.level} {each.heading}\n\n{each.text}") for each in found
    ] == [(topic, section.strip("\n") + "\n") for topic, section in topics(text)]


def test_every_code_that_has_a_topic_exists() -> None:
    assert {code.partition(".")[0] for code in SOFTMAX.topics} <= set(SPOKEN["en"]["messages"])
    assert set(SOFTMAX.topics.values()) <= set(ENGLISH.sections)
    assert len(SOFTMAX.topics) > 15


def test_where_a_topic_is_looked_up() -> None:
    words = {
        "misconceptions": {
            "rg_missing": MISTAKE,
            "bare": {"name": "No topic"},
            "lost": {"topic": "nowhere"},
        }
    }
    assert ENGLISH.topic_of("rg_missing", words) == "regularization"
    assert ENGLISH.topic_of("effect_missing.dW", words) == "regularization"
    assert [ENGLISH.topic_of(code, words) for code in ("bare", "lost", "raised", "nonsense")] == [
        None
    ] * 4
    assert Explanation().topic_of("effect_missing.dW", words) is None


def test_a_section_without_a_heading_and_a_page_without_topics() -> None:
    assert sections("# Title\n\nText.\n") == {}
    (section,) = sections("Before.\n<!-- topic: a-1 -->\nText.\n").values()
    assert section == ("a-1", "a-1", 2, "Text.\n", "")


def test_a_page_in_another_language_stands_beside_it() -> None:
    assert page_in("es", Path("here/page.md")) == Path("here/page.es.md")


# --- an assignment of one's own ---


def assignment(folder: Path, settings: str, **pages: str) -> Path:
    folder.joinpath("assignment.toml").write_text(
        f'extends = "{PROJECT}/reference/softmax"\n{settings}'
    )
    for name, text in pages.items():
        folder.joinpath(name.replace("_", ".")).write_text(text, encoding="utf-8")
    return folder


def test_an_assignment_that_extends_another_has_its_explanation(tmp_path: Path) -> None:
    assert read_assignment(assignment(tmp_path, "")).read_explanation("es") == EXPLAINED["es"]


def test_an_assignment_brings_an_explanation_of_its_own(tmp_path: Path) -> None:
    codes = "".join(f'"{code}" = "ours"\n' for code in SOFTMAX.topics)
    folder = assignment(
        tmp_path,
        f'explanation = "page.md"\n[topics]\n{codes}',
        page_md="<!-- topic: ours -->\n## Ours\n\nRead *this*.\n",
    )
    english, spanish = (
        grader("explain", "array_differs.dW", "--assignment", folder, "--lang", language)
        for language in LANGUAGES
    )
    assert english.returncode == spanish.returncode == 0
    assert english.stdout.endswith("\nOurs\n----\n\nRead this.\n")
    assert spanish.stdout.endswith("\nOurs\n----\n\nRead this.\n"), (
        "where there is no Spanish page, the one that there is"
    )


@pytest.mark.parametrize(
    ("settings", "pages", "sentence"),
    [
        ('explanation = "nowhere.md"', {}, r"there is no nowhere\.md\. Write one"),
        (
            'explanation = "page.md"',
            {"page_md": "<!-- topic: a -->\n## A\n"},
            r"topics\.\"[\w.]+\": page\.md has no topic '[a-z-]+'\. Cure: write one of a\.",
        ),
        (
            'explanation = "page.md"',
            {"page_md": "# A\n"},
            r"Cure: write one of <!-- topic: name --> before each heading there\.",
        ),
        ("explanation = 3", {}, r"explanation: has a wrong value"),
    ],
)
def test_what_is_wrong_with_an_explanation_is_told(
    tmp_path: Path, settings: str, pages: dict[str, str], sentence: str
) -> None:
    with pytest.raises(AssignmentError, match=sentence):
        read_assignment(assignment(tmp_path, settings, **pages)).read_explanation("en")
    done = grader("explain", "axis", "--assignment", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


def test_an_assignment_without_an_explanation() -> None:
    assert index(Explanation(), WORDS).startswith("This assignment has no explanation.")
    (text,) = explain_word("array_zero.dW", Explanation(), SPOKEN["en"])
    assert text == (
        "array_zero.dW\n   What  dW is all zeros on ....\n"
        "   Next  Add what each sample contributes to dW, and return that array.\n"
    )


# --- on a terminal ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_fits_on_a_terminal_and_loses_nothing(language: str) -> None:
    for section in EXPLAINED[language].sections.values():
        text = as_text(section)
        assert max(map(len, text.splitlines())) <= WIDTH
        shown = {line.strip() for line in text.splitlines()}
        for _, block in FENCE.findall(section.text):
            assert {line.strip() for line in block.splitlines()} <= shown
        bare = re.sub(r"\[([^]]*)\]\([^)]*\)|\*\*", r"\1", FENCE.sub("", section.text))
        prose = re.sub(r"^(\||- |> ?)", "", bare, flags=re.MULTILINE).replace("|", " ")
        assert not set(re.sub("-{3,}", "", prose).split()) - set(text.split())


def test_a_table_is_aligned_and_its_cells_go_on_below() -> None:
    (section,) = sections(
        "<!-- topic: t -->\n## T\n\n| a | b |\n|---|---|\n| `x` | "
        + "word " * 20
        + "|\n| longer | y |\n"
    ).values()
    assert as_text(section).splitlines()[3:] == [
        "a       b",
        f"------  {'-' * 72}",
        "`x`     " + " ".join(["word"] * 14),
        "        " + " ".join(["word"] * 6),
        "longer  y",
    ]


def test_lists_are_indented_and_links_are_their_words() -> None:
    (section,) = sections(
        "<!-- topic: t -->\n# T\n\n1. [one](#t) **two**\n2. "
        + "word " * 20
        + "\n   - inner\n\n> quoted *text*\n"
    ).values()
    assert as_text(section).splitlines()[3:] == [
        "1. one two",
        "2. " + " ".join(["word"] * 15),
        "   " + " ".join(["word"] * 5),
        "   - inner",
        "",
        "quoted text",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_told_with_its_section(language: str) -> None:
    words, explanation = SPOKEN[language], EXPLAINED[language]
    for code in words["messages"]:
        text = "\n".join(explain_word(code, explanation, words))
        assert text.startswith(f"{code}\n   {words['page']['what']}")
        assert max(map(len, text.splitlines())) <= WIDTH
        assert "{" not in text
        topic = explanation.topic_of(code, words)
        assert (topic is None) == (code not in SOFTMAX.topics)
        if topic:
            assert f"\n\n{explanation.sections[topic].heading}\n---" in text


def test_a_mistake_is_told_with_its_section() -> None:
    assert "\n".join(
        explain_word("rg_missing", ENGLISH, {**WORDS, "misconceptions": {"rg_missing": MISTAKE}})
    ).startswith(
        "No regularization\n   What  reg plays no part in dW.\n   Next  Which term has reg?\n"
        "\nRegularization, with 0.5 or without\n---"
    )


def test_a_section_names_the_one_after_it() -> None:
    topics = list(ENGLISH.sections)
    for topic, following in zip(topics, [*topics[1:], None], strict=True):
        (text,) = explain_word(topic, ENGLISH, WORDS)
        assert re.findall(r"python -m grader explain ([a-z-]+)\n\Z", text) == (
            [following] if following else []
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_topics(language: str) -> None:
    text = index(EXPLAINED[language], SPOKEN[language])
    assert re.findall(r"^  ([a-z-]+) +(.+)$", text, re.MULTILINE) == [
        (each.topic, each.heading) for each in EXPLAINED[language].sections.values()
    ]
    assert max(map(len, text.splitlines())) <= WIDTH


@pytest.mark.parametrize(
    ("word", "near"),
    [("axes", "axis"), ("array_difers", "array_differs"), ("rg_mising", "rg_missing")],
)
def test_an_unknown_word_is_answered_with_those_near_it(word: str, near: str) -> None:
    assert near in unknown_word(word, ENGLISH, WORDS, ["rg_missing"])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 0, r"python -m grader explain TOPIC"),
        (["axis"], 0, r"\AAlong which axis\n-{16}\n"),
        (["axis", "--lang", "es"], 0, r"\AA lo largo de qué eje\n"),
        (
            ["loops_over.N"],
            0,
            r"\Aloops_over\.N\n(.|\n)*\nWhich line replaces which loop\n",
        ),
        (
            ["unread_no_file"],
            0,
            r"There is no softmax\.py in what was handed in\.\n   Next  Hand in softmax\.py under",
        ),
        (["unread_notebook", "--lang", "es"], 0, r"Esto es un cuaderno \(notebook\)"),
        (["rg_missing;nonsense"], 2, r"\AThere is no topic or code nonsense: "),
        (
            ["nonsense"],
            2,
            r"\AThere is no topic or code nonsense: "
            r"\S*python3? -m grader explain lists the topics\.\n\Z",
        ),
        (
            ["rg_mising"],
            2,
            r"\AThere is no topic or code rg_mising\. Near it: rg_missing\b.*\.\n\Z",
        ),
        (["\x1b[2J"], 2, r"\AThere is no topic or code \\u001b\[2J"),
        (["axis", "--assignment", "nonsense"], 2, r"There is no assignment 'nonsense'"),
        (["--help"], 0, r"Without one, list the topics\."),
    ],
)
def test_the_command(arguments: list[str], code: int, said: str) -> None:
    done = grader("explain", *arguments)
    assert done.returncode == code
    assert re.search(said, done.stderr if code else done.stdout)
    assert (done.stdout if code else done.stderr) == ""


def test_a_cell_of_an_export_is_explained_code_by_code() -> None:
    """Each code once, and each section once."""
    alone = {
        code: grader("explain", code).stdout
        for code in ("rg_double", "rl_no_half", "axis", "rg_missing")
    }
    first, second, third, fourth = alone.values()
    mistake, section = fourth.split("\n\n", 1)
    assert first.endswith(f"\n\n{section}")
    assert grader(
        "explain", "rg_double+rl_no_half; axis;;rg_missing|rg_double"
    ).stdout == "\n".join([first, second, third, f"{mistake}\n"])
    assert grader("explain", " ; ").stdout == grader("explain").stdout


def test_the_command_that_a_report_names_can_be_typed(tmp_path: Path) -> None:
    """It names the interpreter that runs, the assignment and the language."""
    own = assignment(tmp_path, "")
    graded = grader(
        "grade", PROJECT / "tests/submissions/reg_missing.py", "--assignment", own, "--lang", "es"
    )
    commands = [
        line.partition("Leer más")[2].strip()
        for line in graded.stdout.splitlines()
        if "Leer más" in line
    ]
    assert commands
    for command in commands:
        done = subprocess.run(
            command, shell=True, cwd=PROJECT, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert f" --assignment {own} --lang es " in command
        assert "¿" in done.stdout
    plain = grader("grade", PROJECT / "tests/submissions/reg_missing.py")
    assert not re.search(r"--assignment|--lang", plain.stdout)


def test_a_mistake_that_nobody_described_is_told_so(tmp_path: Path) -> None:
    tmp_path.joinpath("misconceptions").mkdir()
    mistake = 'MISCONCEPTIONS = {"rg_of_ours": {"reg_gradient": lambda W: 3 * W}}\n'
    tmp_path.joinpath("misconceptions/own.py").write_text(mistake)
    done = grader("explain", "rg_of_ours", "--assignment", assignment(tmp_path, ""))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "rg_of_ours is a mistake that this assignment knows, but nobody has described it"
    )


def test_the_other_layout_is_read_beside_any_section(tmp_path: Path) -> None:
    """Where the assignment has it: named below each section, and first among those of a report."""
    turned = read_assignment(assignment(tmp_path, 'layout = "DxC"')).read_explanation("en")
    assert ENGLISH.to_own_layout is None
    assert turned.to_own_layout == ENGLISH.sections["layouts"]
    for topic in ("axis", "layouts"):
        said = " ".join("".join(explain_word(topic, turned, WORDS)).split())
        assert (
            "In the layout DxC some of this differs: python -m grader explain layouts" in said
        ) == (topic == "axis")
        assert "In the layout" not in "".join(explain_word(topic, ENGLISH, WORDS))
    last = list(turned.sections)[-1]
    assert explain_word(last, turned, WORDS)[-1].endswith(
        "\nIn the layout DxC some of this differs: python -m grader explain layouts\n"
    )
    whole = verdict_of(
        make_finding(message=Message("array_differs", {"case": "small", "output": "dW"}))
    )
    for explanation, taught in (
        (turned, ["teach-layouts", "teach-by-hand"]),
        (ENGLISH, ["teach-by-hand"]),
    ):
        html = page(whole, WORDS, None, explanation)
        assert [
            value
            for name, value in Page(html).attributes
            if name == "id" and value.startswith("teach-")
        ] == taught
    assert "teach-" not in page(
        verdict_of(make_finding(message=Message("raised"))), WORDS, None, turned
    )


# --- on a page ---


def message_of(code: str) -> Message:
    """code: with the output that it is about, such as unstable.loss."""
    name, _, output = code.partition(".")
    return Message(name, {"case": "small", "output": output} if output else {"case": "small"})


def failed(*codes: str) -> str:
    return page(
        verdict_of(
            *(make_finding(message=message_of(code), number=n) for n, code in enumerate(codes))
        ),
        WORDS,
        None,
        ENGLISH,
    )


def test_a_problem_links_to_its_section_on_the_same_page() -> None:
    html = failed("unstable.loss", "effect_missing.loss", "unstable.dW", "raised")
    parsed = Page(html)
    links = [value for name, value in parsed.attributes if name == "href"]
    assert links == ["#teach-shift", "#teach-regularization", "#teach-shift"]
    lessons = [
        value for name, value in parsed.attributes if name == "id" and value.startswith("teach-")
    ]
    assert lessons == ["teach-shift", "teach-regularization"], (
        "only those needed, once, in the order of the explanation"
    )
    assert "Teach me: Why subtracting the maximum changes nothing" in parsed.shown
    assert set(parsed.tags) <= TAGS | {"a", "ul", "li"}
    assert {name for name, _ in parsed.attributes} <= ATTRIBUTES | {"href"}


def test_a_page_without_such_a_problem_holds_no_lesson() -> None:
    for html in (
        failed("raised"),
        page(verdict_of(make_finding(message=message_of("unstable.loss"))), WORDS),
        failed(),
    ):
        assert "teach-" not in html
        assert WORDS["page"]["lessons"] not in Page(html).shown


def test_all_lessons_together_are_of_modest_size() -> None:
    codes = list(SOFTMAX.topics)[:15]
    assert len(failed(*codes).encode()) - len(failed().encode()) < 60_000
    for explanation in EXPLAINED.values():
        assert sum(len(html.encode()) for html in as_html(explanation.sections).values()) < 40_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_shows_the_numbers_and_tables_of_a_section(language: str) -> None:
    rendered = as_html(EXPLAINED[language].sections)
    for section in EXPLAINED[language].sections.values():
        shown = " ".join(Page(f"<body>{rendered[section.topic]}</body>").shown.split())
        for _, block in FENCE.findall(section.text):
            assert " ".join(block.split()) in shown
        for row in tables(section.text):
            for cell in row:
                if not set(cell) <= set("-:"):
                    assert re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", cell).replace("`", "") in shown


def test_the_answer_to_a_question_is_folded_on_a_page_and_stands_below_it_in_text() -> None:
    section = sections("<!-- topic: one -->\n## One\n\n> What is 1 + 1?\n>\n> It is *2*.\n>\n>\n")
    html = " ".join(as_html(section)["one"].split())
    assert html == (
        "<details> <summary>What is 1 + 1?</summary> <p>It is <em>2</em>.</p> </details>"
    )
    assert as_text(section["one"]).endswith("What is 1 + 1?\nIt is 2.\n")
    assert as_html(sections("<!-- topic: one -->\n## One\n\n>\n"))["one"].startswith("<details>")


def test_markup_in_an_explanation_is_shown_as_text() -> None:
    parsed = Page(f"<body>{as_html(sections(HOSTILE))['one']}</body>")
    assert set(parsed.tags) == {"body", "p", "ul", "li"}
    assert parsed.attributes == []
    assert (
        "<script>alert(1)</script> [script](javascript:alert(1)) link !image <http:evil>"
        in parsed.shown
    )


def test_what_was_rendered_once_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And another text, or a damaged file, is rendered anew."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = as_html(ENGLISH.sections)
    monkeypatch.setattr("grader.reports.markdown._section_html", lambda _: "anew")
    assert as_html(ENGLISH.sections) == first
    assert set(as_html(EXPLAINED["es"].sections).values()) == {"anew"}
    for kept in tmp_path.rglob("explanation-*"):
        kept.write_bytes(b"damaged")
    assert set(as_html(ENGLISH.sections).values()) == {"anew"}


def test_the_command_writes_the_lessons_into_its_report(tmp_path: Path) -> None:
    for language, said in (("en", "Teach me: "), ("es", "Explícamelo: ")):
        report = tmp_path / "report.html"
        done = grader(
            "grade",
            PROJECT / "tests/submissions/reg_missing.py",
            "--html",
            report,
            "--lang",
            language,
        )
        assert (done.returncode, done.stderr) == (1, "")
        shown = Page(report.read_text(encoding="utf-8")).shown
        assert said + EXPLAINED[language].sections["wrong-regularization"].heading in shown
