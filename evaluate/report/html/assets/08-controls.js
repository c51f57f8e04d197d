// The form above the gallery shows the state and changes it.
const MANY = 40; // tags with more values are not offered as slices; the search still finds them
const filters = document.getElementById("filters");
const field = (name) => filters.elements.namedItem(name);
const PAIRED = new Set(["loss", "difference"]); // orders that need a model to compare with
const versus = document.getElementById("versus");
const pairCells = [...document.querySelectorAll("#pairs td a")];

for (const [name, values] of Object.entries(photos.tags)) {
  const counts = new Map();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (counts.size > MANY || counts.size === photos.id.length) continue;
  const sorted = [...counts].sort(([x], [y]) => x.localeCompare(y, undefined, { numeric: true }));
  field("slice").append(el("optgroup", { label: name },
    ...sorted.map(([value, count]) => el("option", { value: `${name}=${value}` }, `${value} (${count})`))));
}
// Slices that are not a tag's value: thirds of numbers, and measured traits.
const named = new Set([...field("slice").options].map(({ value }) => value));
const others = page.slices.filter(({ name }) => !named.has(name));
if (others.length) {
  field("slice").append(el("optgroup", { label: "Slices" },
    ...others.map(({ name, gaps }) => el("option", { value: name }, `${name} (${gaps.length})`))));
}
const statuses = new Set(rows.flatMap((row) => Object.values(row.failed).map(([status]) => status)));
field("status").append(...[...statuses].sort().map((status) => el("option", { value: status }, status)));

for (const option of field("order").options) {
  const name = ORDERED_BY[option.value];
  if (name) option.hidden = option.disabled = !rows.some((row) => row.measures[name]);
  if (PAIRED.has(option.value)) option.hidden = option.disabled = rows.length < 2;
}

filters.addEventListener("input", ({ target }) => {
  const changes = { [target.name]: target.value };
  if (PAIRED.has(changes.order) && !rival()) changes.vs = rows.find((row) => row !== model()).name;
  update(changes);
});
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", (event) => {
  event.preventDefault();
  update({ ...EMPTY, sort: state.sort });
});

function showControls() {
  for (const name of ["vs", "outcome", "slice", "status", "min", "max", "fit", "q", "order"]) {
    if (field(name) && field(name).value !== state[name]) field(name).value = state[name];
  }
  field("model").value = model().name;
  field("outcome").disabled = !rival();
  document.getElementById("count").textContent = tally();
  const pair = pairCells.find(({ dataset }) => dataset.row === model().name && dataset.column === rival()?.name);
  versus.hidden = !pair;
  versus.textContent = pair ? `Over all photos, ${pair.title}` : "";
}

// Links into the gallery set the state; links to a section of the page leave it unchanged.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-gallery], nav a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (link.closest("nav")) return goTo(document.querySelector(link.hash));
  update({ ...addressed(link.hash), sort: state.sort }, true);
  document.getElementById("gallery").scrollIntoView();
});

function goTo(heading) {
  heading.scrollIntoView();
  heading.focus({ preventScroll: true });
}
