// The state of the page is kept in its address, so that every view can be linked to.
const EMPTY = {
  sort: "", // the column to sort by, with a minus for descending
  model: "", vs: "", outcome: "", slice: "", status: "", min: "", max: "", fit: "", q: "", order: "", // gallery
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

// push: add a history entry, so that the browser's Back undoes the change.
function update(changes, push = false) {
  state = { ...state, ...changes };
  try {
    history[push ? "pushState" : "replaceState"](null, "", address(state));
  } catch {
    // Safari allows 100 changes in 30 seconds; a key held down makes more.
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
