"""A parsed HTML page, and the elements and attributes that a student's page may use."""

from html.parser import HTMLParser

TAGS = {
    *("html", "head", "meta", "title", "style", "body"),
    *("header", "main", "footer", "section", "p", "h1", "h2", "h3"),
    *("code", "strong", "span", "q", "dl", "dt", "dd", "details", "summary"),
    *("figure", "pre", "figcaption", "div"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "id"),
    *("scope", "tabindex", "role", "aria-label", "aria-labelledby"),
}
VOID_TAGS = {"meta", "input"}  # these have no end tag


class Page(HTMLParser):
    """The tags, attributes and text of a page. Raises AssertionError if tags do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []  # tags whose end has not been read yet
        self.text: dict[str, str] = {}  # tag -> all text inside such elements
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.text[tag] = self.text.get(tag, "") + data

    @property
    def shown(self) -> str:
        return self.text["body"]
