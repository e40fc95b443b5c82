// The month of a station by keyboard: arrow keys go from shift to shift. Without this, Tab visits every link.

const month = document.querySelector("[data-duty-month]");

/** The shifts of the nearest day with any, going `step` days at a time. */
function cellsFrom(days, index, step) {
  for (let at = index + step; at >= 0 && at < days.length; at += step) {
    const cells = [...days[at].querySelectorAll("[data-duty-cell]")];
    if (cells.length && days[at].checkVisibility?.() !== false) return cells;
  }
  return [];
}

function target(cell, key) {
  const days = [...month.querySelectorAll("[data-duty-day]")];
  const day = cell.closest("[data-duty-day]");
  const here = [...day.querySelectorAll("[data-duty-cell]")];
  const row = here.indexOf(cell);
  const index = days.indexOf(day);
  // On a phone the days stand below each other: up and down go to the next one.
  const isList = getComputedStyle(day.parentElement).gridTemplateColumns.split(" ").length === 1;
  const down = isList ? 1 : 7;
  switch (key) {
    case "ArrowLeft":
    case "ArrowRight": {
      const cells = cellsFrom(days, index, key === "ArrowLeft" ? -1 : 1);
      return cells[Math.min(row, cells.length - 1)];
    }
    case "ArrowDown":
      return here[row + 1] ?? cellsFrom(days, index, down)[0];
    case "ArrowUp":
      return here[row - 1] ?? cellsFrom(days, index, -down).at(-1);
    case "Home":
      return month.querySelector("[data-duty-cell]");
    case "End":
      return [...month.querySelectorAll("[data-duty-cell]")].at(-1);
    default:
      return undefined;
  }
}

month?.addEventListener("keydown", (event) => {
  const cell = event.target.closest("[data-duty-cell]");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const next = target(cell, event.key);
  if (!next) return;
  event.preventDefault();
  next.focus();
});
