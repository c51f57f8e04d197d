// What is laid over a photo: paths in the units that the outlines have.
let clips = 0;

const tinted = (parts) => [
  ...parts.map(({ path, kind }) => svg("path", { d: path, class: `fill ${kind}` })),
  ...parts.map(({ path, kind }) => svg("path", { d: path, class: `outline ${kind}` }))];

// Dark below all of them, so that they are seen on paper and where one runs along another.
const outlined = (parts) => [
  ...parts.map(({ path }) => svg("path", { d: path, class: "halo" })),
  ...parts.map(({ path, kind }) => svg("path", { d: path, class: `outline ${kind}` }))];

// Both outlines in one path: by the even-odd rule it fills where the two differ.
function difference(truth, mask) {
  const id = `clip${++clips}`;
  const both = { d: truth + mask, "fill-rule": "evenodd" };
  return svg("g", { class: "marks" },
    svg("clipPath", { id }, svg("path", { d: truth, "clip-rule": "evenodd" })),
    svg("path", { ...both, class: "extra" }),
    svg("path", { ...both, class: "missed", "clip-path": `url(#${id})` }));
}

// Everything outside the mask covered: the cut-out as it would be used.
const veil = (path, [width, height]) =>
  svg("path", { d: `M0 0h${width}v${height}h-${width}z${path}`, class: "veil" });
