// heat.js: rows of shares over time: how busy each P was.
const ROW_MOST = 18;
const ROW_LEAST = 4;

function rowHeight(section) {
  return Math.max(ROW_LEAST, Math.min(ROW_MOST, Math.floor(420 / section.rows.length)));
}

// A canvas of a size in the page's pixels, sharp on any screen.
function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const c = canvas.getContext("2d");
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, width, height);
  c.font = `11px ${theme.color("font")}`;
  c.textBaseline = "middle";
  return c;
}

function drawHeatAxis(c, width, top) {
  const [from, to] = view.now;
  const room = width - GUTTER - 12;
  const count = Math.max(2, Math.floor(room / 120));
  const raw = (to - from) / count;
  const ten = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((k) => k * ten).find((k) => k >= raw);
  const at = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) at.push(t);
  c.fillStyle = theme.color("soft");
  c.textAlign = "center";
  marks(at, "ns").forEach((text, i) => c.fillText(text, GUTTER + (room * (at[i] - from)) / (to - from), top + 14));
}

// The mean of the steps from one moment to another; null where there are none.
function share(row, section, from, to) {
  const first = Math.max(0, Math.floor((from - section.from) / section.step));
  const last = Math.min(row.values.length, Math.max(first + 1, Math.ceil((to - section.from) / section.step)));
  let sum = 0;
  for (let i = first; i < last; i++) sum += row.values[i];
  return last > first ? sum / (last - first) : 0;
}

// Pixel by pixel, so that steps leave no seams.
function drawHeatRow(c, section, row, y, high, width) {
  const [from, to] = view.now;
  const room = Math.floor(width - GUTTER - 12);
  const each = (to - from) / room;
  c.fillStyle = theme.color("track");
  c.fillRect(GUTTER, y, room, high - 1);
  c.fillStyle = theme.color("run");
  for (let x = 0; x < room; x++) {
    const busy = share(row, section, from + x * each, from + (x + 1) * each);
    if (busy > 0) {
      c.globalAlpha = 0.12 + (0.88 * busy) / 100;
      c.fillRect(GUTTER + x, y, 1, high - 1);
    }
  }
  c.globalAlpha = 1;
}

function heat(section) {
  const canvas = el("canvas", { class: "heat", role: "img", "aria-label": `${section.title}; a table follows` });
  const note = el("span", { class: "at" });
  const high = rowHeight(section);

  function draw() {
    const width = canvas.clientWidth || 900;
    const c = sized(canvas, width, section.rows.length * high + 30);
    const every = Math.ceil(14 / high);
    section.rows.forEach((row, i) => {
      drawHeatRow(c, section, row, 4 + i * high, high, width);
      if (i % every === 0) {
        c.fillStyle = theme.color("soft");
        c.textAlign = "right";
        c.fillText(row.name, GUTTER - 8, 4 + i * high + high / 2);
      }
    });
    drawHeatAxis(c, width, 4 + section.rows.length * high);
  }

  canvas.addEventListener("mousemove", (event) => {
    const row = section.rows[Math.floor((event.offsetY - 4) / high)];
    const share = (event.offsetX - GUTTER) / (canvas.clientWidth - GUTTER - 12);
    const time = view.now[0] + share * (view.now[1] - view.now[0]);
    const value = row && row.values[Math.floor((time - section.from) / section.step)];
    note.textContent = value === undefined || share < 0 ? "" : `${row.name} at ${shown(time, "ns")}: busy for ${value}%`;
  });
  canvas.addEventListener("mouseleave", () => { note.textContent = ""; });
  theme.onChange(draw);
  view.onChange(draw);
  return [el("div", { class: "legend" },
    el("span", { class: "key" }, el("i", { style: "--tint: var(--track)" }), "idle"),
    el("span", { class: "key" }, el("i", { style: "--tint: var(--run)" }), `busy for all of ${shown(section.step, "ns")}`), note), canvas];
}
