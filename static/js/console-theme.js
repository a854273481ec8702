// Runs before the first paint, so that a dark screen does not flash white. The choice is kept in this browser.
(() => {
  "use strict";
  const kept = localStorage.getItem("console-theme");
  const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark", dark);
})();
