// A home visit is checked before it is put away, with the sentences of the verb that would refuse it later: nobody should
// learn five doors on that a box was not ticked. The portal checks all of it again.

const form = document.getElementById("visit");
const said = form.dataset;
const shapes = new RegExp(`^(?:${said.phoneShapes})$`);

function isPhone(text) {
  let number = text.normalize("NFKC").replace(/[\s().·‐-―−-]/g, "");
  const home = /^(?:\+|00)86(0?\d{5,12})$/.exec(number);
  if (home) number = home[1];
  else if (number.startsWith("00")) number = `+${number.slice(2)}`;
  // +86 755 … is written without the 0 of the area code.
  return shapes.test(number) || (home !== null && shapes.test(`0${number}`));
}

const value = (name) => form.elements[name].value.trim();

function needsHeard() {
  return [...document.querySelectorAll("#needs [data-need]")].map((box) => ({
    text: box.querySelector("textarea"),
    photos: box.querySelector("input[type=file]"),
    isTouched: [...box.querySelectorAll("textarea, select, input")].some(isChanged),
  }));
}

function isChanged(control) {
  if (control.type === "file") return control.files.length > 0;
  if (control.tagName === "SELECT") return Boolean(control.value) && !control.selectedOptions[0].defaultSelected;
  return control.value.trim() !== "";
}

function* photoTroubles(input) {
  const { maxCount, maxBytes, tooMany, tooLarge } = input.dataset;
  if (input.files.length > Number(maxCount)) yield [input, tooMany];
  for (const file of input.files) if (file.size > Number(maxBytes)) yield [input, tooLarge.replace("{name}", file.name)];
}

function* troubles() {
  const { elements } = form;
  const needs = needsHeard().filter((need) => need.isTouched);
  if (!value("region")) yield [elements.region, said.noRegion];
  if (!value("household")) yield [elements.household, said.noHousehold];
  const met = form.querySelector("[name=met]:checked");
  if (!met) yield [elements.met[0], said.noMet];
  else if (needs.length && met.value === said.nobody) yield [elements.met[0], said.nobodySaid];
  if (needs.length && !value("phone")) yield [elements.phone, said.noPhone];
  else if (value("phone") && !isPhone(value("phone"))) yield [elements.phone, said.badPhone];
  const age = (Date.now() - new Date(elements.visited_at.value)) / 1000;
  if (elements.visited_at.value && !(age <= said.oldest && age >= -said.fast)) {
    yield [elements.visited_at, said.badMoment];
  }
  for (const need of needs) {
    if (!need.text.value.trim()) yield [need.text, said.noDescription];
    yield* photoTroubles(need.photos);
  }
  if (needs.length && !elements.consent.checked) yield [elements.consent, said.noConsent];
}

function wipe() {
  document.getElementById("visit-troubles")?.remove();
  for (const line of document.querySelectorAll(".errorlist, .error-summary")) line.remove();
  for (const box of form.querySelectorAll(".has-error")) box.classList.remove("has-error");
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

function mark(control, sentence, number) {
  const box = control.closest(".field");
  const line = document.createElement("ul");
  line.className = "errorlist";
  line.id = `visit-trouble-${number}`;
  line.append(Object.assign(document.createElement("li"), { textContent: sentence }));
  box.classList.add("has-error");
  const label = control.closest(".choice") ?? control;
  (box.matches("fieldset") ? box.querySelector(".choices") : label).before(line);
  control.setAttribute("aria-invalid", "true");
}

function show(found) {
  const summary = document.createElement("div");
  summary.className = "error-summary";
  summary.id = "visit-troubles";
  summary.tabIndex = -1;
  summary.setAttribute("role", "alert");
  const list = document.createElement("ul");
  found.forEach(([control, sentence], number) => {
    mark(control, sentence, number);
    const link = Object.assign(document.createElement("a"), { href: `#${control.id}`, textContent: sentence });
    list.append(document.createElement("li"));
    list.lastElementChild.append(link);
  });
  summary.append(Object.assign(document.createElement("h2"), { textContent: said.check }), list);
  form.before(summary);
  summary.focus();
}

form.addEventListener(
  "submit",
  (event) => {
    if (event.submitter?.name === "more") return;
    wipe();
    const found = [...troubles()];
    if (!found.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    show(found);
  },
  true,
);
