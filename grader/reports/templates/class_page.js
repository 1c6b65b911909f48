"use strict";
// The table of a class: filters, sorts and pages the rows that stand in the page as JSON. What others wrote becomes text, never markup.
// What is shown follows from `state` alone, and that is what stands behind the # of the address.

const ROWS = 100; // that are elements at a time
const CAUSES = 2; // named in a row
const SORTED = {
  id: row => row.id, name: row => row.name, score: row => row.score, attempt: row => row.attempt || null, saved: row => seconds(row.saved),
};

const byId = id => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const { words, kinds, any_attempt: anyAttempt, causes, reasons } = data;
const rows = data.rows.map(([id, name, email, page, origin, score, possible, bits, counts, attempt, saved, causes, reason, group]) =>
  ({ id, name, email, page, origin, score, possible, bits, counts, attempt, saved, causes, reason, group }));
const counting = rows.filter(row => row.counts).length;
const searched = rows.map(row => plain(`${row.id}\n${row.name}\n${row.email}`));
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
const times = new Intl.DateTimeFormat("sv", { dateStyle: "short", timeStyle: "medium" }); // 2026-11-23 12:13:44, in the zone of whoever looks
const heads = [...document.querySelectorAll("th[data-sort]")];

let state = asked();
let order = null; // places of all rows, sorted as `sorted` says
let sorted = "";

/** Without accents and capitals, so that munoz finds Muñoz. */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** What the address asks for; what it cannot ask for is left out. */
function asked() {
  const given = new URLSearchParams(location.hash.slice(1));
  const one = (name, isKnown) => (isKnown(given.get(name)) ? given.get(name) : "");
  return {
    q: given.get("q") ?? "",
    kind: one("kind", kind => kinds.includes(kind)),
    cause: one("cause", cause => causes.includes(cause)),
    same: one("same", same => /^[1-9]\d{0,5}$/.test(same)),
    others: one("others", others => others === "1"),
    sort: one("sort", sort => Object.hasOwn(SORTED, sort)),
    down: one("down", down => down === "1"),
    page: one("page", page => /^[1-9]\d{0,5}$/.test(page)) || "1",
  };
}

function address() {
  const told = Object.entries(state).filter(([name, value]) => value && !(name === "page" && value === "1"));
  return "#" + new URLSearchParams(told);
}

/** Of a time whose zone nobody knows, as if it were the one of whoever looks: it has to stand somewhere. */
function seconds(saved) {
  return typeof saved === "string" ? Date.parse(saved.replace(" ", "T")) / 1000 : saved;
}

/** Stable, and what a row does not have comes last whichever way the others go. */
function sortRows() {
  const wanted = state.sort + state.down;
  if (order && wanted === sorted) return;
  sorted = wanted;
  order = [...rows.keys()];
  if (!state.sort) return;
  const values = rows.map(SORTED[state.sort]);
  const sign = state.down ? -1 : 1;
  const lacks = value => Number(value === null || value === "");
  const compare = (one, other) => (typeof one === "string" ? collator.compare(one, other) : one - other);
  order.sort((one, other) => lacks(values[one]) - lacks(values[other]) || sign * compare(values[one], values[other]));
}

/** Are rows that do not count shown? Of some kinds they always are. */
function withOthers() {
  return state.others || anyAttempt.includes(state.kind);
}

/** Places of the rows to be shown, on all pages together. */
function matches() {
  const others = withOthers();
  const bit = state.kind ? 1 << kinds.indexOf(state.kind) : 0;
  const cause = causes.indexOf(state.cause);
  const group = Number(state.same) - 1;
  const parts = plain(state.q).split(/\s+/);
  return order.filter(place => {
    const row = rows[place];
    return (row.counts || others)
      && (row.bits & bit) === bit
      && (cause < 0 || row.causes.includes(cause))
      && (group < 0 || row.group === group)
      && parts.every(part => searched[place].includes(part));
  });
}

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const each of content) made.append(each); // a string becomes text
  return made;
}

function link(address, text) {
  const made = element("a", "", text);
  made.setAttribute("href", address);
  return made;
}

function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}


