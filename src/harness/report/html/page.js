"use strict";
// The page is whole without this: it only hides rows that nobody asked for.
const form = document.querySelector(".filter");
const rows = [...document.querySelectorAll("tr.requirement")];
const shown = form.querySelector(".shown");

function filter() {
  const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const boxes = [...form.querySelectorAll("input[name=state]")];
  const states = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  let count = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    const fits = states.has(row.dataset.state) && words.every((word) => text.includes(word));
    row.hidden = !fits;
    count += fits ? 1 : 0;
  }
  shown.textContent = `${count} of ${rows.length} requirements shown`;
}

form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();
