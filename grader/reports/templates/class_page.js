"use strict";
// The table of a class: filters, sorts and pages the rows, which the page holds as JSON. Text that
// people wrote stays text and never becomes markup. All that is shown follows from `state`, which
// is also in the address, after the #.

const ROWS_PER_PAGE = 100;
const MAX_CAUSES = 2; // named in a row
const SORT_VALUES = {
  id: row => row.id,
  name: row => row.name,
  score: row => row.score,
  attempt: row => row.attempt || null,
  saved: row => secondsOf(row.saved),
};
const MARKED_KINDS = ["several", "stranger", "flagged"]; // shown after the row's ending

const byId = id => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const { words, kinds, any_attempt: anyAttempt, causes, reasons, fields } = data;
const rows = data.rows.map(namedFields);
const countingRows = rows.filter(row => row.counts).length;
const searchTexts = rows.map(row => plain(`${row.id}\n${row.name}\n${row.email}`));
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
// 2026-11-23 12:13:44, in the zone of the reader
const timeFormat = new Intl.DateTimeFormat("sv", { dateStyle: "short", timeStyle: "medium" });
const heads = [...document.querySelectorAll("th[data-sort]")];

let state = stateOfAddress();
let order = null; // places of all rows, sorted by `orderKey`
let orderKey = "";

/** A row of the page's JSON is a list of values; `fields` names them, in the same order. */
function namedFields(values) {
  const row = {};
  for (let n = 0; n < fields.length; n++) row[fields[n]] = values[n];
  return row;
}

/** Without accents and capitals, so that munoz finds Muñoz. */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The state that the address describes. A value that is not valid is ignored. */
function stateOfAddress() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const valid = (name, isValid) => (isValid(parameters.get(name)) ? parameters.get(name) : "");
  const isPositive = text => /^[1-9]\d{0,5}$/.test(text);
  const isOne = text => text === "1";
  return {
    q: parameters.get("q") ?? "",
    kind: valid("kind", kind => kinds.includes(kind)),
    cause: valid("cause", cause => causes.includes(cause)),
    same: valid("same", isPositive),
    others: valid("others", isOne),
    sort: valid("sort", sort => Object.hasOwn(SORT_VALUES, sort)),
    down: valid("down", isOne),
    page: valid("page", isPositive) || "1",
  };
}

function addressOfState() {
  const isDefault = (name, value) => !value || (name === "page" && value === "1");
  const entries = Object.entries(state).filter(([name, value]) => !isDefault(name, value));
  return "#" + new URLSearchParams(entries);
}

/** A time without a zone is sorted as if it were in the reader's. */
function secondsOf(saved) {
  return typeof saved === "string" ? Date.parse(saved.replace(" ", "T")) / 1000 : saved;
}

/** A stable sort. Rows without a value come last, in either direction. */
function sortRows() {
  const key = state.sort + state.down;
  if (order && key === orderKey) return;
  orderKey = key;
  order = [...rows.keys()];
  if (!state.sort) return;
  const values = rows.map(SORT_VALUES[state.sort]);
  const sign = state.down ? -1 : 1;
  const isEmpty = value => Number(value === null || value === "");
  const compare = (one, other) =>
    typeof one === "string" ? collator.compare(one, other) : one - other;
  order.sort((one, other) =>
    isEmpty(values[one]) - isEmpty(values[other]) || sign * compare(values[one], values[other]));
}

/** Whether rows that do not count are shown. The filters of some kinds always show them. */
function showsOthers() {
  return state.others || anyAttempt.includes(state.kind);
}

/** Places of the rows that match, on all pages together. */
function matchingPlaces() {
  const others = showsOthers();
  const bit = state.kind ? bitOf(state.kind) : 0;
  const cause = causes.indexOf(state.cause);
  const group = Number(state.same) - 1;
  const parts = plain(state.q).split(/\s+/);
  return order.filter(place => {
    const row = rows[place];
    return (row.counts || others)
      && (row.kind_bits & bit) === bit
      && (cause < 0 || row.cause_places.includes(cause))
      && (group < 0 || row.group === group)
      && parts.every(part => searchTexts[place].includes(part));
  });
}

function bitOf(kind) {
  return 1 << kinds.indexOf(kind);
}

function element(tag, className, ...content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const part of content) node.append(part); // a string becomes text
  return node;
}

function link(address, text) {
  const node = element("a", "", text);
  node.setAttribute("href", address);
  return node;
}

function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function tableRow(row) {
  const head = element("th", "id", row.page ? link("./" + row.page, row.id) : row.id);
  head.scope = "row";
  return element("tr", "",
    head,
    element("td", "name", row.name, element("span", "line soft", row.email)),
    element("td", "score", row.score === null ? "" : `${row.score}/${row.possible}`),
    outcomeCell(row),
    attemptCell(row),
    timeCell(row));
}

