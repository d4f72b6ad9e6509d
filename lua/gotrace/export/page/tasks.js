// tasks.js: the slowest tasks: where the time of each went, and, opened, in which order.
const WORDS = [["exec", "run", "ran"], ["sched_wait", "ready", "waited for a P"], ["syscall", "sys", "in a syscall"],
  ["block", "wait", "blocked"], ["nobody", "nobody", "nobody at work"]];

function piece([word, color, name], task) {
  const ns = task.by[word] || 0;
  const share = (100 * ns) / Math.max(1, task.to - task.from);
  return ns > 0 ? el("span", { style: `width: ${share}%; --tint: var(--${color})`, title: `${name}: ${shown(ns, "ns")}` }) : null;
}

const PATH = [{ name: "at", unit: "ns" }, { name: "for", unit: "ns", bar: "wait" }, { name: "what" }, { name: "goroutine", code: true },
  { name: "ended by", code: true }, { name: "place", code: true }];

function taskOf(task, most) {
  const total = task.to - task.from;
  return el("details", { class: "task" },
    el("summary", null,
      el("span", { class: "who" }, el("b", null, `${task.id}`), ` ${task.name}`),
      el("span", { class: "total" }, shown(total, "ns")),
      el("span", { class: "split" }, el("span", { class: "whole", style: `width: ${(100 * total) / most}%` },
        ...WORDS.map((word) => piece(word, task)))),
      el("span", { class: "mostly" }, task.mostly)),
    el("p", { class: "note" }, `Begun at ${shown(task.from, "ns")}: `, WORDS.filter(([word]) => task.by[word] > 0)
      .map(([word, , name]) => `${name} ${shown(task.by[word], "ns")}`).join(", "), "."),
    table({ columns: PATH, rows: task.parts, label: "the task's path" }),
    task.more ? el("p", { class: "note" }, task.more) : null);
}

function tasks(section) {
  const most = Math.max(1, ...section.rows.map((task) => task.to - task.from));
  const keys = WORDS.filter(([word]) => section.rows.some((task) => task.by[word] > 0)).map(([, color, name]) =>
    el("span", { class: "key" }, el("i", { style: `--tint: var(--${color})` }), name));
  return [el("div", { class: "legend" }, ...keys), el("div", { class: "tasks" }, ...section.rows.map((task) => taskOf(task, most)))];
}
