// page.js: the page out of its data, what keys do, and links to parts of it.
const data = JSON.parse(document.getElementById("data").textContent);
const kinds = { findings, facts, lines, heat, bars, icicle, table: plain, tasks };

function command(text) {
  const button = el("button", { type: "button", class: "copy", click: () => copy(text, button) }, "copy");
  return el("div", { class: "command" }, el("code", null, text), button);
}

function stackOf(stack) {
  return stack && stack.length ? el("details", { class: "stack" }, el("summary", null, stack[0]),
    el("ol", null, ...stack.slice(1).map((frame) => el("li", null, frame)))) : null;
}

function finding(one) {
  return el("li", { class: `finding ${one.severity}` },
    el("span", { class: "severity" }, one.severity),
    el("div", null,
      el("h3", null, one.claim),
      one.advice ? el("p", null, one.advice, one.where ? el("a", { href: `#${one.where}`, class: "where" }, "see below") : null) : null,
      stackOf(one.stack),
      one.command ? command(one.command) : null));
}

function findings(section) {
  if (!section.rows.length) return [el("p", { class: "good" }, section.empty || "Nothing stands out.")];
  return [el("ol", { class: "findings" }, ...section.rows.map(finding))];
}

function facts(section) {
  return [el("dl", { class: "facts" }, ...section.rows.flatMap(([name, text]) =>
    [el("div", null, el("dt", null, name), el("dd", null, text))]))];
}

function plain(section) {
  return [table({ ...section, label: section.title })];
}

function sectionOf(section) {
  const make = kinds[section.kind];
  return el("section", { id: section.id, class: `is-${section.kind}`, tabindex: -1 },
    section.title ? el("h2", null, el("a", { href: `#${section.id}` }, section.title)) : null,
    section.note ? el("p", { class: "note" }, section.note) : null,
    ...make(section),
    section.summary ? table({ ...section.summary, label: section.title }) : null,
    section.command ? command(section.command) : null);
}

// Keys

const KEYS = [["n", "next part"], ["p", "part before"], ["t", "light or dark"], ["+ and -", "closer, and farther (plots over time)"],
  ["left, right", "earlier, later"], ["0", "all of the time"], ["/", "first filter of this part"], ["?", "these keys"]];

const help = el("dialog", { class: "help" }, el("h2", null, "Keys"),
  el("dl", null, ...KEYS.flatMap(([key, what]) => [el("dt", null, key), el("dd", null, what)])),
  el("p", { class: "note" }, "A drag over a plot zooms all plots over time. A link to a part, and to the time that is seen, is in the address."),
  el("form", { method: "dialog" }, el("button", null, "close")));

function sections() {
  return [...document.querySelectorAll("#page section")];
}

// The part at the top of what is seen.
function current() {
  const all = sections();
  const at = all.findIndex((node) => node.getBoundingClientRect().bottom > 90);
  return at < 0 ? all.length - 1 : at;
}

let chosen = null; // the part to which a key went last

function go(by) {
  const all = sections();
  const isThere = chosen !== null && Math.abs(all[chosen].getBoundingClientRect().top) < window.innerHeight;
  const at = Math.min(all.length - 1, Math.max(0, (isThere ? chosen : current()) + by));
  chosen = at;
  all[at].scrollIntoView();
  all[at].focus({ preventScroll: true });
  remember(all[at].id);
}

function search() {
  const all = sections();
  const filter = all.slice(chosen === null ? current() : chosen).map((node) => node.querySelector("input.filter")).find(Boolean);
  if (filter) filter.focus();
}

const actions = {
  n: () => go(1), p: () => go(-1), t: theme.toggle, 0: view.reset, "?": () => (help.open ? help.close() : help.showModal()),
  "+": () => view.zoom(0.5), "=": () => view.zoom(0.5), "-": () => view.zoom(2),
  ArrowLeft: () => view.pan(-0.25), ArrowRight: () => view.pan(0.25), "/": search,
};

function onKey(event) {
  const isTyping = event.target.matches("input, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping || !Object.hasOwn(actions, event.key)) return;
  if (event.key.startsWith("Arrow") && view.isWhole()) return;
  event.preventDefault();
  actions[event.key]();
}

// Links: #heap, or #heap@1200000-3500000 with the ns that are seen.

function remember(id) {
  const part = id || decodeURIComponent(location.hash.slice(1)).split("@")[0];
  const time = view.isWhole() ? "" : `@${view.now[0]}-${view.now[1]}`;
  if (part || time) history.replaceState(null, "", `#${encodeURIComponent(part)}${time}`);
  else history.replaceState(null, "", "#");
}

function follow() {
  const [part, time] = decodeURIComponent(location.hash.slice(1)).split("@");
  const span = /^(\d+)-(\d+)$/.exec(time || "");
  if (span && Number(span[1]) < Number(span[2])) view.set(Number(span[1]), Number(span[2]));
  const node = part && document.getElementById(part);
  if (node && node.matches("section")) {
    node.scrollIntoView();
    chosen = sections().indexOf(node);
  }
}

// The page

function header() {
  const { title, about } = data;
  return el("header", null,
    el("div", null, el("h1", null, title), el("p", null, about || "")),
    el("div", { class: "tools" },
      el("button", { type: "button", title: "light or dark (t)", click: theme.toggle }, "light / dark"),
      el("button", { type: "button", title: "keys (?)", click: actions["?"] }, "?")));
}

function nav() {
  return el("nav", { "aria-label": "parts" }, ...data.sections.filter((one) => one.title).map((one) =>
    el("a", { href: `#${one.id}` }, one.title)));
}

function timeBar() {
  const text = el("span");
  const bar = el("div", { class: "zoomed", hidden: "" }, text, el("button", { type: "button", click: view.reset }, "all (0)"));
  view.onChange(() => {
    bar.hidden = view.isWhole();
    text.textContent = `${shown(view.now[0], "ns")} to ${shown(view.now[1], "ns")}`;
    remember();
  });
  return bar;
}

function build() {
  if (data.time) view.begin(data.time[0], data.time[1]);
  document.title = data.title;
  document.getElementById("page").replaceChildren(header(), nav(), el("main", null, ...data.sections.map(sectionOf),
    el("footer", null, `Made by gotrace-lua ${data.version}. Nothing is fetched, and nothing leaves this file.`)), timeBar(), help);
  theme.follow();
  theme.apply();
  follow();
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", follow);
}

build();
