// The table of models; a click on a column's header sorts by it.
const table = document.getElementById("models");
const heads = [...table.querySelectorAll("thead th")];

for (const head of heads) {
  head.querySelector("button")?.addEventListener("click", () => {
    const key = head.dataset.key;
    const first = "rising" in head.dataset ? key : `-${key}`;
    const second = first === key ? `-${key}` : key;
    update({ sort: state.sort === first ? second : first });
  });
}

// Anywhere in a row without numbers opens its reason.
table.addEventListener("click", ({ target }) => {
  const why = target.closest("tbody tr")?.querySelector(".why");
  if (why && !target.closest(".why, a")) why.open = !why.open;
});

function showTable() {
  const falling = state.sort.startsWith("-");
  const column = heads.findIndex((head) => head.dataset.key && head.dataset.key === state.sort.replace(/^-/, ""));
  heads.forEach((head, at) => {
    if (at === column) head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
  const lines = [...table.tBodies[0].rows];
  const place = new Map(rows.map((row, at) => [row.label, at]));
  const order = (line) => place.get(line.cells[0].dataset.value);
  const value = (line) => line.cells[column].dataset.value;
  lines.sort((x, y) => {
    if (column < 0) return order(x) - order(y);
    const [a, b] = [value(x), value(y)];
    if (a === "" || b === "") return (a === "") - (b === "") || order(x) - order(y);
    const numbers = a - b; // NaN for texts
    const difference = Number.isNaN(numbers) ? a.localeCompare(b) : numbers;
    return (falling ? -difference : difference) || order(x) - order(y);
  });
  table.tBodies[0].append(...lines);
}
