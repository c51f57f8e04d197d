// The four views of a photo. A scene has the photo, truth, a and b; each of these three has
// `label`, `row` (null for the ground truth), `path` ("" without a mask) and `kind`.
const hidden = new Set(); // the kinds that are switched off

const VIEWS = {
  overlay: (scene) => [pane(scene, [], tinted(shown(scene)))],
  contour: (scene) => [pane(scene, [], outlined(shown(scene)))],
  slider: (scene) => [pane(scene, [scene.a, scene.b], halves(scene))],
  difference: (scene) => compared(scene).map((part) =>
    pane(scene, [part], [difference(scene.truth.path, part.path)], "pale")),
};

const KEYS = {
  overlay: (scene) => switches(scene),
  contour: (scene) => switches(scene),
  slider: () => [],
  difference: () => [key("missed", "missed"), key("extra", "excess")].map((words) => el("span", {}, ...words)),
};

const distinct = ({ truth, a, b }) => [truth, a, b].filter((part) => part.row || part === truth);
const shown = (scene) => distinct(scene).filter(({ kind }) => !hidden.has(kind));

// What is compared with the ground truth: one pane if A and B are equal.
function compared({ a, b }) {
  const parts = a.row === b.row ? [a] : [a, b];
  return parts.some(({ row }) => row) ? parts.filter(({ row }) => row) : [a];
}

function pane(scene, parts, layers, look = "") {
  const [width, height] = scene.size;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": description(scene, parts) },
    svg("image", { href: scene.source, width, height, class: look, preserveAspectRatio: "none" }), ...layers);
  return el("figure", {}, parts.length ? el("figcaption", {}, ...parts.map((part) => caption(scene, part))) : null, picture);
}

function description(scene, parts) {
  const named = (parts.length ? parts : distinct(scene)).map((part) => `${part.label}${quality(scene, part)}`);
  return `${photos.id[scene.photo]}: ${named.join(", ")}`;
}

function quality({ photo }, { row }) {
  if (!row) return "";
  if (row.failed[photo]) return `, ${row.failed[photo][0]}`;
  return `, IoU ${row.iou[photo].toFixed(3)}${row.fits[photo] === false ? verdictAt(row, photo) : ""}`;
}

const key = (kind, words) => [el("i", { class: `key ${kind}` }), words];
const caption = (scene, part) => el("span", {}, `${part.kind.toUpperCase()}: ${part.label}${quality(scene, part)}`);

function switches(scene) {
  return distinct(scene).map(({ kind, label }) => {
    const button = el("button", { type: "button", "aria-pressed": String(!hidden.has(kind)) }, ...key(kind, label));
    button.addEventListener("click", () => {
      if (!hidden.delete(kind)) hidden.add(kind);
      showViewer();
      document.querySelector(`#legend .${kind}`)?.closest("button").focus();
    });
    return button;
  });
}

function halves({ a, b, size }) {
  const half = (name, { path }) => [
    svg("clipPath", { id: name }, svg("rect", { y: 0, height: size[1] })),
    svg("g", { "clip-path": `url(#${name})` }, veil(path, size))];
  return [...half("left", a), ...half("right", b), svg("line", { class: "edge", y1: 0, y2: size[1] })];
}