function tableRow(row) {
  const [ended] = kinds.filter((kind, n) => row.bits >> n & 1);
  const isOf = kind => row.bits & (1 << kinds.indexOf(kind));
  const head = element("th", "id", row.page ? link("./" + row.page, row.id) : row.id);
  head.scope = "row";
  const what = element("td", "what", element("span", `outcome ${ended}`, words.kinds[ended]));
  for (const kind of ["several", "stranger", "flagged"]) {
    if (isOf(kind)) what.append(" ", element("span", `outcome ${kind}`, words.kinds[kind]));
  }
  for (const cause of row.causes.slice(0, CAUSES)) what.append(element("span", "line", causes[cause]));
  if (row.causes.length > CAUSES) what.append(element("span", "line soft", filled(words.more, { count: row.causes.length - CAUSES })));
  if (row.reason >= 0) what.append(element("span", "line", reasons[row.reason]));
  if (row.origin) what.append(element("span", "line soft", row.origin));
  if (row.group >= 0) what.append(element("span", "line soft", link(`#same=${row.group + 1}`, words.same_code)));
  const time = element("td", "saved", typeof row.saved === "number" ? times.format(1000 * row.saved) : row.saved ?? "");
  if (typeof row.saved === "string") time.append(element("span", "line soft", words.no_zone));
  if (isOf("late")) time.append(" ", element("span", "outcome late", words.kinds.late));
  const attempt = element("td", "attempt", row.attempt ? String(row.attempt) : "");
  attempt.dataset.label = words.columns.attempt; // a phone shows no heads
  if (!row.counts) attempt.append(element("span", "line soft", words.not_counted));
  return element("tr", "",
    head,
    element("td", "name", row.name, element("span", "line soft", row.email)),
    element("td", "score", row.score === null ? "" : `${row.score}/${row.possible}`),
    what, attempt, time);
}

function show() {
  sortRows();
  const found = matches();
  const pages = Math.max(1, Math.ceil(found.length / ROWS));
  const page = Math.min(Number(state.page), pages);
  state.page = String(page);
  const first = (page - 1) * ROWS;
  const shown = found.slice(first, first + ROWS);
  document.querySelector("tbody").replaceChildren(...shown.map(place => tableRow(rows[place])));
  const told = filled(words.found, { found: found.length, all: withOthers() ? rows.length : counting });
  const range = filled(words.shown, { first: first + 1, last: first + shown.length });
  byId("status").textContent = shown.length ? `${told}, ${range}` : told;
  byId("page").value = page;
  byId("page").max = pages;
  byId("pages").textContent = filled(words.of_pages, { pages });
  byId("previous").setAttribute("aria-disabled", page === 1);
  byId("next").setAttribute("aria-disabled", page === pages);
  for (const head of heads) {
    head.setAttribute("aria-sort", head.dataset.sort !== state.sort ? "none" : state.down ? "descending" : "ascending");
  }
  for (const name of ["q", "kind", "cause"]) if (byId(name).value !== state[name]) byId(name).value = state[name];
  if (byId("others")) {
    byId("others").checked = Boolean(withOthers());
    byId("others").disabled = anyAttempt.includes(state.kind);
  }
}

/** Another page keeps what is found; anything else begins at the first. */
function go(changes) {
  state = { ...state, page: "1", ...changes };
  show();
  history.replaceState(null, "", address());
}

function turn(pages) {
  const page = Number(state.page) + pages;
  if (page >= 1 && page <= Number(byId("page").max)) go({ page: String(page) });
}

byId("q").addEventListener("input", event => go({ q: event.target.value }));
for (const name of ["kind", "cause"]) byId(name).addEventListener("change", event => go({ [name]: event.target.value }));
byId("others")?.addEventListener("change", event => go({ others: event.target.checked ? "1" : "" }));
byId("all_rows").addEventListener("click", () => go({ q: "", kind: "", cause: "", same: "", others: "" }));
byId("previous").addEventListener("click", () => turn(-1));
byId("next").addEventListener("click", () => turn(1));
byId("page").addEventListener("change", event => go({ page: String(Math.max(1, Math.floor(event.target.valueAsNumber) || 1)) }));
for (const head of heads) {
  head.querySelector("button").addEventListener("click", () => {
    const again = state.sort === head.dataset.sort;
    go({ sort: head.dataset.sort, down: again && !state.down ? "1" : "" });
  });
}
// A link of the page or the way back: the table is brought into view, for the links stand above it.
addEventListener("hashchange", () => {
  state = asked();
  show();
  byId("rows").scrollIntoView();
});

byId("zone").textContent = times.resolvedOptions().timeZone;
byId("table").hidden = false;
show();
