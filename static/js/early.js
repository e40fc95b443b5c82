// Runs before the first paint: what only works with scripts is hidden until this class is there.
document.documentElement.classList.add("has-js");
