// The worker: it loads ONNX Runtime and the network, and makes a mask of each photo.
//
// The network is kept in the browser's Cache Storage once the first mask is made, as sites do:
// the HTTP cache does not take files of any size. Times are in seconds.

import { alphaOf, planesOf } from "./recipe.js";

const NETWORK = "network.onnx";
let settings, ort, session;

self.onmessage = async ({ data: { id, task, photo, opened } }) => {
  let answer;
  try {
    answer = task === "visit" ? await visit(opened) : await predict(photo);
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  self.postMessage({ id, answer });
};

// performance.now() counts from the worker's own start, timeOrigin + now() from 1970.
const now = () => (performance.timeOrigin + performance.now()) / 1000;

async function visit(opened) {
  settings = await (await fetch("settings.json")).json();
  const adapter = settings.backend === "webgpu" ? await describeAdapter() : "";
  const start = now();
  ort = await import(settings.runtime);
  ort.env.wasm.wasmPaths = new URL("ort/", self.location).href;
  ort.env.wasm.numThreads = settings.threads;
  ort.env.logLevel = "error";
  const cache = await caches.open("networks");
  const stored = await cache.match(NETWORK);
  const bytes = await (stored ?? (await fetch(NETWORK))).arrayBuffer();
  const fetched = now();
  session = await ort.InferenceSession.create(bytes, { executionProviders: [settings.backend] });
  checkNetwork();
  const created = now();
  await predict(settings.first_photo);
  const done = now();
  if (!stored) await cache.put(NETWORK, new Response(bytes));
  return {
    visit_s: done - opened / 1000,
    fetch_s: fetched - start,
    session_s: created - fetched,
    first_call_s: done - created,
    cached: Boolean(stored),
    adapter,
    isolated: self.crossOriginIsolated,
    threads: ort.env.wasm.numThreads,
  };
}

async function describeAdapter() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error("no WebGPU adapter");
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = [vendor, architecture, device, description].filter(Boolean).join(" ");
  return name + (isFallbackAdapter ? " (fallback)" : "");
}

function checkNetwork() {
  const [{ shape }] = session.inputMetadata;
  const given = [1, 3, ...settings.size];
  const isFree = (length) => typeof length !== "number" || length >= 2 ** 31; // a name, or -1
  const fits = shape?.every((length, i) => isFree(length) || length === given[i]);
  if (shape?.length !== 4 || !fits)
    throw new Error(`the network takes [${shape}], not [${given}]; set model.size`);
  if (settings.output && !session.outputNames.includes(settings.output))
    throw new Error(`model.output=${settings.output}: the network has ${session.outputNames}`);
}

async function predict({ number, width, height }) {
  const request = await fetch(`photo/${number}`, { cache: "no-store" });
  const rgb = new Uint8Array(await request.arrayBuffer());
  const start = performance.now();
  const [name] = session.inputNames;
  const planes = planesOf(rgb, width, height, settings);
  const { type } = session.inputMetadata[0];
  const values = type === "float16" ? Float16Array.from(planes) : planes;
  const input = new ort.Tensor(type, values, [1, 3, ...settings.size]);
  const fed = performance.now();
  const output = settings.output ?? session.outputNames[0];
  const answer = (await session.run({ [name]: input }, [output]))[output];
  const data = await answer.getData();
  const ran = performance.now();
  const alpha = alphaOf(data, answer.dims, width, height, settings);
  const done = performance.now();
  await fetch(`mask/${number}`, { method: "POST", body: alpha });
  answer.dispose();
  return { network_s: (ran - fed) / 1000, page_s: (done - start) / 1000 };
}
