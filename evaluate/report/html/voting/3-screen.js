// The three screens (start, voting, rest), and the keys.
const $ = (id) => document.getElementById(id);
const screens = ["start", "screen", "rest"];
let current = null; // the pair on the screen
let masks = []; // its two, left first
let since = 0; // when it could be seen, in ms
let ready = false; // whether it can be seen
const stacked = matchMedia("(orientation: portrait)"); // as in vote.css: the left mask is the upper one
const HAND_IN = "put it into the folder votes/ beside this page and run make compare, "
  + "or send it to whoever sent you this report";

function goTo(name) {
  for (const id of screens) $(id).hidden = id !== name;
}

const shown = () => screens.find((id) => !$(id).hidden);

async function show(one, said = "") {
  current = one;
  ready = false;
  delete $("screen").dataset.ready;
  if (!one) return rest();
  goTo("screen");
  $("said").textContent = said;
  masks = sides(one);
  redraw();
  tell();
  const photo = new Image();
  photo.src = one.photo;
  try {
    await photo.decode();
  } catch {
    $("said").textContent = "This photo is missing beside the page: make compare again";
    return;
  }
  if (current !== one) return;
  ready = true;
  since = performance.now();
  $("screen").dataset.ready = one.pair;
  const following = left().find((other) => other !== one);
  if (following) new Image().src = following.photo; // so that it is there at once
}

function redraw() {
  $("panes").className = style;
  draw($("left"), current, masks[0], "clip-left");
  draw($("right"), current, masks[1], "clip-right");
  $("style").textContent = STYLES[style];
  $("zoom").textContent = ZOOMS[zoom];
}

function tell() {
  const all = page.pairs.length;
  const done = all - left().length;
  $("progress").textContent = `${done} of ${all} · ${voter}${kept ? " · not stored!" : ""}`;
  $("progress").title = kept;
  $("bar").max = all;
  $("bar").value = done;
  $("rest-where").textContent = kept || whereKept();
}

function whereKept() {
  if (served) return "Every vote is stored beside the report, in votes/. make compare counts them.";
  return `This browser keeps them. To have them counted, save a file: ${HAND_IN}.`;
}

function choose(choice) {
  if (!ready) return;
  const vote = {
    voter, pair: current.pair, left: masks[0].name, right: masks[1].name, choice, style,
    seconds: Math.round(performance.now() - since) / 1000, at: now(),
  };
  cast(vote);
  const [first, second] = stacked.matches ? ["upper", "lower"] : ["← left", "→ right"];
  const said = { left: `${first} was better`, right: `${second} was better`, equal: "↓ equal" };
  show(left()[0], said[choice]);
}

function undo() {
  const vote = takeBack();
  if (!vote) {
    $("said").textContent = "There is nothing to undo";
    return;
  }
  show(pairs.get(vote.pair) ?? left()[0], "Undone: choose again");
}

function save() {
  const name = exportFile();
  const text = `Saved as ${name}`;
  $(shown() === "rest" ? "rest-where" : "said").textContent =
    `${text}${served ? "" : `: ${HAND_IN}`}`;
}

function rest() {
  const open = left().length;
  goTo("rest");
  $("rest-title").textContent = open ? "Paused" : "All pairs are judged. Thank you!";
  $("rest-text").textContent = `${page.pairs.length - open} of ${page.pairs.length} pairs judged by ${voter}.`;
  $("on").hidden = !open;
  tell();
  $("rest-title").focus();
}

const VOTING = {
  ArrowLeft: () => choose("left"), ArrowRight: () => choose("right"), ArrowDown: () => choose("equal"),
  Backspace: undo, Escape: rest, s: save,
  " ": () => { style = next(STYLES, style); redraw(); },
  z: () => { zoom = next(ZOOMS, zoom); redraw(); },
};
const RESTING = { Enter: () => show(left()[0]), Backspace: undo, s: save };

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = { screen: VOTING, rest: RESTING }[shown()];
  const own = event.target.matches("button, a") && ["Enter", " "].includes(event.key);
  const action = keys?.[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action || own) return;
  event.preventDefault();
  if (!event.repeat) action(); // a key that is held down is one vote
});
$("screen").addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  const twice = event.detail > 1 && key?.startsWith("Arrow"); // a double click is one vote
  if (key && !twice) VOTING[key]();
});
$("screen").addEventListener("mousedown", (event) => event.preventDefault()); // keys stay the screen's, not a button's
$("on").addEventListener("click", RESTING.Enter);
$("save").addEventListener("click", save);
$("undo").addEventListener("click", undo);
$("start").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = $("voter").value.trim();
  if (!name) return;
  try {
    await enter(name);
  } catch (error) {
    $("where").textContent = `The votes cannot be read (${error.message}). Is make vote still running?`;
    return;
  }
  const done = page.pairs.length - left().length;
  show(left()[0], done ? `Welcome back: ${done} are judged` : "");
});

$("total").textContent = `${page.pairs.length} pairs`;
$("where").textContent = served
  ? "Each vote is stored beside the report at once; you may leave and come back under the same name."
  : "This browser keeps your votes; you may leave and come back under the same name. You can save them as a file.";
$("voter").value = recall(LAST_VOTER) ?? "";
goTo("start");
$("voter").focus();
$("voter").select();
