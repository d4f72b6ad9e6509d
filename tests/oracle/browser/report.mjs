// Opens pages of `report` and tells what is in them, and what keys do:
//
//   node report.mjs PLAYWRIGHT CHROMIUM FOLDER all|open FILE ...
//
// Screenshots go into FOLDER; open: what is in them is all that is told.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { args, browser, close, open, tell } from './browser.mjs';

const [folder, how, ...files] = args;

const settle = (page) => page.waitForTimeout(150);
const theme = (page) => page.evaluate(() => document.documentElement.dataset.theme);
const part = (page) => page.evaluate(() => decodeURIComponent(location.hash.slice(1)).split('@')[0]);
const zoom = (page) => page.evaluate(() => (document.querySelector('.zoomed').hidden ? 'all' : document.querySelector('.zoomed span').textContent));

// Whether something is drawn on each canvas that is seen: more than one colour.
const drawn = (page) => page.evaluate(() => [...document.querySelectorAll('canvas')].map((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colors = new Set();
  for (let i = 0; i < data.length; i += 4) colors.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return colors.size > 1;
}));

async function keys(page) {
  const did = {};
  const press = async (key) => { await page.keyboard.press(key); await settle(page); };
  await press('n');
  await press('n');
  did.next = await part(page);
  await press('p');
  did.before = await part(page);
  const was = await theme(page);
  await press('t');
  did.turned = was !== await theme(page);
  await press('t');
  did.back = was === await theme(page);
  await press('?');
  did.help = await page.evaluate(() => document.querySelector('dialog').open);
  await press('Escape');
  did.closed = await page.evaluate(() => !document.querySelector('dialog').open);
  await press('+');
  did.closer = await zoom(page);
  await press('ArrowRight');
  did.later = await zoom(page);
  did.link = await page.evaluate(() => location.hash);
  await press('0');
  did.all = await zoom(page);
  await press('/');
  did.filter = await page.evaluate(() => document.activeElement.className);
  await page.keyboard.type('n0');
  did.typed = await page.evaluate(() => document.activeElement.value);
  return did;
}

async function tables(page) {
  return page.evaluate(() => {
    const head = document.querySelector('#goroutines th.number button');
    const column = () => [...document.querySelectorAll('#goroutines tbody tr')].map((row) => row.children[1].textContent);
    if (!head) return null;
    head.click();
    const down = column();
    head.click();
    return { down, up: column(), sort: head.parentElement.getAttribute('aria-sort') };
  });
}

async function icicle(page) {
  const canvas = page.locator('canvas.icicle').first();
  if (await canvas.count() === 0) return null;
  await canvas.focus();
  await page.keyboard.press('ArrowDown');
  const said = await page.locator('.said').first().textContent();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  return said;
}

// What "Save as" keeps: the page as it is now, opened again.
async function saved(page, name) {
  const file = path.join(folder, `${name}-saved.html`);
  fs.writeFileSync(file, await page.content());
  const again = await open(pathToFileURL(file).href);
  await settle(again);
  const found = { sections: await again.locator('#page section').count(), said: again.said };
  await close(again);
  fs.unlinkSync(file);
  return found;
}

async function printed(page, name) {
  const file = path.join(folder, `${name}.pdf`);
  await page.pdf({ path: file, format: 'A4', printBackground: true });
  await page.emulateMedia({ media: 'print' });
  const isHidden = await page.evaluate(() => getComputedStyle(document.querySelector('nav')).display === 'none');
  await page.emulateMedia({ media: 'screen' });
  return { bytes: fs.statSync(file).size, isHidden };
}

const rows = (page) => page.evaluate(() => ({
  title: document.title,
  sections: [...document.querySelectorAll('#page section')].map((node) => node.id),
  claims: [...document.querySelectorAll('.finding h3')].map((node) => node.textContent),
  commands: [...document.querySelectorAll('.finding code')].map((node) => node.textContent),
  text: document.getElementById('page').innerText,
  strange: document.querySelectorAll('#page script, #page iframe, #page img, #page link').length,
  pwned: window.pwned === true,
}));

for (const file of files) {
  const name = path.basename(file, '.html');
  const url = pathToFileURL(file).href;
  const page = await open(url);
  await settle(page);
  const answer = { file, ...await rows(page), drawn: await drawn(page), said: page.said, asked: page.asked };
  if (how === 'open') {
    await close(page);
    tell({ ...answer, text: '' });
    continue;
  }
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
  answer.keys = await keys(page);
  answer.tables = await tables(page);
  answer.icicle = await icicle(page);
  answer.saved = await saved(page, name);
  answer.printed = await printed(page, name);
  answer.said = page.said;
  answer.asked = page.asked;
  await close(page);
  const night = await open(`${url}#heap@1000-900000`, { colorScheme: 'dark' });
  await settle(night);
  answer.dark = { theme: await theme(night), zoom: await zoom(night), said: night.said, asked: night.asked,
    paper: await night.evaluate(() => getComputedStyle(document.body).backgroundColor) };
  await night.evaluate(() => { window.location.hash = 'findings'; });
  await settle(night);
  await night.screenshot({ path: path.join(folder, `${name}-dark.png`), fullPage: true });
  await close(night);
  tell(answer);
}
await browser.close();
