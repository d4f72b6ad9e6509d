// view.js: the part of the trace's time that all plots over time show. A drag over one of
// them zooms all.
const view = { all: [0, 1], now: [0, 1], watchers: [] };

const LEAST_NS = 10; // that can be seen at once

view.begin = (from, to) => {
  view.all = [from, Math.max(to, from + LEAST_NS)];
  view.now = view.all.slice();
};

view.isWhole = () => view.now[0] === view.all[0] && view.now[1] === view.all[1];

view.onChange = (watcher) => {
  view.watchers.push(watcher);
};

view.set = (from, to) => {
  const [first, last] = view.all;
  const span = Math.min(Math.max(to - from, LEAST_NS), last - first);
  const start = Math.round(Math.min(Math.max(from, first), last - span));
  const end = Math.min(last, Math.round(start + span));
  if (start === view.now[0] && end === view.now[1]) return;
  view.now = [start, end];
  view.watchers.forEach((watcher) => watcher());
};

view.reset = () => view.set(...view.all);

view.pan = (share) => {
  const [from, to] = view.now;
  const by = (to - from) * share;
  view.set(from + by, to + by);
};

view.zoom = (factor) => {
  const [from, to] = view.now;
  const middle = (from + to) / 2;
  const half = ((to - from) * factor) / 2;
  view.set(middle - half, middle + half);
};