/** How the row ended, and why. */
function outcomeCell(row) {
  const ending = kinds.find(kind => row.kind_bits & bitOf(kind));
  const cell = element("td", "what", kindLabel(ending));
  const addLine = (className, content) => cell.append(element("span", className, content));
  for (const kind of MARKED_KINDS) {
    if (row.kind_bits & bitOf(kind)) cell.append(" ", kindLabel(kind));
  }
  for (const place of row.cause_places.slice(0, MAX_CAUSES)) addLine("line", causes[place]);
  const more = row.cause_places.length - MAX_CAUSES;
  if (more > 0) addLine("line soft", filled(words.more, { count: more }));
  const isNote = row.kind_bits & bitOf("noted");
  if (row.reason_place >= 0) addLine(isNote ? "line soft" : "line", reasons[row.reason_place]);
  if (row.origin) addLine("line soft", row.origin);
  if (row.group >= 0) addLine("line soft", link(`#same=${row.group + 1}`, words.same_code));
  return cell;
}

function kindLabel(kind) {
  return element("span", `outcome ${kind}`, words.kinds[kind]);
}

function attemptCell(row) {
  const cell = element("td", "attempt", row.attempt ? String(row.attempt) : "");
  cell.dataset.label = words.columns.attempt; // a phone shows no heads
  if (!row.counts) cell.append(element("span", "line soft", words.not_counted));
  return cell;
}

function timeCell(row) {
  const isMoment = typeof row.saved === "number";
  const time = isMoment ? timeFormat.format(1000 * row.saved) : row.saved ?? "";
  const cell = element("td", "saved", time);
  if (time && !isMoment) cell.append(element("span", "line soft", words.no_zone));
  if (row.kind_bits & bitOf("late")) cell.append(" ", kindLabel("late"));
  return cell;
}

function show() {
  sortRows();
  const places = matchingPlaces();
  const pages = Math.max(1, Math.ceil(places.length / ROWS_PER_PAGE));
  const page = Math.min(Number(state.page), pages);
  state.page = String(page);
  const first = (page - 1) * ROWS_PER_PAGE;
  const shown = places.slice(first, first + ROWS_PER_PAGE);
  document.querySelector("tbody").replaceChildren(...shown.map(place => tableRow(rows[place])));
  showStatus(places.length, first, shown.length);
  showPager(page, pages);
  showFilters();
}

function showStatus(found, first, count) {
  const all = showsOthers() ? rows.length : countingRows;
  const status = filled(words.found, { found, all });
  const range = filled(words.shown, { first: first + 1, last: first + count });
  byId("status").textContent = count ? `${status}, ${range}` : status;
}

function showPager(page, pages) {
  byId("page").value = page;
  byId("page").max = pages;
  byId("pages").textContent = filled(words.of_pages, { pages });
  byId("previous").setAttribute("aria-disabled", page === 1);
  byId("next").setAttribute("aria-disabled", page === pages);
}

/** Update the fields and heads, after a change that did not come from them. */
function showFilters() {
  const direction = state.down ? "descending" : "ascending";
  for (const head of heads) {
    head.setAttribute("aria-sort", head.dataset.sort === state.sort ? direction : "none");
  }
  for (const name of ["q", "kind", "cause"]) {
    if (byId(name).value !== state[name]) byId(name).value = state[name];
  }
  if (byId("others")) {
    byId("others").checked = Boolean(showsOthers());
    byId("others").disabled = anyAttempt.includes(state.kind);
  }
}

/** Change the state and show it. Any change, except of the page, leads to the first page. */
function change(changes) {
  state = { ...state, page: "1", ...changes };
  show();
  history.replaceState(null, "", addressOfState());
}

function turnPages(count) {
  const page = Number(state.page) + count;
  if (page >= 1 && page <= Number(byId("page").max)) change({ page: String(page) });
}

byId("q").addEventListener("input", event => change({ q: event.target.value }));
for (const name of ["kind", "cause"]) {
  byId(name).addEventListener("change", event => change({ [name]: event.target.value }));
}
byId("others")?.addEventListener("change", event =>
  change({ others: event.target.checked ? "1" : "" }));
byId("all_rows").addEventListener("click", () =>
  change({ q: "", kind: "", cause: "", same: "", others: "" }));
byId("previous").addEventListener("click", () => turnPages(-1));
byId("next").addEventListener("click", () => turnPages(1));
byId("page").addEventListener("change", event => {
  const page = Math.floor(event.target.valueAsNumber) || 1;
  change({ page: String(Math.max(1, page)) });
});
for (const head of heads) {
  head.querySelector("button").addEventListener("click", () => {
    const isSorted = state.sort === head.dataset.sort;
    change({ sort: head.dataset.sort, down: isSorted && !state.down ? "1" : "" });
  });
}
// A link in the page, or the browser's back button. The links are above the table: scroll to it.
addEventListener("hashchange", () => {
  state = stateOfAddress();
  show();
  byId("rows").scrollIntoView();
});

if (rows.some(row => typeof row.saved === "number")) {
  const zone = timeFormat.resolvedOptions().timeZone;
  byId("zone").textContent = filled(words.times, { zone });
}
byId("table").hidden = false;
show();
