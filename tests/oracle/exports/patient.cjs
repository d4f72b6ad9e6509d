// Loaded before profiler-cli: it gives a process of its own half a second to start, in ten looks
// of 50 ms each, which is not enough where much else runs. Each look is 300 ms apart.
const wait = globalThis.setTimeout;
globalThis.setTimeout = (fn, ms, ...rest) => wait(fn, ms === 50 ? 300 : ms, ...rest);
