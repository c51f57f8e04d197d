// Below the results of a photo: every measure of every model, the audit, traits and tags.
const measured = document.getElementById("measured");
const unitOf = (photo) => (photos.mm_per_px[photo] === null ? "px" : "mm");
const TRUTH_COUNTS = { pieces: "parts", holes: "holes" }; // measures and the traits that count the same of the ground truth
const MEASURES = page.measures.filter(({ name }) => rows.some((row) => row.measures[name]));

measured.querySelector("dl").append(...MEASURES.flatMap(({ title, meaning }) => [el("dt", {}, title), el("dd", {}, meaning)]));

function showPanel(photo, a, b) {
  const alone = rows.map((row) => (row.model_seconds ?? row.seconds)[photo]);
  const sides = (row) => (row === a ? "a" : row === b ? "b" : null);
  measured.querySelector("table").replaceChildren(
    el("thead", {}, el("tr", {}, el("td"), ...rows.map((row, at) =>
      el("th", { scope: "col", title: row.label, class: sides(row) }, el("span", { class: "number" }, String(at + 1)), el("span", { class: "unseen" }, row.label))))),
    el("tbody", {},
      ...MEASURES.map((measure) => measureLine(measure, photo)),
      rows.some((row) => row.model_seconds) ? line("Model alone s", "seconds without crop and other steps",
        alone.map((value) => ({ value, text: value === null ? "" : short(value) })), -1) : null));
  showAudit(photo);
  const traits = Object.entries(photos.traits).filter(([, values]) => values[photo] !== null);
  definitions("traits", traits.map(([name, values]) => [name.replace("_", " "), values[photo], page.traits[name]]));
  const own = Object.entries(photos.tags).filter(([, values]) => values[photo] !== null);
  definitions("tags", own.map(([name, values]) => [name, values[photo], ""]));
}

function measureLine({ name, title, unit, better, meaning }, photo) {
  const shownUnit = unit === "px" ? ` ${unitOf(photo)}` : unit === "edge" ? " px" : "";
  const cells = rows.map((row) => {
    const value = photo in row.failed ? null : unit === "px" ? lengthOf(row, name, photo, unitOf(photo)) : row.measures[name]?.[photo] ?? null;
    const text = value === null ? "" : unit === "%" ? `${(100 * value).toFixed(0)}%` : unit ? short(value) : String(value);
    return { value, text };
  });
  const own = photos.traits[TRUTH_COUNTS[name]]?.[photo] ?? null;
  return line(title + shownUnit, meaning, cells, better, own === null ? null : `ground truth ${own}`);
}

// The best of a line is bold, unless all are equal.
function line(title, meaning, cells, better, note = null) {
  const known = cells.filter(({ text }) => text);
  const first = known.reduce((most, cell) => (most && better * most.value >= better * cell.value ? most : cell), null);
  const best = better && new Set(known.map(({ text }) => text)).size > 1 ? first.text : null;
  return el("tr", {}, el("th", { scope: "row", title: meaning }, title, note && el("small", {}, ` (${note})`)),
    ...cells.map(({ text }) => el("td", {}, text && text === best ? el("b", {}, text) : text)));
}

function showAudit(photo) {
  const found = photos.audit[photo];
  const verdict = page.audit || (!found ? "Nothing found." : found.suspect ? `Suspect: ${found.suspect.replaceAll(";", ", ")}` : `Note: ${found.note.replaceAll(";", ", ")}`);
  document.getElementById("audit").replaceChildren(
    el("p", { class: found?.suspect && !page.audit ? "bad" : null }, verdict),
    ...(page.audit ? [] : found?.texts ?? []).map((text) => el("p", {}, text)));
}

// Names, values and, in small letters, what they mean; without any, the section is hidden.
function definitions(id, entries) {
  const place = document.getElementById(id);
  place.parentElement.hidden = !entries.length;
  place.replaceChildren(...entries.flatMap(([name, value, meaning]) =>
    [el("dt", {}, name), el("dd", {}, value, meaning ? el("small", {}, meaning) : null)]));
}
