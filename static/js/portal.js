// Small comforts of the portal. Every page also works without them, by links and forms alone.
(() => {
  "use strict";
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add("js");

  // ---- the rail of steps lies open where there is room, and folds on a phone
  const wide = matchMedia("(min-width: 60rem)");
  const rails = $$("details[data-rail]");
  const fold = () => rails.forEach((rail) => { rail.open = wide.matches; });
  fold();
  wide.addEventListener("change", fold);
  rails.forEach((rail) => rail.querySelector("summary").addEventListener("click", (event) => {
    if (wide.matches) event.preventDefault();
  }));

  // ---- the account menu closes on Escape and on a click elsewhere
  $$("details[data-menu]").forEach((menu) => {
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // ---- what is wrong or missing comes first, also for a screen reader
  const first = document.querySelector("[data-focus]") || document.querySelector("form .errorlist");
  if (first) {
    const target = first.matches("[data-focus]") ? first
      : first.closest(".field, fieldset")?.querySelector("input, select, textarea") || first;
    target.focus({ preventScroll: true });
    first.scrollIntoView({ block: "center" });
  }

  // ---- a password can be shown
  $$("[data-reveals]").forEach((button) => {
    const input = document.getElementById(button.dataset.reveals);
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.textContent = shown ? "Hide" : "Show";
      button.setAttribute("aria-pressed", String(shown));
    });
  });

  // ---- a chosen file is named and, where it is a picture, shown before it is sent
  $$("[data-drop]").forEach((drop) => {
    const input = drop.querySelector("input[type=file]");
    const words = drop.querySelector("[data-drop-words]");
    const name = drop.querySelector("[data-drop-name]");
    ["dragenter", "dragover"].forEach((kind) => drop.addEventListener(kind, () => drop.classList.add("over")));
    ["dragleave", "drop"].forEach((kind) => drop.addEventListener(kind, () => drop.classList.remove("over")));
    input.addEventListener("change", () => {
      drop.querySelector("img")?.remove();
      const file = input.files[0];
      if (!file) return;
      words.textContent = "Chosen; click to take another";
      name.textContent = `${file.name}, ${(file.size / 1048576).toFixed(1)} MB`;
      if (!file.type.startsWith("image/")) return;
      const reader = new FileReader();
      reader.addEventListener("load", () => {
        const image = new Image();
        image.alt = "The picture you chose";
        image.addEventListener("load", () => drop.prepend(image));
        image.src = reader.result; // a data: address; a picture the browser cannot show is simply not shown
      });
      reader.readAsDataURL(file);
    });
  });

  // ---- questions for a person or for a company alone
  $$("form").filter((form) => form.querySelector("[data-only]")).forEach((form) => {
    const show = () => {
      const kind = form.querySelector("input[name=kind]:checked")?.value;
      if (!kind) return;
      $$("[data-only]", form).forEach((input) => {
        const fits = input.dataset.only === kind;
        input.closest(".field").hidden = !fits;
        if (!fits) input.value = "";
      });
    };
    form.addEventListener("change", (event) => { if (event.target.name === "kind") show(); });
    show();
  });

  // ---- one click sends once
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    $$("button:not([type=button])", form).forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    $$("[aria-disabled]", form).forEach((button) => button.removeAttribute("aria-disabled"));
  }));

  // ---- a passkey that was refused, not found or cancelled is told on the page
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const cancelled = event.detail.exception?.name === "NotAllowedError";
    const note = document.createElement("div");
    note.className = "notice warn";
    note.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = cancelled
      ? "The passkey was not used: it was cancelled, or none fits this site."
      : "The passkey did not work here. Try again, or sign in another way.";
    note.append(text);
    $$(".notice[role=alert]").forEach((old) => old.remove());
    (document.querySelector("h1") || document.body).after(note);
  });
})();
