// Judges files, by the tools of npm packages:
//
//   node judge.mjs speedscope SPEEDSCOPE JSONSCHEMA <FILES     speedscope's own schema
//   node judge.mjs otlp PROTOBUF DESCRIPTORS <FILES            OpenTelemetry's messages, as JSON
//
// FILES are names, one a line. What is wrong is a line: the file, TAB, why.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [kind, first, second] = process.argv.slice(2);

function speedscope() {
  const schema = JSON.parse(fs.readFileSync(`${first}/dist/release/file-format-schema.json`));
  const { Validator } = createRequire(import.meta.url)(`${second}/lib/index.js`);
  const validator = new Validator();
  return (file) => validator.validate(JSON.parse(fs.readFileSync(file)), schema).errors.map(String);
}

// The protocol's JSON has ids in hexadecimal, where protobuf's own has base64.
function base64(request) {
  for (const span of request.resourceSpans.flatMap((r) => r.scopeSpans).flatMap((s) => s.spans)) {
    for (const [name, length] of [['traceId', 32], ['spanId', 16], ['parentSpanId', 16]]) {
      if (name === 'parentSpanId' && !(name in span)) continue;
      if (!new RegExp(`^[0-9a-f]{${length}}$`).test(span[name]) || /^0*$/.test(span[name])) throw new Error(`${name} ${span[name]}`);
      span[name] = Buffer.from(span[name], 'hex').toString('base64');
    }
  }
  return request;
}

// An unknown field, a value of another type, an enum that there is not: each is refused.
async function otlp() {
  const esm = pathToFileURL(`${first}/dist/esm/`).href;
  const { createFileRegistry, fromBinary, fromJson, toBinary } = await import(`${esm}index.js`);
  const { FileDescriptorSetSchema } = await import(`${esm}wkt/index.js`);
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, fs.readFileSync(second)));
  const message = registry.getMessage('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest');
  const check = (line) => {
    if (toBinary(message, fromJson(message, base64(JSON.parse(line)))).length < 100) throw new Error('an empty message');
  };
  return (file) => {
    const wrong = [];
    for (const [i, line] of fs.readFileSync(file, 'utf8').split('\n').slice(0, -1).entries()) {
      try { check(line); } catch (error) { wrong.push(`line ${i + 1}: ${error.message}`); }
    }
    return wrong;
  };
}

const judge = await { speedscope, otlp }[kind]();
for (const file of fs.readFileSync(0, 'utf8').split('\n').filter((line) => line)) {
  let wrong;
  try { wrong = judge(file); } catch (error) { wrong = [error.message]; }
  for (const why of wrong) console.log(`${file}\t${why}`);
}
