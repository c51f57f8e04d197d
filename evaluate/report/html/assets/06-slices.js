// The table of slices, one line per slice; at first only those that differ most.
const STRONGEST = 45; // percent of a colour at which text is still legible
const FAINTEST = 0.05; // the strongest colour stands for at least this shift of a median

const ranked = rows.filter((row) => row.median);
const sliceLines = document.querySelector("#slices tbody");
const everySlice = document.getElementById("every-slice");
const reach = page.slices.flatMap(({ medians }) =>
  medians.map(([middle], at) => Math.abs(middle - ranked[at].median[0])))
  .reduce((most, moved) => Math.max(most, moved), FAINTEST); // too many to be arguments of Math.max

// `slice` is its name in the address, "" for all photos.
function sliceLine(name, slice, count, medians) {
  const best = Math.max(...medians.map(([middle]) => middle));
  const equal = medians.every(([middle]) => middle === best);
  return el("tr", {},
    el("th", { scope: "row" }, el("a", { href: address({ slice }), "data-gallery": true, title: name }, name)),
    el("td", {}, String(count)),
    ...medians.map((found, at) => {
      const row = ranked[at];
      const description = `${row.label}, ${name} (${count} photos): ${withInterval(found)}`;
      const text = el(found[0] === best && !equal ? "b" : "span", {}, found[0].toFixed(3));
      const ends = el("small", {}, found.slice(1).map((end) => end.toFixed(3)).join("–"));
      return el("td", heat(found[0] - row.median[0]),
        el("a", { href: address({ model: row.name, slice }), "data-gallery": true, title: description, "aria-label": description }, text, " ", ends));
    }));
}

function withInterval([middle, low, high]) {
  const interval = low === undefined ? "too few photos for an interval" : `95% interval ${low.toFixed(3)} to ${high.toFixed(3)}`;
  return `median IoU ${middle.toFixed(3)}, ${interval}`;
}

function heat(moved) {
  const strength = Math.round((STRONGEST * Math.abs(moved)) / reach);
  return { class: moved > 0 ? "ahead" : "behind", style: `--lead: ${strength}%` };
}

function showSlices(every) {
  const shown = every ? page.slices : page.slices.filter(({ shown_first }) => shown_first);
  sliceLines.replaceChildren(
    sliceLine("all photos", "", page.total, ranked.map((row) => row.median)),
    ...shown.map(({ name, photos: count, medians }) => sliceLine(name, name, count, medians)));
  everySlice.setAttribute("aria-expanded", String(every));
  everySlice.textContent = every ? "Only those that differ most" : `All ${page.slices.length} slices`;
}

if (sliceLines) {
  everySlice.hidden = page.slices.every(({ shown_first }) => shown_first);
  everySlice.addEventListener("click", () => showSlices(everySlice.getAttribute("aria-expanded") === "false"));
  showSlices(false);
}
