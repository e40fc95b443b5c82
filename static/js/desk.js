// The desk by keyboard: j/k move, x selects, Enter opens, one letter acts, ? shows the keys.
// A list is [data-rows] with [data-row="ID"] lines, each with a [data-row-link] and, if it can be selected, a
// [data-select] checkbox. An action is any element with data-key="letter" (and data-key-label for the help).

const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")];
const here = () => document.querySelector("[data-row].is-here");

function goTo(row) {
  if (!row) return;
  here()?.classList.remove("is-here");
  row.classList.add("is-here");
  const link = row.querySelector("[data-row-link]");
  link?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = rows();
  const current = all.indexOf(document.activeElement?.closest("[data-row]") ?? here());
  goTo(all[current < 0 ? 0 : Math.min(Math.max(current + step, 0), all.length - 1)]);
}

/** Words of an action, for the help: its label, or what is written on it. */
function labelOf(element) {
  return element.dataset.keyLabel ?? element.querySelector("summary span, span")?.textContent ?? element.textContent;
}

function showKeys() {
  const dialog = document.querySelector("[data-keys-dialog]");
  if (!dialog || dialog.open) return;
  const list = dialog.querySelector("[data-keys-list]");
  const actions = [...document.querySelectorAll("[data-key]")].filter((element) => element.checkVisibility?.() ?? true);
  list.replaceChildren(
    ...actions.flatMap((element) => {
      const term = document.createElement("dt");
      const key = document.createElement("kbd");
      key.textContent = element.dataset.key;
      term.append(key);
      const words = document.createElement("dd");
      words.textContent = labelOf(element).trim();
      return [term, words];
    }),
  );
  dialog.querySelector("[data-keys-heading]").hidden = actions.length === 0;
  dialog.showModal();
}

/** A folded action opens and takes the focus; a link or button is pressed. */
function act(element) {
  if (element.matches("details")) {
    element.open = true;
    (element.querySelector("select, input:not([type=hidden]), textarea, button") ?? element).focus();
  } else {
    element.click();
  }
}

const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const focusTarget = document.querySelector(`[data-key-focus="${CSS.escape(event.key)}"]`);
  const action = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const row = event.target.closest("[data-row]") ?? here();
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "x" && row) row.querySelector("[data-select]")?.click();
  else if (event.key === "Enter" && row && event.target.matches("body, [data-select]")) row.querySelector("[data-row-link]")?.click();
  else if (event.key === "?") showKeys();
  else if (focusTarget) focusTarget.focus();
  else if (action) act(action);
  else return;
  event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row || row === here()) return;
  here()?.classList.remove("is-here");
  row.classList.add("is-here");
});

// A proposal of the page fills the form that takes it up: data-fill="#field" data-value="…". Without scripts its link
// opens the page with the form filled in.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-fill]");
  const field = link && document.querySelector(link.dataset.fill);
  if (!field) return;
  event.preventDefault();
  field.closest("details")?.setAttribute("open", "");
  field.dispatchEvent(new Event("widen"));
  field.value = link.dataset.value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});

// 吹哨: the departments that the chosen level does not reach leave the lists. Without scripts the verb refuses them.
function narrowLevels(form) {
  const level = form?.querySelector("[data-narrows-levels]:checked")?.value;
  if (!level) return;
  for (const each of form.querySelectorAll("[data-levels]")) {
    const fits = each.dataset.levels.split(" ").includes(level);
    each.disabled = !fits;
    (each.closest("label") ?? each).hidden = !fits;
    if (!fits) each.checked = each.selected = false;
  }
  for (const group of form.querySelectorAll("optgroup")) group.hidden = !group.querySelector("option:not([hidden])");
}
function narrowAllLevels(root) {
  for (const radio of root.querySelectorAll("[data-narrows-levels]:checked")) narrowLevels(radio.form);
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-narrows-levels]")) narrowLevels(event.target.form);
});
document.addEventListener("htmx:load", (event) => narrowAllLevels(event.detail.elt));

