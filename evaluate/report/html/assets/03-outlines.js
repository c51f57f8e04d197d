// Outlines come as small scripts, since a page opened from disk may not read other files.
const KEPT = 600; // photos' masks held at a time
const outlines = new Map(); // "key/file" -> promise of what the script tells, null if it is missing
const waiting = new Map();

window.outlined = (name, told) => waiting.get(name)?.(told);

function outlineOf(photo, row) {
  const name = `${photos.key[photo]}/${row ? row.masks : "truth"}.js`;
  const held = outlines.get(name) ?? load(name);
  outlines.delete(name);
  outlines.set(name, held); // the latest asked for is the last
  if (outlines.size > KEPT) outlines.delete(outlines.keys().next().value);
  return held;
}

function load(name) {
  return new Promise((resolve) => {
    const script = el("script", { src: `html/${name}` });
    const done = (told) => {
      waiting.delete(name);
      script.remove();
      resolve(told);
    };
    waiting.set(name, done);
    script.onerror = () => done(null);
    document.head.append(script);
  });
}

// Truth and a row's mask of a photo; null where there is none.
async function pair(photo, row) {
  if (!photos.key[photo]) return [null, null];
  const none = !row || photo in row.failed;
  return Promise.all([outlineOf(photo, null), none ? null : outlineOf(photo, row)]);
}
