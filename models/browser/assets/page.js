// The page: it starts a worker that loads and runs the network, and passes requests on to it.
//
// window.visited resolves when the first mask is stored: to {visit_s, …} or {error}.
// window.predict(photo) resolves to the seconds of one call. Both are called from Python.

const worker = new Worker("worker.js", { type: "module" });
const waiting = new Map();

worker.onmessage = ({ data: { id, answer } }) => {
  waiting.get(id)(answer);
  waiting.delete(id);
};
worker.onerror = (event) => {
  for (const resolve of waiting.values()) resolve({ error: event.message || "the worker failed" });
  waiting.clear();
};

function ask(id, request) {
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ id, ...request });
  });
}

window.visited = ask("visit", { task: "visit", opened: performance.timeOrigin });

let memory = null; // bytes of the page and its workers, once the browser has answered
window.predict = async (photo) => {
  const answer = await ask(photo.number, { task: "predict", photo });
  return memory ? { ...answer, memory_bytes: memory } : answer;
};

// The browser asks every worker. ONNX Runtime's threads are blocked between calls and never answer;
// the browser gives up on them after a minute.
window.measureMemory = () => {
  if (!self.crossOriginIsolated || !performance.measureUserAgentSpecificMemory) return;
  performance.measureUserAgentSpecificMemory().then(({ bytes }) => (memory = bytes));
};
