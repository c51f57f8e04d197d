// One photo in full size: the ground truth and two models, A and B.
const viewer = document.getElementById("viewer");
const title = document.getElementById("photo-title");

// The state that opens a photo from the gallery, with the models chosen there.
const openedAt = (photo) => ({ photo: photos.id[photo], a: state.model, b: state.vs });

const mode = () => (Object.hasOwn(VIEWS, state.view) ? state.view : "overlay");

// The rows of A and B, null for the ground truth. B defaults to the rival, else to the best other row.
function sides() {
  const a = state.a === TRUTH ? null : rowAt(state.a, model());
  const beside = (rival() !== a && rival()) || (rows.find((row) => row !== a) ?? null);
  return [a, state.b === TRUTH ? null : rowAt(state.b, beside)];
}

function showViewer() {
  const photo = photoById.get(state.photo);
  if (photo === undefined) return viewer.open && viewer.close();
  if (!viewer.open) {
    viewer.showModal();
    title.focus();
  }
  const place = list.indexOf(photo);
  title.replaceChildren(...nameParts(photo));
  title.title = photos.id[photo];
  document.getElementById("photo-place").textContent = place < 0 ? "not among the filtered photos" : `${place + 1} of ${list.length}`;
  viewer.querySelector(`#modes [value="${mode()}"]`).checked = true;
  divider.hidden = mode() !== "slider";
  const [a, b] = sides();
  showAnswers(photo, a, b);
  draw(photo, a, b);
  for (const near of [place - 1, place + 1]) ahead(list[near]);
}

let drawn = 0;
async function draw(photo, a, b) {
  const mine = ++drawn;
  const [[truth, first], [, second]] = await Promise.all([pair(photo, a), pair(photo, b)]);
  if (mine !== drawn) return; // another photo or view was requested meanwhile
  if (!truth) {
    const why = photos.key[photo] ? "The files of this photo are missing; run: make compare" : "This photo cannot be read.";
    document.getElementById("legend").replaceChildren();
    panes.replaceChildren(el("p", { class: "absent" }, why));
    return;
  }
  const [width, height, path] = truth.view;
  const part = (row, mask, kind) => ({ row, kind, label: row ? row.label : "Ground truth", path: row ? mask?.view[2] ?? "" : path });
  const scene = {
    photo, size: [width, height], source: `html/${photos.key[photo]}/photo.jpg`,
    truth: part(null, null, "truth"), a: part(a, first, "a"), b: part(b, second, "b"),
  };
  document.getElementById("legend").replaceChildren(...KEYS[mode()](scene));
  panes.replaceChildren(...VIEWS[mode()](scene));
  zoomOn(photo, scene.size);
}

// Preload the neighbours' images, so that stepping is instant.
function ahead(photo) {
  if (photo !== undefined && photos.key[photo]) new Image().src = `html/${photos.key[photo]}/photo.jpg`;
}

function step(by) {
  const place = list.indexOf(photoById.get(state.photo));
  const photo = list[place < 0 ? 0 : place + by];
  if (photo !== undefined) update({ photo: photos.id[photo] });
}

function closeViewer() {
  const place = list.indexOf(photoById.get(state.photo));
  update({ photo: "", a: "", b: "", view: "" });
  focusCard(Math.max(0, place));
}

viewer.addEventListener("cancel", (event) => { // Esc
  event.preventDefault();
  closeViewer();
});
document.getElementById("modes").addEventListener("change", ({ target }) => update({ view: target.value }));

const ACTIONS = {
  close: closeViewer, previous: () => step(-1), next: () => step(1),
  closer: () => zoom(1.5), wider: () => zoom(1 / 1.5), fit: () => zoom(1 / CLOSEST),
};
viewer.addEventListener("click", ({ target }) => ACTIONS[target.closest("[data-do]")?.dataset.do]?.());
