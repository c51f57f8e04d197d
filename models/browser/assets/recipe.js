// The work around the network: photo -> input planes, output map -> alpha at the photo's size.
//
// It repeats models/onnx.py and models/imgly.py, so that their masks differ only by the runtime.

import { linear, pillow } from "./resample.js";

// Float32 planes (3×h×w) of a photo (uint8 H×W×3).
export function planesOf(rgb, width, height, { size, resample, divide_by, mean, std }) {
  const [rows, columns] = size;
  const shrink = resample === "linear" ? linear : pillow(resample);
  const small = shrink(rgb, width, height, 3, columns, rows);
  const count = rows * columns;
  const divisor = divide_by === "max" ? Math.max(largest(small), 1) : divide_by;
  const planes = new Float32Array(3 * count);
  for (let channel = 0; channel < 3; channel++) {
    const [middle, spread] = [mean, std].map((v) => (Array.isArray(v) ? v[channel] : v));
    for (let i = 0; i < count; i++)
      planes[channel * count + i] = (small[3 * i + channel] / divisor - middle) / spread;
  }
  return planes;
}

// Alpha (uint8 H×W) of a network's output, whose last two dimensions are the map's.
export function alphaOf(data, dims, width, height, settings) {
  const [rows, columns] = dims.slice(-2);
  if (dims.length < 2 || data.length !== rows * columns)
    throw new Error(`the output has shape [${dims}], which is not a single map`);
  const map = levels(data, settings);
  if (settings.lanczos_back) return pillow("lanczos")(map, columns, rows, 1, width, height);
  const whole = linear(map, columns, rows, 1, width, height);
  return settings.stretch ? stretched(whole) : whole; // interpolation can lose the extremes
}

function levels(data, { activation, stretch, truncate }) {
  let [low, high] = [Infinity, -Infinity];
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = activation === "sigmoid" ? 1 / (1 + Math.exp(-data[i])) : data[i];
    if (!Number.isFinite(value)) throw new Error("the output contains NaN or inf");
    values[i] = value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!stretch) [low, high] = [0, 1];
  const scale = 255 / Math.max(high - low, 1e-6);
  const half = truncate ? 0 : 0.5;
  const map = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++)
    map[i] = (Math.min(Math.max(values[i], low), high) - low) * scale + half;
  return map;
}

function stretched(alpha) {
  let [low, high] = [255, 0];
  for (const level of alpha) {
    if (level < low) low = level;
    if (level > high) high = level;
  }
  const scale = 255 / Math.max(high - low, 1);
  return alpha.map((level) => (level - low) * scale + 0.5);
}

function largest(values) {
  let found = 0;
  for (const value of values) if (value > found) found = value;
  return found;
}
