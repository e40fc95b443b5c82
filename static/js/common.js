// What every page uses: toasts, dialogs, menus, copy, print, and a guard against sending a form twice.
// All words come from data attributes, so that the catalogue has them.

const TOAST_MS = 7_000;
const isBad = (toast) => toast.matches(".toast-error, .toast-warning");

/** Make a toast closable, and let good news leave by itself. Errors and warnings stay until they are closed, or until
    the next step goes well. */
function prepareToast(toast) {
  toast.dataset.toast = "ready";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "link-btn";
  close.textContent = document.getElementById("toasts").dataset.dismiss;
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  if (isBad(toast)) return;
  let timer;
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), TOAST_MS);
  };
  leave();
  // A pointer that merely rests where the toast appears keeps nothing.
  toast.addEventListener("pointermove", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", leave);
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("focusout", leave);
}

/** What has just happened takes the place of what happened before. */
function prepareToasts() {
  const all = [...document.querySelectorAll("#toasts [data-toast]")];
  const fresh = all.filter((toast) => toast.dataset.toast !== "ready");
  if (!fresh.length) return;
  const wentWell = fresh.some((toast) => !isBad(toast));
  for (const old of all) if (!fresh.includes(old) && (wentWell || !isBad(old))) old.remove();
  fresh.forEach(prepareToast);
}

/** Show a toast from a script: `document.dispatchEvent(new CustomEvent("toast", {detail: {text, level}}))`. */
function addToast({ text, level = "info" }) {
  const toast = document.createElement("div");
  toast.className = `toast toast-${level}`;
  toast.dataset.toast = "";
  const words = document.createElement("div");
  words.textContent = text;
  toast.append(words);
  document.getElementById("toasts").append(toast);
}

const toasts = document.getElementById("toasts");
if (toasts) {
  prepareToasts();
  new MutationObserver(prepareToasts).observe(toasts, { childList: true, subtree: true });
  document.addEventListener("toast", (event) => addToast(event.detail));
}

// A form that came back with errors: the summary is the first thing to hear.
document.querySelector("[data-error-summary]")?.focus();

// Send a form once. The buttons come back when the page is shown again from the browser's memory.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]") || event.defaultPrevented) return;
  if (form.dataset.sent === "true") {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
    button.setAttribute("aria-disabled", "true");
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  }
});

async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  // Plain http inside an office network has no clipboard API.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print], [data-dialog-open], [data-dialog-close]");
  if (button?.matches("[data-print]")) window.print();
  if (button?.matches("[data-dialog-open]")) document.getElementById(button.dataset.dialogOpen)?.showModal();
  if (button?.matches("[data-dialog-close]")) button.closest("dialog")?.close();
  if (button?.matches("[data-copy]")) {
    await copyText(button.dataset.copy);
    addToast({ text: button.dataset.copied, level: "success" });
  }
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    // data-menu may name what the menu unfolds where that stands beside it.
    const body = menu.dataset.menu && document.querySelector(menu.dataset.menu);
    if (!menu.contains(event.target) && !body?.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Filters that apply themselves; without scripts the form has its own button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form?.requestSubmit) form.requestSubmit();
  else form?.submit();
});

// A short list that depends on another one (the communities of a street): the server sends all of them in groups
// with data-parent, so that it also works without scripts.
function narrow(select) {
  const target = document.querySelector(select.dataset.narrows);
  if (!target) return;
  for (const part of target.querySelectorAll("[data-parent]")) {
    const fits = !select.value || part.dataset.parent === select.value;
    part.hidden = !fits;
    part.disabled = !fits;
  }
  if (target.selectedOptions[0]?.closest("[data-parent]")?.disabled) target.value = "";
}
document.querySelectorAll("select[data-narrows]").forEach(narrow);
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-narrows]")) narrow(event.target);
});

// Photos of many megabytes are made smaller on the phone: over a slow line nobody waits for them, and above a size the
// portal would refuse them. What cannot be drawn here goes as it is.
const LARGE = 2_000_000;
const LONGEST = 2048; // pixels, as the portal keeps them
async function shrink(file) {
  if (!file.type.startsWith("image/") || file.size <= LARGE) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: blob.type });
  } catch {
    return file;
  }
}
const shrunk = new WeakSet();
document.addEventListener(
  "change",
  async (event) => {
    const input = event.target;
    if (!input.matches("input[type=file][data-photos]") || shrunk.delete(event)) return;
    const chosen = [...input.files];
    if (!chosen.some((file) => file.size > LARGE)) return;
    // Nobody hears of the choice before it is final.
    event.stopImmediatePropagation();
    const files = await Promise.all(chosen.map(shrink));
    if (files.some((file, index) => file !== chosen[index])) {
      const transfer = new DataTransfer();
      for (const file of files) transfer.items.add(file);
      input.files = transfer.files;
    }
    const again = new Event("change", { bubbles: true });
    shrunk.add(again);
    input.dispatchEvent(again);
  },
  { capture: true },
);

// What htmx brings in later gets the same care.
document.addEventListener("htmx:load", (event) => {
  event.detail.elt.querySelectorAll("select[data-narrows]").forEach(narrow);
  event.detail.elt.querySelector("[data-error-summary]")?.focus();
});
