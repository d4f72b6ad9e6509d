// A page in headless Chromium, without a network: what it asks for beside its own file is
// refused and noted, as is all that it says on its console.
//
//   node WHAT.mjs PLAYWRIGHT CHROMIUM ARGUMENT ...
import { createRequire } from 'node:module';

const [playwright, executablePath] = process.argv.slice(2);
export const args = process.argv.slice(4);

const require = createRequire(`${playwright}/`);
const { chromium } = require(playwright);

// A browser for all pages of a run. It has no sandbox, as in a container it can have none: what
// it opens is our own.
export const browser = await chromium.launch({
  executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--force-color-profile=srgb'],
});

// open(url, { colorScheme, serve }): a page with `said`, what was on its console, and `asked`,
// what it asked for beyond its own file. serve(url): a body for it, for addresses that are not
// files; nil: refused.
export async function open(url, { colorScheme = 'light', viewport = { width: 1366, height: 860 }, serve } = {}) {
  const context = await browser.newContext({ colorScheme, viewport });
  const page = await context.newPage();
  page.said = [];
  page.asked = [];
  page.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type())) page.said.push(message.text());
  });
  page.on('pageerror', (error) => page.said.push(String(error.stack)));
  const own = url.split('#')[0];
  await context.route('**/*', async (route) => {
    const wanted = route.request().url();
    const found = serve && serve(wanted);
    if (found) return route.fulfill(found);
    if (wanted === own && own.startsWith('file:')) return route.continue();
    page.asked.push(wanted);
    return route.abort();
  });
  await page.goto(url);
  return page;
}

export async function close(page) {
  await page.context().close();
}

// A line of JSON for the spec.
export function tell(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
