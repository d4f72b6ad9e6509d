// lines.js: values over time, as lines or piled up, with uPlot.
const GUTTER = 68; // pixels for the numbers of an axis; the same in all plots, so that they align
const HEIGHT = 230;

// Piled up, each series lies on those before it.
function piled(series, isShown) {
  const sums = [];
  return series.map((one, k) => {
    if (!isShown[k]) return one.values.map(() => null);
    return one.values.map((value, i) => {
      sums[i] = (sums[i] || 0) + (value || 0);
      return sums[i];
    });
  });
}

function axis(extra) {
  return { stroke: theme.color("soft"), grid: { stroke: theme.color("grid"), width: 1 },
    ticks: { show: false }, font: `11px ${theme.color("font")}`, ...extra };
}

// Steps of an axis of bytes are round in KiB and MiB.
const BYTE_STEPS = Array.from({ length: 50 }, (_, i) => 2 ** i);

function axes(section) {
  return [
    axis({ size: 34, space: 90, values: (_, at) => marks(at, "ns") }),
    axis({ size: GUTTER, space: 34, incrs: section.unit === "bytes" ? BYTE_STEPS : undefined, values: (_, at) => marks(at, section.unit) }),
  ];
}

// Bands behind the lines: when the collector marked, when the world stood.
function drawBands(section) {
  return (u) => {
    for (const band of section.bands || []) {
      u.ctx.fillStyle = theme.color(`band-${band.color}`);
      for (let i = 0; i < band.times.length; i += 2) {
        const left = Math.max(u.valToPos(band.times[i], "x", true), u.bbox.left);
        const right = Math.min(u.valToPos(band.times[i + 1], "x", true), u.bbox.left + u.bbox.width);
        if (right >= left) u.ctx.fillRect(left, u.bbox.top, Math.max(1, right - left), u.bbox.height);
      }
    }
  };
}

function seriesOf(section, one, isShown) {
  const color = theme.color(one.color);
  const stepped = uPlot.paths.stepped({ align: 1 });
  return {
    label: one.name, show: isShown, stroke: color, width: section.piled ? 1 : 1.5,
    fill: section.piled ? color : undefined, dash: one.dash ? [5, 4] : undefined,
    spanGaps: true, points: { show: false }, paths: section.steps || one.steps ? stepped : undefined,
  };
}

// What is on top is drawn first, so that what is below it covers it.
function options(section, state, width) {
  const order = section.series.map((_, i) => i);
  if (section.piled) order.reverse();
  return {
    width, height: HEIGHT, padding: [10, 12, 0, 0], axes: axes(section),
    legend: { show: false },
    scales: { x: { time: false, range: () => view.now }, y: { range: (_, low, high) => [0, (high || 1) * 1.06] } },
    cursor: { sync: { key: "time" }, drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
    series: [{}, ...order.map((i) => seriesOf(section, section.series[i], state.isShown[i]))],
    hooks: {
      drawClear: [drawBands(section)],
      setCursor: [(u) => state.show(u.cursor.idx)],
      setSelect: [(u) => {
        const { left, width: wide } = u.select;
        if (wide > 3) view.set(u.posToVal(left, "x"), u.posToVal(left + wide, "x"));
        u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      }],
    },
    order,
  };
}

// A line each for the values under the cursor; a click hides or shows one.
function legend(section, state, redraw) {
  const time = el("span", { class: "at" });
  const keys = section.series.map((one, i) => {
    const value = el("b");
    const key = el("button", { type: "button", class: "key", "aria-pressed": String(state.isShown[i]), click: () => {
      state.isShown[i] = !state.isShown[i];
      key.setAttribute("aria-pressed", String(state.isShown[i]));
      redraw();
    } }, el("i", { class: one.dash ? "dash" : null, style: `--tint: var(--${one.color})` }), one.name, value);
    return { key, value };
  });
  state.show = (at) => {
    const isAt = at !== null && at !== undefined;
    time.textContent = isAt ? `at ${shown(section.x[at], "ns")}` : "";
    keys.forEach(({ value }, i) => {
      value.textContent = isAt ? shown(section.series[i].values[at], section.unit) : "";
    });
  };
  const bands = (section.bands || []).map((band) =>
    el("span", { class: "key" }, el("i", { class: "band", style: `--tint: var(--band-${band.color})` }), band.name));
  return el("div", { class: "legend" }, ...keys.map(({ key }) => key), ...bands, time);
}

// The steps that are seen, some 50 of them, as rows.
function rowsOf(section) {
  const [from, to] = view.now;
  const at = section.x.map((_, i) => i).filter((i) => section.x[i] >= from && section.x[i] <= to);
  const every = Math.ceil(at.length / 50);
  return at.filter((_, k) => k % every === 0)
    .map((i) => [section.x[i], ...section.series.map((one) => one.values[i])]);
}

function lines(section) {
  const state = { isShown: section.series.map((one) => !one.hidden), show: () => {} };
  const box = el("div", { class: "plot", role: "img", "aria-label": `${section.title}; a table follows` });
  let plot = null;

  function draw() {
    const width = box.clientWidth || 900;
    const { order, ...rest } = options(section, state, width);
    const values = section.piled ? piled(section.series, state.isShown) : section.series.map((one) => one.values);
    if (plot) plot.destroy();
    plot = new uPlot(rest, [section.x, ...order.map((i) => values[i])], box);
  }

  theme.onChange(draw);
  view.onChange(() => plot && plot.setScale("x", { min: view.now[0], max: view.now[1] }));
  const columns = [{ name: "time", unit: "ns" }, ...section.series.map((one) => ({ name: one.name, unit: section.unit }))];
  return [legend(section, state, draw), box,
    folded("values as a table", () => table({ columns, rows: rowsOf(section), label: section.title }))];
}
