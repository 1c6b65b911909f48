"""The grader's words in each language, and the words that its sentences avoid."""

from grader.messages import LANGUAGES, load_words
from tests.support.grading import make_key

KEY = make_key()
WORDS_IN = {language: load_words(language, KEY.words) for language in LANGUAGES}
# Letters beyond ASCII. Each is one column wide, and every console for that language has it.
LETTERS = {"en": "", "es": "áéíóúüñÁÉÍÓÚÜÑ¿¡"}
# Regular expressions: internal terms, wrong register, and words that blame or belittle.
FORBIDDEN = {
    "en": r"rtol|Richardson|sandbox|misconception"
    r"|\bstupid|\bsilly|your fault|\bsimply\b|\bjust\b|\bobvious",
    "es": r"rtol|Richardson|sandbox|misconception|entorno aislado|caja de arena|malentendido"
    r"|concepto erróneo|\btonto|tu culpa|simplemente|\bobvi[oa]"
    r"|\busted|\bsu (código|función|archivo|pérdida)\b|\bvosotros\b",
}
