"use strict";
for (const trace of document.querySelectorAll(".trace")) {
  const rows = [...trace.querySelectorAll("tbody tr")];
  if (rows.length < 2) continue;
  let at = rows.length - 1;
  const bar = document.createElement("div");
  bar.className = "steps";
  const count = document.createElement("span");
  const show = (step) => {
    at = Math.max(0, Math.min(step, rows.length - 1));
    rows.forEach((row, number) => {
      row.classList.toggle("now", number === at);
      row.classList.toggle("later", number > at);
    });
    count.textContent = `step ${at + 1} of ${rows.length}`;
  };
  for (const [label, move] of [["Start", () => 0], ["Back", () => at - 1], ["Next", () => at + 1], ["End", () => rows.length - 1]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => show(move()));
    bar.append(button);
  }
  bar.append(count);
  trace.before(bar);
  show(at);
}
