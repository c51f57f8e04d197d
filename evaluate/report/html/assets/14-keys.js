// Keyboard shortcuts. Typing into a field is not affected.
const help = document.getElementById("help");
document.getElementById("help-button").addEventListener("click", () => help.showModal());

const IN_PHOTO = {
  ArrowRight: ACTIONS.next, j: ACTIONS.next, ArrowLeft: ACTIONS.previous, k: ACTIONS.previous,
  "+": ACTIONS.closer, "=": ACTIONS.closer, "-": ACTIONS.wider, f: ACTIONS.fit,
  o: () => update({ view: "overlay" }), s: () => update({ view: "slider" }),
  d: () => update({ view: "difference" }), c: () => update({ view: "contour" }),
};
const IN_GALLERY = { j: () => onward(1), k: () => onward(-1), "/": () => field("q").focus() };
const ON_CARD = {
  ArrowRight: () => onward(1), ArrowLeft: () => onward(-1),
  ArrowDown: () => onward(grid.columns), ArrowUp: () => onward(-grid.columns),
};

const onCard = () => Boolean(document.activeElement.closest(".card"));

function onward(by) {
  focusCard(onCard() ? cursor + by : cursor);
}

// By the key's position, since Shift turns digits into other characters.
function digit(event) {
  const number = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  if (number === undefined) return null;
  const name = number === "0" ? TRUTH : rows[number - 1]?.name;
  if (!name || (name === TRUTH && !viewer.open)) return null;
  const [first, second] = viewer.open ? ["a", "b"] : ["model", "vs"];
  return () => update({ [event.shiftKey ? second : first]: name });
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const typing = event.target.matches("select, input:not([type=radio])");
  const moving = event.target.matches("input") && event.key.startsWith("Arrow"); // radio buttons use the arrow keys themselves
  if (moving || (typing && !(event.target === divider && !event.key.startsWith("Arrow")))) return;
  const keys = viewer.open ? IN_PHOTO : { ...IN_GALLERY, ...(onCard() ? ON_CARD : {}) };
  const action = event.key === "?" ? () => help.showModal() : digit(event) ?? keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
