// People are taken from shift to shift, by mouse or by keyboard, by sending the form that each name leads to anyway.
// The portal decides what is possible; its answer is the page as it is then, or the reason why not.

const form = document.querySelector("[data-move-form]");
const status = document.querySelector("[data-move-status]");
// The name that is held, and whether the keyboard holds it.
let held = null;
let isBusy = false;

function words(key, more = {}) {
  const values = { name: held?.dataset.moveName ?? "", ...more };
  return form.dataset[key].replace(/\{(\w+)\}/g, (_match, name) => values[name]);
}

function say(text) {
  status.textContent = text;
}

function show(text, level) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, level } }));
}

function targetOf(element) {
  return element?.closest?.("[data-move-target]") ?? null;
}

function mark(target) {
  for (const each of document.querySelectorAll(".is-move-target")) each.classList.remove("is-move-target");
  target?.classList.add("is-move-target");
}

function takeUp(item) {
  held = item;
  held.classList.add("is-held");
  document.documentElement.classList.add("is-moving");
}

function letGo() {
  held?.classList.remove("is-held");
  document.documentElement.classList.remove("is-moving");
  mark(null);
  held = null;
}

/** What the answer says is wrong: the summary of the form, or the sentence of an error page. */
function reasonIn(page) {
  const lines = page.querySelectorAll("[data-error-summary] li, .notice-bad p");
  const found = [...lines].map((line) => line.textContent.trim()).filter(Boolean);
  return found.join(" ") || page.querySelector("h1")?.textContent.trim() || "";
}

function refresh(page) {
  for (const selector of form.dataset.refreshes.split(",")) {
    const part = document.querySelector(selector);
    const now = page.querySelector(selector);
    if (part && now) part.replaceChildren(...now.childNodes);
  }
}

async function putDown(target) {
  const item = held;
  const shift = target.dataset.moveLabel;
  if (isBusy) return;
  if (target.contains(item)) {
    say(words("letGo"));
    letGo();
    item.focus();
    return;
  }
  isBusy = true;
  say(words("busy"));
  form.elements.to.value = target.dataset.moveTarget;
  try {
    const answer = await fetch(item.href, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok && answer.redirected) {
      refresh(page);
      const toast = "tells" in form.dataset ? page.querySelector("[data-toast]") : null;
      const text = toast?.textContent.trim() ?? words("done", { shift });
      say(text);
      show(text, toast?.matches(".toast-warning") ? "warning" : "success");
      const there = `[data-move-target="${target.dataset.moveTarget}"] [data-move-item="${item.dataset.moveItem}"]`;
      document.querySelector(there)?.focus();
    } else {
      const text = words("refused", { reason: reasonIn(page) });
      say(text);
      show(text, "error");
      item.focus();
    }
  } catch {
    say(words("unreachable"));
    show(words("unreachable"), "error");
    item.focus();
  } finally {
    isBusy = false;
    letGo();
  }
}

function step(from, by) {
  const all = [...document.querySelectorAll("[data-move-target]")].filter((each) => each.checkVisibility?.() !== false);
  return all[all.indexOf(from) + by];
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const item = event.target.closest?.("[data-move-item]");
  const target = targetOf(event.target);
  if (!held) {
    if (event.key !== " " || !item) return;
    event.preventDefault();
    takeUp(item);
    say(words("taken"));
    // From the shift itself the arrow keys go on.
    (target.querySelector("[data-duty-cell]") ?? target).focus();
    return;
  }
  if (event.key === "Escape") {
    event.preventDefault();
    const back = held;
    say(words("letGo"));
    letGo();
    back.focus();
  } else if ((event.key === "Enter" || event.key === " ") && target) {
    event.preventDefault();
    putDown(target);
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && target && !event.defaultPrevented) {
    event.preventDefault();
    const next = step(target, event.key === "ArrowDown" ? 1 : -1);
    (next?.querySelector("[data-duty-cell]") ?? next)?.focus();
  }
}

if (form) {
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusin", (event) => {
    if (!held || isBusy) return;
    const target = targetOf(event.target);
    mark(target);
    if (target && !target.contains(held)) say(words("over", { shift: target.dataset.moveLabel }));
  });
  document.addEventListener("dragstart", (event) => {
    const item = event.target.closest?.("[data-move-item]");
    if (!item || isBusy) return;
    letGo();
    takeUp(item);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", item.dataset.moveName);
  });
  document.addEventListener("dragover", (event) => {
    const target = targetOf(event.target);
    if (!held || isBusy) return;
    mark(target);
    if (!target) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
  });
  document.addEventListener("drop", (event) => {
    const target = targetOf(event.target);
    if (!held || !target) return;
    event.preventDefault();
    putDown(target);
  });
  document.addEventListener("dragend", () => {
    if (!isBusy) letGo();
  });
}
