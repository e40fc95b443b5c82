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

// Of the places of a role, the one that the chosen role is held at: <select data-places='{"street": "region", …}'>.
function showPlace(select) {
  const places = JSON.parse(select.dataset.places);
  for (const name of new Set(Object.values(places))) {
    const input = select.form.elements[name];
    const isOther = select.value !== "" && places[select.value] !== name;
    input.closest(".field").hidden = isOther;
    // What nobody sees must not be sent.
    if (isOther) input.value = "";
  }
}

for (const select of document.querySelectorAll("select[data-places]")) {
  showPlace(select);
  select.addEventListener("change", () => showPlace(select));
}
