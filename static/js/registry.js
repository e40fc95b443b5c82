// Monday's hours for the other working days: <button data-copy-week>.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy-week]");
  if (!button) return;
  const lines = [...document.querySelectorAll(".week-table tbody tr")];
  const times = [...lines[0].querySelectorAll("input")].map((input) => input.value);
  for (const line of lines.slice(1, Number(button.dataset.copyWeek))) {
    line.querySelectorAll("input").forEach((input, index) => {
      input.value = times[index];
    });
  }
});
