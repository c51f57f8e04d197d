// SVG layers over a photo, in the units of the outlines.
let clips = 0;

const tinted = (parts) => [
  ...parts.map(({ path, kind }) => svg("path", { d: path, class: `fill ${kind}` })),
  ...parts.map(({ path, kind }) => svg("path", { d: path, class: `outline ${kind}` }))];

// With a dark halo, so that outlines are visible on white paper and where they run along each other.
const outlined = (parts) => [
  ...parts.map(({ path }) => svg("path", { d: path, class: "halo" })),
  ...parts.map(({ path, kind }) => svg("path", { d: path, class: `outline ${kind}` }))];

// Both outlines in one path: the even-odd rule fills the areas where they differ.
function difference(truth, mask) {
  const id = `clip${++clips}`;
  const both = { d: truth + mask, "fill-rule": "evenodd" };
  return svg("g", { class: "marks" },
    svg("clipPath", { id }, svg("path", { d: truth, "clip-rule": "evenodd" })),
    svg("path", { ...both, class: "extra" }),
    svg("path", { ...both, class: "missed", "clip-path": `url(#${id})` }));
}

// Cover everything outside the mask: shows the cut-out as it would be used.
const veil = (path, [width, height]) =>
  svg("path", { d: `M0 0h${width}v${height}h-${width}z${path}`, class: "veil" });
