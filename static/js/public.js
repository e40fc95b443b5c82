// Residents' pages: reading aloud, the phone's position, previews of photos. Everything works without this file.

// Read aloud, sentence by sentence: browsers cut long texts off.
const speaker = document.querySelector("[data-read-aloud]");
if (speaker && "speechSynthesis" in window) {
  const label = speaker.querySelector("span");
  const start = label.textContent;
  const stop = () => {
    speechSynthesis.cancel();
    label.textContent = start;
    speaker.setAttribute("aria-pressed", "false");
  };
  speaker.hidden = false;
  speaker.setAttribute("aria-pressed", "false");
  speaker.addEventListener("click", () => {
    if (speaker.getAttribute("aria-pressed") === "true") return stop();
    const text = document.querySelector("[data-readable]").innerText;
    // No lookbehind here: the phones of five years ago would refuse the whole file.
    const sentences = (text.match(/[^。！？；!?;\n]+[。！？；!?;]?/g) ?? []).filter((sentence) => sentence.trim());
    sentences.forEach((sentence, index) => {
      const utterance = new SpeechSynthesisUtterance(sentence);
      utterance.lang = speaker.dataset.lang;
      utterance.rate = 0.9;
      if (index === sentences.length - 1) utterance.onend = stop;
      speechSynthesis.speak(utterance);
    });
    label.textContent = speaker.dataset.stop;
    speaker.setAttribute("aria-pressed", "true");
  });
  window.addEventListener("pagehide", () => speechSynthesis.cancel());
}

// "Where am I": fills two fields, or opens the page again with the position. Rounded to about 100 metres in addresses.
for (const button of document.querySelectorAll("[data-locate]")) {
  if (!navigator.geolocation || !window.isSecureContext) continue;
  button.hidden = false;
  const status = document.querySelector(button.dataset.status ?? "[data-locate-status]");
  const say = (text) => {
    if (status) status.textContent = text ?? "";
  };
  button.addEventListener("click", () => {
    say(button.dataset.busy);
    button.setAttribute("aria-disabled", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.removeAttribute("aria-disabled");
        say(button.dataset.done);
        if (button.dataset.href) {
          const address = new URL(button.dataset.href, window.location.href);
          address.searchParams.set("lat", coords.latitude.toFixed(3));
          address.searchParams.set("lng", coords.longitude.toFixed(3));
          // What was asked for is below the form, on a phone below the first screen.
          address.hash = "list";
          window.location.assign(address);
          return;
        }
        const [lat, lng] = [button.dataset.lat, button.dataset.lng].map((name) => document.querySelector(name));
        lat.value = coords.latitude.toFixed(6);
        lng.value = coords.longitude.toFixed(6);
        // "Move the mark" needs one to be seen.
        const map = document.querySelector(`[data-map][data-lat="${button.dataset.lat}"]`);
        map?.closest("details")?.setAttribute("open", "");
        lng.dispatchEvent(new Event("change", { bubbles: true }));
      },
      (error) => {
        button.removeAttribute("aria-disabled");
        say(error.code === error.PERMISSION_DENIED ? button.dataset.denied : button.dataset.unavailable);
      },
      { timeout: 10_000, maximumAge: 60_000 },
    );
  });
}

// Photos: what was chosen, and a word at once when it is too many or too large.
for (const input of document.querySelectorAll("input[type=file][data-photos]")) {
  const list = document.createElement("ul");
  list.className = "preview";
  const trouble = document.createElement("p");
  trouble.className = "field-error";
  trouble.setAttribute("aria-live", "polite");
  input.after(trouble, list);
  let urls = [];
  input.addEventListener("change", () => {
    urls.forEach((url) => URL.revokeObjectURL(url));
    const files = [...input.files];
    const large = files.find((file) => file.size > Number(input.dataset.maxBytes ?? Infinity));
    const tooMany = files.length > Number(input.dataset.maxCount ?? Infinity);
    const words = tooMany ? input.dataset.tooMany : large ? input.dataset.tooLarge.replace("{name}", large.name) : "";
    trouble.textContent = words;
    input.setCustomValidity(words);
    urls = files.map((file) => URL.createObjectURL(file));
    list.replaceChildren(
      ...files.map((file, index) => {
        const item = document.createElement("li");
        const image = document.createElement("img");
        image.src = urls[index];
        image.alt = file.name;
        // A phone's HEIC cannot be shown by most browsers; its name can.
        image.addEventListener("error", () => image.replaceWith(file.name), { once: true });
        item.append(image);
        return item;
      }),
    );
  });
}

// How much may still be typed, in the words of data-count-text="还可输入 {left} 字".
for (const area of document.querySelectorAll("textarea[maxlength][data-count-text]")) {
  const words = document.createElement("div");
  words.className = "hint";
  const count = () => (words.textContent = area.dataset.countText.replace("{left}", area.maxLength - area.value.length));
  area.after(words);
  area.addEventListener("input", count);
  count();
}

// Typing shows fewer choices at once; what is chosen stays to be seen. Without this file a button asks the server.
for (const search of document.querySelectorAll("[data-filters]")) {
  const choices = [...document.querySelectorAll(`${search.dataset.filters} label`)].filter((label) => label.control);
  search.addEventListener("input", () => {
    const words = search.value.trim();
    for (const label of choices) {
      // A choice stands below its day, which may be looked for, too.
      const said = label.parentElement.parentElement.firstElementChild.textContent + label.textContent;
      label.parentElement.hidden = !label.control.checked && label.control.value && !said.includes(words);
    }
    for (const group of new Set(choices.map((label) => label.parentElement.parentElement))) {
      group.hidden = [...group.children].every((child) => child.hidden || child.matches("label"));
    }
    const fits = choices.some((label) => label.control.value && !label.parentElement.hidden);
    document.querySelector(search.dataset.none).hidden = fits;
  });
}
