// Resizing of uint8 pictures, height × width × channels, in the integer arithmetic of OpenCV and
// Pillow, so that a network's input does not depend on where it runs.

// OpenCV's INTER_LINEAR: each pixel from its four neighbours, with weights of 11 bits.
export function linear(source, width, height, channels, newWidth, newHeight) {
  const across = neighbours(width, newWidth);
  const down = neighbours(height, newHeight);
  const length = newWidth * channels;
  const result = new Uint8Array(length * newHeight);
  const rows = [new Int32Array(length), new Int32Array(length)];
  const held = [-1, -1];
  const row = (y) => {
    const place = y & 1; // two neighbouring rows never share a place
    if (held[place] !== y) {
      held[place] = y;
      blendRow(source, y * width * channels, channels, across, rows[place]);
    }
    return rows[place];
  };
  for (let y = 0; y < newHeight; y++) {
    const above = row(down.first[y]);
    const below = row(Math.min(down.first[y] + 1, height - 1));
    const share = down.share[y];
    const rest = 2048 - share;
    for (let i = 0, at = y * length; i < length; i++, at++)
      result[at] = (((rest * (above[i] >> 4)) >> 16) + ((share * (below[i] >> 4)) >> 16) + 2) >> 2;
  }
  return result;
}

function neighbours(length, newLength) {
  const first = new Int32Array(newLength);
  const share = new Int32Array(newLength); // of the second neighbour, of 2048
  for (let i = 0; i < newLength; i++) {
    const place = Math.min(Math.max(((i + 0.5) * length) / newLength - 0.5, 0), length - 1);
    first[i] = Math.floor(place);
    share[i] = Math.round((place - first[i]) * 2048);
  }
  return { first, share, last: length - 1 };
}

function blendRow(source, offset, channels, { first, share, last }, row) {
  for (let x = 0, at = 0; x < first.length; x++) {
    const left = offset + first[x] * channels;
    const right = first[x] < last ? left + channels : left;
    for (let channel = 0; channel < channels; channel++, at++)
      row[at] = source[left + channel] * (2048 - share[x]) + source[right + channel] * share[x];
  }
}

const FILTERS = {
  bilinear: [1, (x) => Math.max(1 - Math.abs(x), 0)],
  lanczos: [3, (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0)],
};
const sinc = (x) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));
const BITS = 22; // of Pillow's weights

// Pillow's resize: all pixels under the filter count, which is widened for shrinking.
export function pillow(name) {
  return (source, width, height, channels, newWidth, newHeight) => {
    const across = weights(width, newWidth, ...FILTERS[name]);
    const down = weights(height, newHeight, ...FILTERS[name]);
    const narrow = new Uint8Array(newWidth * height * channels);
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < newWidth; x++)
        for (let channel = 0; channel < channels; channel++, at++) {
          const start = (y * width + across.first[x]) * channels + channel;
          narrow[at] = weighted(source, start, channels, across, x);
        }
    const length = newWidth * channels;
    const result = new Uint8Array(length * newHeight);
    for (let y = 0, at = 0; y < newHeight; y++)
      for (let i = 0; i < length; i++, at++)
        result[at] = weighted(narrow, down.first[y] * length + i, length, down, y);
    return result;
  };
}

function weighted(source, start, step, { values, count, most }, index) {
  let sum = 1 << (BITS - 1);
  const from = index * most;
  for (let i = from, at = start; i < from + count[index]; i++, at += step)
    sum = (sum + source[at] * values[i]) | 0;
  const level = sum >> BITS;
  return level < 0 ? 0 : level > 255 ? 255 : level;
}

function weights(length, newLength, radius, filter) {
  const scale = length / newLength;
  const widened = Math.max(scale, 1);
  const support = radius * widened;
  const most = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(newLength);
  const count = new Int32Array(newLength);
  const values = new Int32Array(newLength * most);
  for (let i = 0; i < newLength; i++) {
    const centre = (i + 0.5) * scale;
    first[i] = Math.max(Math.trunc(centre - support + 0.5), 0);
    count[i] = Math.min(Math.trunc(centre + support + 0.5), length) - first[i];
    const raw = Array.from({ length: count[i] }, (_, at) =>
      filter((at + first[i] - centre + 0.5) / widened),
    );
    const total = raw.reduce((sum, value) => sum + value, 0);
    raw.forEach((value, at) => {
      values[i * most + at] = Math.round((value / total) * (1 << BITS));
    });
  }
  return { values, count, first, most };
}
