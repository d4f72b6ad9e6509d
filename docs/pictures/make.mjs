// Takes the pictures: node make.mjs PLAYWRIGHT CHROMIUM FOLDER OUT       (docs/pictures/make)
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [playwright, executablePath, folder, out] = process.argv.slice(2);
const { chromium } = createRequire(`${playwright}/`)(playwright);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

async function report(name, file, part, colorScheme, height) {
  const page = await browser.newPage({ viewport: { width: 1180, height }, colorScheme });
  await page.goto(`${pathToFileURL(`${folder}/${file}`).href}${part ? `#${part}` : ''}`);
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${out}/${name}.png` });
  await page.close();
}

// What a terminal shows, as spans: the colours that gotrace-lua uses.
const COLORS = { 1: 'bold', 2: 'dim', 32: 'green', 33: 'yellow', 34: 'blue', '30;46': 'oncyan', '30;43': 'onyellow' };
const STYLE = `body { margin: 0; background: #16191d } pre { display: inline-block; margin: 0; padding: 14px 18px; color: #d7dce2;
  font: 13px/1.32 "DejaVu Sans Mono", monospace } .bold { font-weight: 700; color: #fff } .dim { color: #66717e } .green { color: #4cc38a }
  .yellow { color: #e6b450 } .blue { color: #7aa7f0 } .oncyan { background: #2f6f78; color: #fff } .onyellow { background: #8a6a24; color: #fff }`;

async function terminal(name) {
  const page = await browser.newPage({ viewport: { width: 900, height: 600 } });
  await page.setContent(`<style>${STYLE}</style><pre></pre>`);
  await page.evaluate(([text, colors]) => {
    const pre = document.querySelector('pre');
    for (const part of text.split(/(?=\x1b\[)/)) {
      const [, code, rest] = /^(?:\x1b\[([\d;]*)m)?([^]*)$/.exec(part);
      const span = document.createElement('span');
      span.className = colors[code] || '';
      span.textContent = rest;
      pre.append(span);
    }
  }, [fs.readFileSync(`${folder}/${name}.txt`, 'utf8').trimEnd(), COLORS]);
  await page.locator('pre').screenshot({ path: `${out}/${name}.png` });
  await page.close();
}

await report('report', 'faults.html', null, 'light', 760);
await report('report-plots', 'faults.html', 'states', 'light', 860);
await report('report-dark', 'gc.html', 'heap', 'dark', 800);
await terminal('timeline');
await terminal('flame');
await browser.close();