// Bulk bar: how many are selected, in the words of data-text="已选 {count} 件".
function countSelected() {
  const boxes = [...document.querySelectorAll("[data-select]")];
  const count = boxes.filter((box) => box.checked).length;
  for (const bar of document.querySelectorAll("[data-bulk]")) {
    bar.hidden = count === 0;
    const words = bar.querySelector("[data-bulk-count]");
    if (words) words.textContent = words.dataset.text.replace("{count}", count);
  }
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }
}

let lastBox = null;
document.addEventListener("click", (event) => {
  if (!event.target.matches("[data-select]")) return;
  // Shift selects everything between the last click and this one.
  if (event.shiftKey && lastBox?.isConnected) {
    const boxes = [...document.querySelectorAll("[data-select]")];
    const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(event.target)].sort((a, b) => a - b);
    for (const box of boxes.slice(from, to + 1)) box.checked = event.target.checked;
  }
  lastBox = event.target;
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) {
    for (const box of document.querySelectorAll("[data-select]")) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-select], [data-select-all]")) countSelected();
});

/** Where the case takes the place of the list, its top is that of the page. */
function showTop() {
  const pane = document.querySelector(".split-case");
  if (pane) pane.scrollTop = 0;
  if (window.matchMedia("(max-width: 1199.98px)").matches) window.scrollTo(0, 0);
}

// Side by side: the line of the open case is marked.
let shown = document.querySelector("[data-case]")?.dataset.case;
function markOpenCase() {
  const open = document.querySelector("[data-case]")?.dataset.case;
  const pane = document.querySelector(".split-case");
  if (pane && open && open !== shown) {
    // Another case is read from its top.
    showTop();
  }
  shown = open;
  for (const row of rows()) {
    if (open && row.dataset.row === open) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

// The list keeps its place when htmx replaces it: same line under the cursor, same scroll, same selection.
let place = null;
/** The session has ended: the sign-in page belongs on the whole page, at its own address. */
const isSignIn = (xhr) => new URL(xhr.responseURL).pathname === document.body.dataset.signIn;
document.addEventListener("htmx:historyCacheMissLoad", (event) => {
  if (isSignIn(event.detail.xhr)) window.location.reload();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (isSignIn(event.detail.xhr)) {
    event.detail.shouldSwap = false;
    window.location.reload();
    return;
  }
  // A refused step (409) or a form with errors (400, 422) is an answer to show, not a failure of the line.
  if ([400, 403, 404, 409, 422].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
  if (!event.detail.target.querySelector?.("[data-rows]") && !event.detail.target.matches?.("[data-rows]")) return;
  place = {
    id: here()?.dataset.row,
    index: rows().indexOf(here()),
    focused: Boolean(document.activeElement?.closest("[data-row]")),
    scroll: document.querySelector(".split-list")?.scrollTop ?? 0,
    selected: [...document.querySelectorAll("[data-select]:checked")].map((box) => box.value),
  };
});
document.addEventListener("htmx:afterSettle", (event) => {
  markOpenCase();
  // A step that was taken: its result and what comes next stand at the top of the case.
  const { target, successful, requestConfig } = event.detail;
  if (target?.id === "case" && successful && requestConfig?.verb === "post") {
    showTop();
    // The form that was sent is gone, and the focus with it: whoever works by keyboard goes on from here.
    document.getElementById("case-title")?.focus({ preventScroll: true });
  }
  if (place) {
    const list = document.querySelector(".split-list");
    if (list) list.scrollTop = place.scroll;
    const selected = new Set(place.selected);
    for (const box of document.querySelectorAll("[data-select]")) box.checked = selected.has(box.value);
    const all = rows();
    // The line may have left the list by the action: then the next one moved up to its place.
    const row = all.find((each) => each.dataset.row === place.id) ?? all[Math.min(place.index, all.length - 1)];
    row?.classList.add("is-here");
    if (place.focused) goTo(row);
    place = null;
  }
  countSelected();
});
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, () => {
    const text = document.body.dataset.failure;
    // A page that asks every few seconds says it once.
    const isSaid = [...document.querySelectorAll("#toasts .toast")].some((toast) => toast.textContent.includes(text));
    if (text && !isSaid) document.dispatchEvent(new CustomEvent("toast", { detail: { text, level: "error" } }));
  });
}

markOpenCase();
countSelected();
narrowAllLevels(document);
