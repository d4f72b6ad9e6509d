// Opens the site of docs/ and tells what a reader sees who searches and follows links:
//
//   node site.mjs PLAYWRIGHT CHROMIUM SHOTS FOLDER WORD ...
//
// Nothing but files of FOLDER is served; what else a page asks for is told, and refused.
// Screenshots go into SHOTS.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { args, browser, close, open, tell } from './browser.mjs';

const [shots, folder, ...words] = args;
const home = pathToFileURL(folder).href;

// A file of the site, and of nothing else.
function serve(url) {
  if (!url.startsWith(`${home}/`)) return null;
  const file = fileURLToPath(url.split('#')[0].split('?')[0]);
  return fs.existsSync(file) ? { path: file } : null;
}

const at = (page) => page.url().slice(home.length + 1);
const titles = (page) => page.locator('#found a').evaluateAll((links) => links.map((link) => link.firstChild.textContent));

async function visit(name) {
  const page = await open(`${home}/${name}`, { serve });
  const seen = await page.evaluate(() => ({
    title: document.title,
    wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    here: document.querySelector('nav a[aria-current]')?.textContent ?? null,
    broken: [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).map((image) => image.src),
  }));
  tell({ page: name, ...seen, said: page.said, asked: page.asked });
  await close(page);
}

async function search(word) {
  const page = await open(`${home}/index.html`, { serve });
  await page.keyboard.press('/');
  await page.keyboard.type(word);
  await page.waitForFunction(() => window.searchIndex && !document.getElementById('found').hidden);
  const found = await titles(page);
  const told = { word, found, markup: await page.locator('#found b, #found img, #found script').count() };
  if (await page.locator('#found a').count() > 0) {
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => !url.href.endsWith('/index.html'));
    told.at = at(page);
    told.seen = await page.evaluate(() => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      const box = target.getBoundingClientRect();
      return { text: target.textContent, isSeen: box.top >= 0 && box.top < innerHeight };
    });
  }
  tell({ ...told, said: page.said, asked: page.asked });
  await close(page);
}

// From the beginning to the cookbook by the navigation, and on by a link of the text.
async function follow() {
  const page = await open(`${home}/index.html`, { serve });
  await page.locator('nav a', { hasText: 'Cookbook' }).click();
  await page.waitForURL(/cookbook\.html$/);
  const first = at(page);
  await page.locator('nav li ul a', { hasText: 'Locks' }).click();
  const heading = at(page);
  await page.locator('main a', { hasText: 'faults.go' }).first().click();
  await page.waitForURL(/source-/);
  tell({ followed: [first, heading, at(page)], text: await page.locator('pre').first().textContent(), said: page.said, asked: page.asked });
  await close(page);
}

async function themes() {
  const papers = {};
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(`${home}/gallery.html`, { serve, colorScheme });
    papers[colorScheme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.screenshot({ path: path.join(shots, `site-${colorScheme}.png`) });
    await close(page);
  }
  const page = await open(`${home}/index.html`, { serve, viewport: { width: 390, height: 800 } });
  const isWide = await page.evaluate(() => document.documentElement.scrollWidth > 390);
  await page.screenshot({ path: path.join(shots, 'site-phone.png') });
  await close(page);
  tell({ papers, isWide });
}

for (const name of fs.readdirSync(folder).filter((file) => /^[^-]*\.html$|^one-liners/.test(file)).sort()) await visit(name);
for (const word of words) await search(word);
await follow();
await themes();
await browser.close();
