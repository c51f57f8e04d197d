// The data written by evaluate/report/html/page_data.py, and helpers that every part uses.
const page = JSON.parse(document.getElementById("data").textContent);
const { photos, rows } = page;
const TRUTH = "*truth"; // row names have no star
const rowByName = new Map(rows.map((row) => [row.name, row]));
const photoById = new Map(photos.id.map((id, index) => [id, index]));
const EDGE = page.margin + 1e-12; // as evaluate/compare/statistics.py counts

function outcome(first, second, photo) {
  const difference = first.iou[photo] - second.iou[photo];
  return difference > EDGE ? "win" : difference < -EDGE ? "loss" : "tie";
}

function seconds(value) {
  if (value === null) return "";
  return value < 0.001 ? "<0.001 s" : `${value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 1)} s`;
}

// A length to three digits, at most two decimals.
function short(value) {
  return value === null ? "–" : value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

function median(values) {
  const sorted = [...values].sort((x, y) => x - y);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// Make HTML and SVG elements. Strings become text nodes, never markup.
const SVG = "http://www.w3.org/2000/svg";

function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}
