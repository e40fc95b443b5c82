// The order of units in a form: a line changes places with its neighbour at once. Without this the buttons send the form,
// and it comes back with the lines moved.

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-turn-move]");
  const line = button?.closest("li");
  if (!line) return;
  event.preventDefault();
  const step = Number(button.dataset.turnMove);
  const other = step < 0 ? line.previousElementSibling : line.nextElementSibling;
  const [here, there] = [line, other].map((each) => each.querySelector("input"));
  [here.value, there.value] = [there.value, here.value];
  // The same button of the line that it is now: pressing again takes it further.
  (other.querySelector(`[data-turn-move="${step}"]`) ?? there).focus();
});
