// Opens files of `chrome` in the trace viewer that Go ships, on the page that `go tool trace`
// serves, and tells what it reads, of these and of what Go itself gives that page:
//
//   node catapult.mjs PLAYWRIGHT CHROMIUM FOLDER GOROOT TOOL {TRACE FILE} ...
//
// Screenshots go into FOLDER; TOOL is Go's cmd/trace; TRACE is - where Go's own is not looked at.
// The page and its parts come from the toolchain's sources; its address is none that is asked.
import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { args, browser, close, open, tell } from './browser.mjs';

const [folder, goroot, tool, ...files] = args;
const sources = `${goroot}/src/internal/trace/traceviewer`;

// The page is a constant of Go's: `var templTrace`, between backquotes.
const page = /var templTrace = `([^`]*)`/.exec(fs.readFileSync(`${sources}/http.go`, 'utf8'))[1];
const address = 'http://go-tool-trace.test';

const server = (file) => (url) => {
  const { origin, pathname } = new URL(url);
  if (origin !== address) return null;
  if (pathname === '/trace') return { contentType: 'text/html', body: page.replaceAll('{{PARAMS}}', '') };
  if (pathname === '/jsontrace') return { contentType: 'application/json', body: fs.readFileSync(file) };
  if (pathname === '/favicon.ico') return { status: 204 };
  const part = `${sources}/static/${path.basename(pathname)}`;
  return pathname.startsWith('/static/') ? { path: part } : null;
};

// What the viewer's model has; the warnings of its import first.
const read = () => {
  const { model } = document.querySelector('#trace-viewer');
  const count = { slices: 0, stacks: 0, asyncs: 0 };
  for (const event of model.getDescendantEvents()) {
    if (event instanceof tr.model.ThreadSlice) {
      count.slices += 1;
      if (event.startStackFrame) count.stacks += 1;
    }
    if (event instanceof tr.model.AsyncSlice) count.asyncs += 1;
  }
  const processes = Object.values(model.processes);
  return {
    warnings: model.importWarnings.map((warning) => `${warning.type}: ${warning.message}`).sort(), ...count,
    flows: model.flowEvents.length, frames: Object.keys(model.stackFrames).length,
    processes: processes.map((one) => one.name).sort(),
    counters: processes.flatMap((one) => Object.values(one.counters).map((counter) => counter.name)).sort(),
    threads: processes.flatMap((one) => Object.values(one.threads).map((thread) => thread.name)).filter(Boolean).sort(),
  };
};

async function look(file, shot) {
  const viewer = await open(`${address}/trace`, { serve: server(file) });
  await viewer.waitForFunction(() => {
    const node = document.querySelector('#trace-viewer');
    return node && node.model;
  }, null, { timeout: 60000 });
  const answer = { ...await viewer.evaluate(read), said: viewer.said, asked: viewer.asked };
  await viewer.waitForTimeout(500);
  if (shot) await viewer.screenshot({ path: path.join(folder, shot) });
  await close(viewer);
  return answer;
}

// What `go tool trace` serves of a trace, as a file.
async function served(trace, to) {
  const process = spawn(tool, ['-http=127.0.0.1:0', trace], { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    let said = '';
    for await (const part of process.stderr) {
      said += part;
      const found = /listening on (\S+)/.exec(said);
      if (found) {
        const answer = await fetch(`${found[1]}/jsontrace`);
        fs.writeFileSync(to, Buffer.from(await answer.arrayBuffer()));
        return to;
      }
    }
    throw new Error(said);
  } finally {
    process.kill();
  }
}

for (let i = 0; i < files.length; i += 2) {
  const [trace, own] = files.slice(i);
  const name = path.basename(own, '.json');
  const answer = { name, own: await look(own, `catapult-${name}.png`) };
  if (trace !== '-') {
    const theirs = await served(trace, path.join(folder, `${name}.json`));
    answer.theirs = await look(theirs);
    fs.unlinkSync(theirs);
  }
  tell(answer);
}
await browser.close();
