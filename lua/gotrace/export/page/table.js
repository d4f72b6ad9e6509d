// table.js: tables, sorted by a click on a column's head, with a filter where they are long.
const FIRST = 20; // rows that are shown at first

function isNumeric(column) {
  return column.unit !== undefined;
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a === null ? "" : a) < String(b === null ? "" : b) ? -1 : 1;
}

// A cell; with a bar behind it where the column has one, as long as its share of the largest.
function cell(column, value, most) {
  const text = shown(value, column.unit);
  const node = el("td", { class: isNumeric(column) ? "number" : column.code ? "code" : null }, text);
  if (column.bar && most > 0 && typeof value === "number") {
    node.classList.add("bar");
    node.style.setProperty("--share", `${(100 * value) / most}%`);
    node.style.setProperty("--tint", `var(--${column.bar})`);
  }
  if (!isNumeric(column)) node.title = text;
  return node;
}

// table({ columns: [{ name, unit, bar, code }], rows: [[...]], label }): a node.
function table(spec) {
  const { columns } = spec;
  let rows = spec.rows.slice();
  let isAll = rows.length <= FIRST + 5;
  let wanted = "";
  let sorted = { at: -1, isUp: false };
  const most = columns.map((_, i) => Math.max(0, ...spec.rows.map((row) => (typeof row[i] === "number" ? row[i] : 0))));
  const body = el("tbody");
  const more = el("button", { type: "button", class: "more", click: () => { isAll = true; fill(); } });
  const heads = columns.map((column, i) => el("th", { scope: "col", class: isNumeric(column) ? "number" : null },
    el("button", { type: "button", click: () => sort(i) }, column.name)));

  function fill() {
    const found = rows.filter((row) => !wanted || row.some((value) => String(value).toLowerCase().includes(wanted)));
    const some = isAll ? found : found.slice(0, FIRST);
    body.replaceChildren(...some.map((row) => el("tr", null, ...columns.map((c, i) => cell(c, row[i], most[i])))));
    more.textContent = `show all ${format.count(found.length)} rows`;
    more.hidden = some.length === found.length;
  }

  function sort(at) {
    const isUp = sorted.at === at ? !sorted.isUp : !isNumeric(columns[at]);
    sorted = { at, isUp };
    rows = spec.rows.slice().sort((a, b) => (isUp ? 1 : -1) * compare(a[at], b[at]));
    heads.forEach((head, i) => head.setAttribute("aria-sort", i !== at ? "none" : isUp ? "ascending" : "descending"));
    fill();
  }

  fill();
  const filter = spec.rows.length > FIRST ? el("input", {
    type: "search", class: "filter", placeholder: "filter", "aria-label": `filter ${spec.label || "rows"}`,
    input: (event) => { wanted = event.target.value.toLowerCase(); fill(); },
  }) : null;
  return el("div", { class: "table" }, filter, el("div", { class: "scroll" },
    el("table", null, el("thead", null, el("tr", null, ...heads)), body)), more);
}

// folded(title, make): a table behind a click, made when it is opened.
function folded(title, make) {
  const details = el("details", { class: "values" }, el("summary", null, title));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(make());
  });
  return details;
}
