// What is shown is what the address says, so that every view has a link.
const EMPTY = {
  sort: "", // the table's column, with a minus for falling
  model: "", vs: "", outcome: "", slice: "", status: "", min: "", max: "", q: "", order: "", // gallery
  photo: "", a: "", b: "", view: "", // viewer
};
let state = addressed();

function addressed(hash = location.hash) {
  const given = new URLSearchParams(hash.slice(1));
  const read = Object.fromEntries(Object.keys(EMPTY).map((key) => [key, given.get(key) ?? ""]));
  for (const key of ["min", "max"]) if (Number.isNaN(Number(read[key]))) read[key] = "";
  return read;
}

function address(wanted) {
  return "#" + new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
}

// push: a step that the browser's Back undoes.
function update(changes, push = false) {
  state = { ...state, ...changes };
  try {
    history[push ? "pushState" : "replaceState"](null, "", address(state));
  } catch {
    // Safari takes 100 addresses in 30 seconds; a key held down asks for more.
  }
  show();
}

addEventListener("popstate", () => {
  state = addressed();
  show();
});

const rowAt = (name, otherwise) => rowByName.get(name) ?? otherwise;
const model = () => rowAt(state.model, rows[0]);
const rival = () => rowAt(state.vs, null);
