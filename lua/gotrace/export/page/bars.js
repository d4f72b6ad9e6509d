// bars.js: how often a duration was how long: steps of 1, 2, 5, 10, one under the other's
// half; what is drawn is also its table.

function bin(one, unit, most, total) {
  const height = Math.max(one.count > 0 ? 1.5 : 0, (100 * one.count) / most);
  const share = total ? `${digits((100 * one.count) / total)}%` : "";
  const label = `${shown(one.from, unit)} to ${shown(one.to, unit)}: ${format.count(one.count)} (${share})`;
  return el("li", { title: label, "aria-label": label },
    el("span", { class: "column", style: `height: ${height}%` }),
    el("span", { class: "edge" }, shown(one.from, unit)));
}

function histogram(section, one) {
  const total = one.bins.reduce((sum, b) => sum + b.count, 0);
  const most = Math.max(1, ...one.bins.map((b) => b.count));
  const figures = (one.figures || []).map(([name, value]) =>
    el("span", null, `${name} `, el("b", null, shown(value, section.unit))));
  return el("figure", { class: "histogram" },
    el("figcaption", null, el("strong", null, one.name), el("span", null, `${format.count(total)} in all`), ...figures),
    el("ol", { style: `--tint: var(--${one.color || "ready"})` }, ...one.bins.map((b) => bin(b, section.unit, most, total))));
}

function bars(section) {
  const columns = [{ name: "" }, { name: "from", unit: section.unit }, { name: "to", unit: section.unit },
    { name: "count", unit: "count", bar: "wait" }];
  const rows = section.series.flatMap((one) => one.bins.map((b) => [one.name, b.from, b.to, b.count]));
  return [el("div", { class: "histograms" }, ...section.series.map((one) => histogram(section, one))),
    folded("values as a table", () => table({ columns, rows, label: section.title }))];
}
