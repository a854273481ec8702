// The console's keyboard and small comforts. Everything here also works without it, by links and forms.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (element) => element && (element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName))
    && !/^(checkbox|radio|button|submit)$/i.test(element.type || "");

  // ---- rows and hits that j and k walk over
  const stops = () => $$("[data-stop]").filter((element) => element.offsetParent !== null);
  const chosen = () => $("[data-stop].chosen");
  function choose(element) {
    if (!element) return;
    $$("[data-stop].chosen").forEach((other) => other.classList.remove("chosen"));
    element.classList.add("chosen");
    (element.querySelector("[data-open]") || element).focus({ preventScroll: true });
    element.scrollIntoView({ block: element.offsetHeight > innerHeight * 0.8 ? "start" : "nearest" });
  }
  function walk(step) {
    const all = stops();
    const at = all.indexOf(chosen());
    choose(all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))]);
  }

  // ---- verbs by key: a button that says which
  function press(key, root = document) {
    const button = $(`[data-key="${key}"]`, root) || $(`[data-key="${key}"]`);
    if (!button || button.disabled) return false;
    button.click();
    return true;
  }
  function mark(status) {
    const hit = chosen() || $("[data-hit]");
    const form = hit && $("form[data-outcome]", hit);
    if (!form) return;
    const radio = $(`input[name=status][value=${status}]`, form);
    if (!radio) return;
    choose(hit);
    form.closest("details")?.setAttribute("open", "");
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    radio.focus();
  }
  function tick(number) {
    const form = document.activeElement?.closest("form") || $("form[data-outcome]", chosen() || document);
    const boxes = form ? $$("[data-reason]", form).filter((box) => box.offsetParent !== null) : [];
    boxes[number - 1]?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
    const acts = {
      j: () => walk(1), k: () => walk(-1), "/": () => $("#find")?.focus(), "?": () => $("#help")?.showModal(),
      a: () => press("a"), x: () => press("x"), e: () => press("e"),
      d: () => { const box = $("#decide"); box?.setAttribute("open", ""); $("input, select, textarea", box || document)?.focus(); },
      n: () => mark("no_match"), m: () => mark("true_match"), i: () => mark("inconclusive"),
      Enter: () => /^(a|button|summary|input)$/i.test(event.target.tagName) ? false : $("[data-open]", chosen() || document.createElement("i"))?.click(),
    };
    if (/^[1-9]$/.test(event.key)) { tick(Number(event.key)); event.preventDefault(); return; }
    const act = acts[event.key];
    if (act && act() !== false) event.preventDefault();
  });

  // ---- light and dark, menu on narrow screens, help
  $$("[data-theme-switch]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const dark = document.documentElement.classList.toggle("dark");
      localStorage.setItem("console-theme", dark ? "dark" : "light");
    });
  });
  $$("[data-help]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => $("#help").showModal());
  });
  $$("[data-toggle]").forEach((button) => button.addEventListener("click", () => {
    const open = document.getElementById(button.dataset.toggle).classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  }));

  // ---- documents: fetched only when somebody asks to see them, because each view is recorded
  $$("[data-viewer]").forEach((viewer) => {
    const stage = $(".stage", viewer);
    let scale = 1, turn = 0;
    const place = () => {
      const image = $("img", stage);
      if (image) { image.style.width = `${scale * 100}%`; image.style.transform = `rotate(${turn}deg)`; }
    };
    $("[data-reveal]", viewer)?.addEventListener("click", (event) => {
      event.preventDefault();
      const image = new Image();
      image.alt = viewer.dataset.viewer;
      image.src = event.currentTarget.dataset.reveal;
      image.addEventListener("error", () => { stage.textContent = "There is no picture of this document."; });
      stage.replaceChildren(image);
      viewer.classList.add("revealed");
      place();
    });
    $$("[data-view]", viewer).forEach((button) => button.addEventListener("click", () => {
      const acts = {
        in: () => { scale = Math.min(6, scale * 1.4); }, out: () => { scale = Math.max(0.3, scale / 1.4); },
        left: () => { turn -= 90; }, right: () => { turn += 90; }, blur: () => viewer.classList.toggle("blurred"),
      };
      acts[button.dataset.view]();
      place();
    }));
  });

  // ---- what the customer will read, while it is being written
  $$("[data-preview-of]").forEach((preview) => {
    const form = document.getElementById(preview.dataset.previewOf);
    const target = $("[data-preview-text]", preview);
    const show = () => {
      const items = $$("[data-item]", form).filter((item) => $("input[type=checkbox]", item)?.checked)
        .map((item) => $("textarea, input[type=text]", item)?.value.trim()).filter(Boolean);
      const typed = $("textarea[data-customer-words]", form)?.value.trim();
      const suggested = [...new Set($$("[data-public]:checked", form).map((box) => box.dataset.public).filter(Boolean))].join(" ");
      if (items.length) {
        const list = document.createElement("ul");
        items.forEach((text) => { const line = document.createElement("li"); line.textContent = text; list.append(line); });
        target.replaceChildren(list);
      } else {
        target.textContent = typed || suggested || target.dataset.empty;
      }
    };
    form.addEventListener("input", show);
    show();
  });

  // ---- forms whose choices depend on another: outcome -> reasons
  $$("form[data-outcome], form[data-decide]").forEach((form) => {
    const show = () => {
      const picked = $("input[data-for]:checked", form);
      $$("[data-only]", form).forEach((row) => {
        const fits = !picked || row.dataset.only.split(" ").includes(picked.dataset.for);
        row.hidden = !fits;
        if (!fits) $$("input", row).forEach((box) => { box.checked = false; });
      });
      // the keys 1 to 9 tick what is to be seen, so these are numbered anew
      $$("[data-only]:not([hidden]) kbd", form).forEach((key, index) => { key.textContent = index + 1; });
    };
    form.addEventListener("change", (event) => { if (event.target.matches("[data-for]")) show(); });
    show();
  });

  // ---- copy a key that is shown once
  $$("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      button.textContent = "Copied";
    });
  });

  // ---- a click anywhere on a row opens it, unless it was on something of its own
  $$("tr[data-stop]").forEach((row) => row.addEventListener("click", (event) => {
    if (!event.target.closest("a, button, input, label, summary") && !String(getSelection())) $("[data-open]", row)?.click();
  }));

  ($("[data-focus]") || $("[data-autofocus]"))?.focus();
})();
