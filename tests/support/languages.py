"""The grader's words in each language, and the words that its sentences avoid."""

from collections.abc import Iterator

from grader.messages import LANGUAGES, load_words
from grader.model import Words
from tests.support.grading import make_key

KEY = make_key()
WORDS_IN = {language: load_words(language, KEY.words) for language in LANGUAGES}
# Letters beyond ASCII. Each is one column wide, and every console for that language has it.
LETTERS = {"en": "", "es": "áéíóúüñÁÉÍÓÚÜÑ¿¡"}
# Regular expressions: internal terms, wrong register, words that blame or belittle, and in Spanish
# a second word for one thing.
FORBIDDEN = {
    "en": r"rtol|Richardson|sandbox|misconception"
    r"|\bstupid|\bsilly|your fault|\bsimply\b|\bjust\b|\bobvious",
    "es": r"rtol|Richardson|sandbox|misconception|entorno aislado|caja de arena|malentendido"
    r"|concepto erróneo|\btonto|tu culpa|simplemente|\bobvi[oa]"
    r"|bucle|evaluador|traspuest|acostad|de una en una|acaba nunca|fichero|ordenador|enseñ|juzg"
    r"|no se pudo evaluar|arreglos?\b|\busted"
    r"|\bsu (código|función|archivo|pérdida)\b|\bvosotros\b",
}


def sentences_in(words: Words, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield every sentence of a table with its dotted name, as messages.raised.next."""
    for name, value in words.items():
        if isinstance(value, str):
            yield above + name, value
        else:
            yield from sentences_in(value, f"{above}{name}.")
