// theme.js: light or dark, as the system says or as was chosen; printed it is light.
// Canvases take their colours from the page's and are drawn again when these change.
const theme = { redraws: [], chosen: null, isPrinting: false };

const dark = window.matchMedia("(prefers-color-scheme: dark)");

theme.isDark = () => !theme.isPrinting && (theme.chosen ? theme.chosen === "dark" : dark.matches);

// color("run"): what --run is now.
theme.color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

theme.apply = () => {
  document.documentElement.dataset.theme = theme.isDark() ? "dark" : "light";
  theme.redraws.forEach((redraw) => redraw());
};

theme.toggle = () => {
  theme.chosen = theme.isDark() ? "light" : "dark";
  theme.apply();
};

// onChange(redraw): now, and whenever colours or the width change.
theme.onChange = (redraw) => {
  theme.redraws.push(redraw);
};

theme.follow = () => {
  dark.addEventListener("change", theme.apply);
  const print = (isPrinting) => () => {
    theme.isPrinting = isPrinting;
    theme.apply();
  };
  window.addEventListener("beforeprint", print(true));
  window.addEventListener("afterprint", print(false));
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(theme.apply, 100);
  });
};
