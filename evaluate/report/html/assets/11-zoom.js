// Zoom: all panes show the same part of the photo. The slider view divides it between A and B.
const CLOSEST = 16; // largest magnification
const panes = document.getElementById("panes");
const divider = document.getElementById("divider");
let part = { photo: -1, x: 0, y: 0, size: 1, whole: [1, 1] }; // size: the visible share of the photo

function zoomOn(photo, whole) {
  part = photo === part.photo ? { ...part, whole } : { photo, x: 0, y: 0, size: 1, whole };
  applyZoom();
}

function applyZoom() {
  const [width, height] = part.whole;
  const [w, h] = [width * part.size, height * part.size];
  part.x = Math.max(0, Math.min(width - w, part.x));
  part.y = Math.max(0, Math.min(height - h, part.y));
  for (const picture of panes.querySelectorAll("svg")) {
    picture.setAttribute("viewBox", `${part.x} ${part.y} ${w} ${h}`);
    picture.classList.toggle("near", part.size < 1);
  }
  divide();
}

// Zoom around a point of the photo, which stays in place; by default around the middle.
function zoom(factor, point = null) {
  const [width, height] = part.whole;
  const size = Math.max(1 / CLOSEST, Math.min(1, part.size / factor));
  const at = point ?? { x: part.x + (width * part.size) / 2, y: part.y + (height * part.size) / 2 };
  part.x = at.x - ((at.x - part.x) * size) / part.size;
  part.y = at.y - ((at.y - part.y) * size) / part.size;
  part.size = size;
  applyZoom();
}

function divide() {
  const line = panes.querySelector(".edge");
  if (!line) return;
  const [width, height] = part.whole;
  const at = part.x + (width * part.size * divider.value) / 100;
  const [left, right] = ["left", "right"].map((id) => panes.querySelector(`#${id} rect`));
  fill(left, { x: 0, width: at }, []);
  fill(right, { x: at, width: Math.max(0, width - at) }, []);
  fill(line, { x1: at, x2: at }, []);
  const room = line.ownerSVGElement.getBoundingClientRect();
  divider.style.width = `${Math.min(room.width, (room.height * width) / height)}px`; // as wide as the photo
  divider.setAttribute("aria-valuetext", `${Math.round(divider.value)}% A`);
}

function pointIn(picture, event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
}

divider.addEventListener("input", divide);
new ResizeObserver(divide).observe(panes);

panes.addEventListener("wheel", (event) => {
  const picture = event.target.closest("svg");
  if (!picture) return;
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 300), pointIn(picture, event));
}, { passive: false });

let grip = null; // the point of the photo that is being dragged
panes.addEventListener("pointerdown", (event) => {
  const picture = event.target.closest("svg");
  if (!picture || event.button) return;
  const dividing = picture.querySelector(".edge");
  if (!dividing && part.size === 1) return;
  event.preventDefault();
  picture.setPointerCapture(event.pointerId);
  grip = { picture, point: pointIn(picture, event), dividing };
  drag(event);
});
panes.addEventListener("pointermove", (event) => grip && drag(event));
for (const end of ["pointerup", "pointercancel"]) panes.addEventListener(end, () => { grip = null; });

function drag(event) {
  const at = pointIn(grip.picture, event);
  if (grip.dividing) {
    divider.value = (100 * (at.x - part.x)) / (part.whole[0] * part.size);
    divide();
  } else {
    part.x += grip.point.x - at.x;
    part.y += grip.point.y - at.y;
    applyZoom();
  }
}
