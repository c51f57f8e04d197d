// The photo cards. Only those in view are in the document, as there may be thousands.
const GAP = 14, NARROWEST = 168, SPARE = 1; // px; SPARE: lines of cards beyond the view
// Name and score share a line unless there is more to say: two scores, or whether the tool fits.
const wordsHeight = () => 28 + (rival() ? 18 : 0) + (page.fit_at ? 18 : 0);
const cards = document.getElementById("cards");
const made = new Map(); // place in the list -> card
let grid = { columns: 1, width: 0, height: 0 };
let cursor = 0; // the card that has the keyboard focus
let shownFor = "";

function measure() {
  const room = cards.clientWidth;
  const columns = Math.max(2, Math.floor((room + GAP) / (NARROWEST + GAP)));
  const width = (room - (columns - 1) * GAP) / columns;
  grid = { columns, width, height: width + wordsHeight() + GAP };
  cards.style.height = `${Math.ceil(list.length / columns) * grid.height}px`;
}

function showGallery() {
  select();
  const now = JSON.stringify([model().name, state.vs, state.order, list]);
  if (now !== shownFor) {
    shownFor = now;
    cursor = 0;
    for (const card of made.values()) card.remove();
    made.clear();
  }
  measure();
  fillIn();
}

function fillIn() {
  const top = -cards.getBoundingClientRect().top;
  const first = Math.max(0, (Math.floor(top / grid.height) - SPARE) * grid.columns);
  const last = Math.min(list.length, (Math.ceil((top + innerHeight) / grid.height) + SPARE) * grid.columns);
  for (const [place, card] of made) {
    if ((place < first || place >= last) && place !== cursor) {
      card.remove();
      made.delete(place);
    }
  }
  for (let place = first; place < last; place++) put(place);
  if (cursor < list.length) put(cursor);
}

function put(place) {
  const card = made.get(place) ?? makeCard(place);
  const [line, column] = [Math.floor(place / grid.columns), place % grid.columns];
  card.style.width = `${grid.width}px`;
  card.style.transform = `translate(${column * (grid.width + GAP)}px, ${line * grid.height}px)`;
  card.firstChild.tabIndex = place === cursor ? 0 : -1;
  return card;
}

function makeCard(place) {
  const photo = list[place];
  const [row, other] = [model(), rival()];
  const id = photos.id[photo];
  const failure = row.failed[photo];
  const score = el("span", { class: "score" }, failure ? el("span", { class: "bad" }, failure[0]) : ordering(row, photo),
    other ? el("small", {}, ` / ${ordering(other, photo)}`) : null, unit());
  const picture = el("div", { class: "picture" });
  const title = `${id}: ${failure ? failure[0] : `IoU ${row.iou[photo].toFixed(3)}`}${verdictAt(row, photo)}`;
  const link = el("a", { href: address({ ...state, ...openedAt(photo) }), title, "aria-label": title },
    picture, el("div", { class: `words${other ? " two" : ""}${page.fit_at ? " fits" : ""}` },
      el("span", { class: "id" }, ...nameParts(photo)), score, verdicts(photo, other ? [row, other] : [row])));
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    cursor = place;
    update(openedAt(photo), true);
  });
  link.addEventListener("focus", () => {
    cursor = place;
    fillIn();
  });
  const card = el("li", { class: "card", "aria-setsize": list.length, "aria-posinset": place + 1 }, link);
  made.set(place, card);
  cards.append(card);
  paint(picture, photo, row);
  return card;
}

// The number that the cards are ordered by: the IoU unless a measure is chosen.
function ordering(row, photo) {
  const name = ORDERED_BY[state.order];
  return name ? short(lengthOf(row, name, photo)) : row.iou[photo].toFixed(3);
}

const NAMED = { fit: "to fit", inside: "inside", hd95: "hd95" };
const unit = () => (ORDERED_BY[state.order] ? el("small", {}, ` ${UNIT} ${NAMED[state.order]}`) : null);

function verdicts(photo, chosen) {
  if (!chosen.some((row) => verdict(row, photo))) return null;
  const words = chosen.map((row) => el("span", { class: row.fits[photo] === false ? "bad" : null }, verdict(row, photo) || "–"));
  return el("span", { class: "fit" }, ...words.flatMap((word, at) => (at ? [" / ", word] : [word])));
}

// A photo's name in two parts: where there is no room for all of it, the first is cut.
function nameParts(photo) {
  const [id, tail] = [photos.id[photo], photos.tail[photo]];
  return tail ? [el("span", { class: "name-parts" }, el("span", {}, id.slice(0, -tail.length)), el("span", {}, tail))] : [id];
}

async function paint(picture, photo, row) {
  const key = photos.key[photo];
  if (!key) return picture.append("no image");
  picture.append(el("img", { src: `html/${key}/thumb.jpg`, alt: "", loading: "lazy", decoding: "async" }));
  const [truth, mask] = await pair(photo, row);
  if (!truth || !picture.isConnected) return;
  const [width, height] = truth.thumb;
  picture.append(svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    difference(truth.thumb[2], mask ? mask.thumb[2] : "")));
}

function focusCard(place) {
  if (!list.length) return;
  cursor = Math.max(0, Math.min(list.length - 1, place));
  fillIn();
  const link = made.get(cursor).firstChild;
  link.scrollIntoView({ block: "nearest" });
  link.focus({ preventScroll: true });
}

let due = false;
function soon() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    fillIn();
  });
}
addEventListener("scroll", soon, { passive: true });
addEventListener("resize", soon);
new ResizeObserver(() => {
  measure();
  fillIn();
}).observe(cards);
new ResizeObserver(soon).observe(document.body); // sections above may collapse
