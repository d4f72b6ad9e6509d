// text.js: numbers as people read them, and elements. What comes from a trace is text in all
// of it: nothing here, or in the other files, makes markup of a string.

// el("p", { class: "note" }, child ...): an element; children are nodes or texts.
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Four digits, without zeros at the end.
function digits(value) {
  return String(Number(value.toPrecision(4)));
}

function thousands(value) {
  const [whole, rest] = String(value).split(".");
  const text = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  return rest ? `${text}.${rest}` : text;
}

const TIMES = [[1e9, "s"], [1e6, "ms"], [1e3, "us"], [1, "ns"]];
const SIZES = [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]];

function scaleOf(value, scales) {
  return scales.find(([size]) => Math.abs(value) >= size) || scales[scales.length - 1];
}

function scaled(value, scales) {
  if (value === 0) return `0${scales[scales.length - 1][1]}`;
  const [size, word] = scaleOf(value, scales);
  return digits(value / size) + word;
}

// format.UNIT(value): with its unit; the units are those that sections name.
const format = {
  ns: (value) => scaled(value, TIMES),
  bytes: (value) => scaled(value, SIZES),
  "%": (value) => `${digits(value)}%`,
  count: (value) => thousands(Number.isInteger(value) ? value : Number(value.toPrecision(3))),
};

// A value of a unit; a text where it has none.
function shown(value, unit) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number") return String(value);
  return (Object.hasOwn(format, unit) ? format[unit] : format.count)(value);
}

// Marks of an axis, all in the unit of the largest.
function marks(values, unit) {
  const scales = unit === "ns" ? TIMES : unit === "bytes" ? SIZES : null;
  if (!scales) return values.map((value) => shown(value, unit));
  const [size, word] = scaleOf(Math.max(...values.map(Math.abs)), scales);
  return values.map((value) => (value === 0 ? "0" : `${Number((value / size).toPrecision(6))}${word}`));
}

// net/http.(*conn).serve of example.com/x/net/http.(*conn).serve
function shortName(name) {
  return name.replace(/^(?:[^\s()[\]/]*\/)+/, "");
}

// Puts a text where it can be pasted from.
async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { class: "aside" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = "copied";
  setTimeout(() => { button.textContent = "copy"; }, 1200);
}
