// Search by typing above a select with hundreds of options: <select data-find="what to type">. Options that lack one of
// the words, in their own name and their group's, leave the list; what is chosen stays. Without this one scrolls.

const MANY = 12;

function prepare(select) {
  if ("finding" in select.dataset || select.options.length < MANY) return;
  select.dataset.finding = "";
  const whole = [...select.children].map((child) => child.cloneNode(true));
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = select.dataset.find;
  input.setAttribute("aria-label", select.dataset.find);
  input.autocomplete = "off";
  input.className = "find-option";
  select.before(input);

  const words = () => input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (group, option) => {
    const text = `${group.label} ${option.text}`.toLowerCase();
    return words().every((word) => text.includes(word));
  };
  // Rebuilt rather than hidden: not every browser hides options.
  const narrow = () => {
    const chosen = select.value;
    const shown = whole.map((child) => {
      const copy = child.cloneNode(true);
      if (copy.localName !== "optgroup") return copy;
      for (const option of [...copy.children]) {
        if (option.value !== chosen && !fits(copy, option)) option.remove();
      }
      return copy.children.length ? copy : null;
    });
    select.replaceChildren(...shown.filter(Boolean));
    select.value = chosen;
  };
  input.addEventListener("input", narrow);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    // Enter takes the first that fits, rather than sending the form.
    event.preventDefault();
    const first = [...select.querySelectorAll("optgroup > option")].find((each) => fits(each.parentElement, each));
    if (!first || !words().length) return;
    select.value = first.value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    select.focus();
  });
  // Before a proposal of the page chooses: it may name an option that has left the list.
  select.addEventListener("widen", () => {
    input.value = "";
    narrow();
  });
}

function prepareAll(root) {
  for (const select of root.querySelectorAll("select[data-find]")) prepare(select);
}
prepareAll(document);
document.addEventListener("htmx:load", (event) => prepareAll(event.detail.elt));
