// Outlines are loaded as small scripts, since a page opened from disk may not read other files.
const KEPT = 600; // outlines kept in memory
const outlines = new Map(); // "key/file" -> promise of the outlines, null if the file is missing
const waiting = new Map();

window.outlined = (name, outline) => waiting.get(name)?.(outline);

function outlineOf(photo, row) {
  const name = `${photos.key[photo]}/${row ? row.masks : "truth"}.js`;
  const outline = outlines.get(name) ?? load(name);
  outlines.delete(name);
  outlines.set(name, outline); // the most recently used is last
  if (outlines.size > KEPT) outlines.delete(outlines.keys().next().value);
  return outline;
}

function load(name) {
  return new Promise((resolve) => {
    const script = el("script", { src: `html/${name}` });
    const done = (outline) => {
      waiting.delete(name);
      script.remove();
      resolve(outline);
    };
    waiting.set(name, done);
    script.onerror = () => done(null);
    document.head.append(script);
  });
}

// Outlines of a photo's ground truth and of a row's mask; null where there is none.
async function pair(photo, row) {
  if (!photos.key[photo]) return [null, null];
  const none = !row || photo in row.failed;
  return Promise.all([outlineOf(photo, null), none ? null : outlineOf(photo, row)]);
}
