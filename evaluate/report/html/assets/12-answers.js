// Beside the photo: the result of each model, and the choice of A and B.
const answers = document.querySelector("#answers tbody");

function showAnswers(photo, a, b) {
  const best = Math.max(...rows.map((row) => row.iou[photo]));
  const entries = [...rows.map((row, at) => [row, at + 1]), [null, 0]];
  answers.replaceChildren(...entries.flatMap(([row, number]) => answer(photo, row, number, a, b, best)));
  document.getElementById("fit-head").textContent = `Fit ${unitOf(photo)}`;
  document.getElementById("misfit").textContent = misfits(photo, a === b ? [a] : [a, b]);
  showPanel(photo, a, b);
}

function answer(photo, row, number, a, b, best) {
  const label = row ? row.label : "Ground truth";
  const failure = row?.failed[photo];
  const iou = row && !failure ? row.iou[photo].toFixed(3) : "";
  const misfit = row?.fits[photo] === false;
  const pick = (which, chosen) => {
    const input = el("input", { type: "radio", name: which, value: row ? row.name : TRUTH, "aria-label": `${which.toUpperCase()}: ${label}` });
    input.checked = row === chosen;
    return el("td", {}, input);
  };
  const line = el("tr", {},
    el("td", {}, el("span", { class: "number" }, String(number))),
    el("th", { scope: "row" }, label),
    failure ? el("td", { class: "bad" }, failure[0]) : el("td", {}, row && row.iou[photo] === best ? el("b", {}, iou) : iou),
    el("td", misfit ? { class: "bad", title: `${verdict(row, photo)} at ${page.fit_at}` } : {},
      row && !failure ? short(lengthOf(row, "fit_px", photo, unitOf(photo))) : ""),
    el("td", {}, row ? seconds(row.seconds[photo]) : ""), pick("a", a), pick("b", b));
  const facts = Object.entries(row?.facts[photo] ?? {}).map(([name, value]) => `${name} ${value}`);
  const more = [failure?.[1], ...facts].filter(Boolean).join(" · ");
  return more ? [line, el("tr", { class: "more" }, el("td"), el("td", { colspan: 6 }, more))] : [line];
}

// Which of the chosen models' pockets the tool does not fit, and where to see why.
function misfits(photo, chosen) {
  const found = chosen.filter((row) => row?.fits[photo] === false && !row.failed[photo]).map(({ label }) => label);
  if (!found.length) return "";
  return `At ${page.fit_at}, the tool does not fit the pocket of ${found.join(" nor that of ")}. ` +
    "The Difference view shows in orange where the tool sticks out.";
}

answers.addEventListener("change", ({ target }) => {
  update({ [target.name]: target.value });
  answers.querySelector(`[name="${target.name}"]:checked`).focus();
});
