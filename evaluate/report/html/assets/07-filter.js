// Filtering and sorting of the photos.
const STATUS = { ok: (failed) => !failed, failed: (failed) => failed };
const FITS = { yes: true, no: false };

const words = photos.id.map((id, photo) =>
  [id, ...Object.values(photos.tags).map((values) => values[photo])].join("\n").toLowerCase());

const spread = photos.id.map((_, photo) => {
  const values = ranked.map((row) => row.iou[photo]);
  return values.length ? Math.max(...values) - Math.min(...values) : 0;
});

const members = new Map(page.slices.map(({ name, gaps }) => {
  let place = 0;
  return [name, new Set(gaps.map((gap) => (place += gap)))];
}));

// A test for photos in a slice of the table, or with a tag's value; anything else keeps every photo.
function within(text) {
  const slice = members.get(text);
  if (slice) return (photo) => slice.has(photo);
  const at = text.indexOf("=");
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 0 || !Object.hasOwn(photos.tags, name)) return () => true;
  return (photo) => photos.tags[name][photo] === value;
}

// The filters in use: the name of a filter's field, and its test.
function inUse() {
  const [row, other] = [model(), rival()];
  const low = state.min === "" ? -Infinity : Number(state.min);
  const high = state.max === "" ? Infinity : Number(state.max);
  const query = state.q.toLowerCase().trim();
  const status = (failure) => STATUS[state.status]?.(Boolean(failure)) ?? failure?.[0] === state.status;
  return [
    other && state.outcome && ["Outcome", (photo) => outcome(row, other, photo) === state.outcome],
    state.slice && ["Slice", within(state.slice)],
    state.status && ["Status", (photo) => status(row.failed[photo])],
    (state.min || state.max) && ["IoU", (photo) => row.iou[photo] >= low && row.iou[photo] <= high],
    page.fit_at && Object.hasOwn(FITS, state.fit) && ["Fit", (photo) => row.fits[photo] === FITS[state.fit]],
    query && ["Search", (photo) => words[photo].includes(query)],
  ].filter(Boolean);
}

function passing(tests = inUse()) {
  return photos.id.map((_, photo) => photo).filter((photo) => tests.every(([, test]) => test(photo)));
}

// Which filter leaves no photo, or which of them do so together.
function excluding() {
  const tests = inUse();
  const [alone] = tests.find((one) => !passing([one]).length) ?? [];
  if (alone) return `: no photo has this ${alone}`;
  return tests.length ? `: none has all of ${tests.map(([name]) => name).join(", ")}` : "";
}

// Lengths are ordered in mm only if the scale of every photo is known.
const UNIT = photos.id.length && photos.mm_per_px.every((scale) => scale !== null) ? "mm" : "px";
const ORDERED_BY = { fit: "fit_px", inside: "inside_px", hd95: "hd95_px" };

function lengthOf(row, name, photo, unit = UNIT) {
  const px = row.measures[name]?.[photo] ?? null;
  return px === null || unit === "px" ? px : px * photos.mm_per_px[photo];
}

// Whether the tool fits its pocket at the report's clearance, in words; empty where it is unknown.
const verdict = (row, photo) => ({ true: "fits", false: "does not fit" })[row.fits[photo]] ?? "";
const verdictAt = (row, photo) => (verdict(row, photo) ? `, ${verdict(row, photo)} at ${page.fit_at}` : "");

function ordered(list) {
  const [row, other] = [model(), rival()];
  const by = ORDERED_BY[state.order];
  const badness = by ? (photo) => -(lengthOf(row, by, photo) ?? -1) : {
    loss: other && ((photo) => row.iou[photo] - other.iou[photo]),
    difference: other && ((photo) => -Math.abs(row.iou[photo] - other.iou[photo])),
    best: (photo) => -row.iou[photo],
    disputed: (photo) => -spread[photo],
    slow: (photo) => -(row.seconds[photo] ?? -1),
    name: () => 0,
  }[state.order] ?? ((photo) => row.iou[photo]);
  return list.sort((x, y) => badness(x) - badness(y) || x - y);
}

let list = [];

function select() {
  list = ordered(passing());
}

// The number of shown photos, and the model's results on them.
function tally() {
  const row = model();
  const shown = `${list.length} of ${photos.id.length} photos`;
  if (!list.length) return shown + excluding();
  if (!row.median) return shown;
  const ious = list.map((photo) => row.iou[photo]);
  const share = Math.round((100 * ious.filter((iou) => iou > 0.9).length) / ious.length);
  const known = list.filter((photo) => verdict(row, photo));
  const fits = known.length ? `, ${known.filter((photo) => row.fits[photo]).length} of ${known.length} fit at ${page.fit_at}` : "";
  return `${shown} · ${row.label}: median IoU ${median(ious).toFixed(3)}, ${share}% above 0.9${fits}`;
}
