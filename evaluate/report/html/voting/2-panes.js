// Two masks on one photo, at the same zoom, drawn in one of three ways.
const SVG = "http://www.w3.org/2000/svg";
const STYLES = { "cut-out": "view: cut-out", outline: "view: outline", shade: "view: shaded photo" };
const ZOOMS = { object: "zoom: object", difference: "zoom: difference", size: "zoom: whole photo" };
let style = "cut-out";
let zoom = "object";

function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function draw(pane, one, mask, id) {
  const [width, height] = one.size;
  const box = zoom === "size" ? [0, 0, width, height] : one[zoom];
  pane.setAttribute("viewBox", box.join(" "));
  const photo = { href: one.photo, width, height, preserveAspectRatio: "none" };
  if (style === "cut-out") {
    const clip = svg("clipPath", { id }, svg("path", { d: mask.path, "clip-rule": "evenodd" }));
    pane.replaceChildren(clip, svg("image", { ...photo, "clip-path": `url(#${id})` }));
    return;
  }
  const over = style === "outline"
    ? ["rim under", "rim over"].map((name) => svg("path", { class: name, d: mask.path }))
    : [svg("path", { class: "veil", d: `M0 0H${width}V${height}H0z${mask.path}` })];
  pane.replaceChildren(svg("image", photo), ...over);
}

// Which mask stands left: random, but the same again for a voter, who may reload the page.
function sides(one) {
  let hash = 2166136261;
  for (const letter of `${voter} ${one.pair}`) {
    hash = Math.imul(hash ^ letter.codePointAt(0), 16777619);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d); // mix: the last letters alone would decide
  return (hash >>> 16) & 1 ? [...one.masks].reverse() : one.masks;
}

const next = (values, value) => {
  const names = Object.keys(values);
  return names[(names.indexOf(value) + 1) % names.length];
};
