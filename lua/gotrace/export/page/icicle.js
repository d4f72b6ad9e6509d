// icicle.js: stacks from root (top) to leaf, as wide as what they sum up. A click or Enter
// makes a frame the whole; Escape goes back; the arrows go from frame to frame.
const LAYER = 19; // pixels of a frame

// The frames of a tab as objects: { name, value, depth, from, parent, children }.
function frames(tab, names) {
  const nodes = [{ name: "all", value: tab.total, depth: 0, from: 0, parent: null, children: [] }];
  for (let i = 0; i < tab.values.length; i++) {
    const parent = nodes[tab.parents[i]];
    const from = parent.children.reduce((sum, child) => sum + child.value, parent.from);
    const node = { name: names[tab.names[i]], value: tab.values[i], depth: parent.depth + 1, from, parent, children: [] };
    parent.children.push(node);
    nodes.push(node);
  }
  return nodes;
}

// A steady colour for a name: near ones for functions of one package.
function hue(name) {
  const text = name.replace(/\.[^.]*$/, "");
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return sum;
}

function tint(node, isDark) {
  if (node.depth === 0) return theme.color("track");
  if (node.name.startsWith("[")) return theme.color("wait");
  const light = isDark ? 34 : 82;
  return `hsl(${190 + (hue(node.name) % 70)} ${isDark ? 24 : 38}% ${light - (node.depth % 2) * 3}%)`;
}

function drawFrame(c, node, box, state) {
  const isFound = state.wanted && node.name.toLowerCase().includes(state.wanted);
  c.fillStyle = isFound ? theme.color("accent") : tint(node, theme.isDark());
  c.fillRect(box.left, box.top, Math.max(0.5, box.width - 1), LAYER - 1);
  if (node === state.focus) {
    c.strokeStyle = theme.color("text");
    c.lineWidth = 1.5;
    c.strokeRect(box.left + 1, box.top + 1, Math.max(1, box.width - 3), LAYER - 3);
  }
  if (box.width < 28) return;
  c.fillStyle = isFound ? theme.color("card") : theme.color("text");
  c.save();
  c.beginPath();
  c.rect(box.left, box.top, box.width - 4, LAYER);
  c.clip();
  c.fillText(shortName(node.name), box.left + 5, box.top + LAYER / 2);
  c.restore();
}

function isWithin(node, whole) {
  while (node && node !== whole) node = node.parent;
  return node === whole;
}

function Icicle(section) {
  const state = { tab: section.tabs[0], nodes: [], whole: null, focus: null, wanted: "", boxes: [] };
  const canvas = el("canvas", { class: "icicle", tabindex: 0, role: "img",
    "aria-label": `${section.title}: arrows move, Enter zooms, Escape goes back; a table follows` });
  const note = el("div", { class: "said", "aria-live": "polite" });

  function box(node, width) {
    const { whole } = state;
    const isAbove = node.depth < whole.depth;
    return { top: node.depth * LAYER, left: isAbove ? 0 : ((node.from - whole.from) / whole.value) * width,
      width: isAbove ? width : (node.value / whole.value) * width };
  }

  // What is seen: what the whole is part of, and what is part of it.
  state.draw = () => {
    const width = canvas.clientWidth || 900;
    const deepest = Math.max(...state.nodes.map((node) => node.depth));
    const c = sized(canvas, width, (deepest + 1) * LAYER);
    state.boxes = [];
    for (const node of state.nodes) {
      if (isWithin(node, state.whole) || isWithin(state.whole, node)) {
        const at = box(node, width);
        if (at.width >= 0.4) {
          state.boxes.push([node, at]);
          drawFrame(c, node, at, state);
        }
      }
    }
  };

  state.say = (node) => {
    note.textContent = node ? `${node.name}: ${shown(node.value, state.tab.unit)}, ` +
      `${digits((100 * node.value) / state.nodes[0].value)}% of all` : "";
  };

  state.choose = (tab) => {
    state.tab = tab;
    state.nodes = frames(tab, section.names);
    [state.whole] = state.nodes;
    state.focus = null;
    state.draw();
  };

  state.zoom = (node) => {
    state.whole = node || state.nodes[0];
    state.draw();
  };

  function move(key) {
    const at = state.focus || state.whole;
    const beside = at.parent ? at.parent.children : [at];
    const to = { ArrowDown: at.children[0], ArrowUp: at.parent, ArrowLeft: beside[beside.indexOf(at) - 1],
      ArrowRight: beside[beside.indexOf(at) + 1] }[key];
    state.focus = to || at;
    state.say(state.focus);
    state.draw();
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) move(event.key);
    else if (event.key === "Enter") state.zoom(state.focus);
    else if (event.key === "Escape") state.zoom(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const hit = (event) => {
    const found = state.boxes.find(([, at]) => event.offsetY >= at.top && event.offsetY < at.top + LAYER &&
      event.offsetX >= at.left && event.offsetX < at.left + at.width);
    return found && found[0];
  };
  canvas.addEventListener("mousemove", (event) => state.say(hit(event)));
  canvas.addEventListener("mouseleave", () => state.say(null));
  canvas.addEventListener("click", (event) => state.zoom(hit(event)));
  return { state, canvas, note };
}

// What stands at the ends of stacks: the table beside the picture.
function siteTable(section, tab) {
  return table({ columns: section.columns, rows: tab.rows, label: section.title });
}

function icicle(section) {
  const { state, canvas, note } = Icicle(section);
  const sites = el("div");
  const tabs = section.tabs.map((tab) => el("button", { type: "button", class: "tab", click: () => choose(tab) },
    tab.name, el("b", null, shown(tab.total, tab.unit))));

  function choose(tab) {
    tabs.forEach((button, i) => button.setAttribute("aria-pressed", String(section.tabs[i] === tab)));
    state.choose(tab);
    sites.replaceChildren(siteTable(section, tab));
  }

  const search = el("input", { type: "search", class: "filter", placeholder: "find a function", "aria-label": "find a function",
    input: (event) => { state.wanted = event.target.value.toLowerCase(); state.draw(); } });
  theme.onChange(() => state.nodes.length && state.draw());
  queueMicrotask(() => choose(section.tabs[0]));
  return [el("div", { class: "tabs" }, ...tabs, search), note, el("div", { class: "scroll tall" }, canvas), sites];
}
