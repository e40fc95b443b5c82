// The rider's probe: where the phone is, as soon as a hazard is chosen. Everything works without this file.

const form = document.getElementById("probe");
const locate = document.querySelector("[data-locate]");

form?.addEventListener("change", (event) => {
  if (event.target.name === "hazard" && !form.elements.latitude.value && !locate?.hidden) locate?.click();
});

// With a position nobody has to choose a community.
form?.elements.longitude.addEventListener("change", () => {
  document.getElementById("place").open = false;
});
