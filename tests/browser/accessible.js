// Faults of a page that a screen reader's or keyboard's user would meet; [] when there are none.
() => {
  const faults = [];
  const shown = (element) => element.checkVisibility ? element.checkVisibility() : element.offsetParent !== null;
  const words = (element) => {
    const by = element.getAttribute("aria-labelledby");
    if (by) return by.split(" ").map((id) => document.getElementById(id)?.textContent || "").join(" ").trim();
    if (element.getAttribute("aria-label")) return element.getAttribute("aria-label").trim();
    if (element.labels?.length) return [...element.labels].map((label) => label.textContent).join(" ").trim();
    const alt = [...element.querySelectorAll("img[alt]")].map((image) => image.alt).join(" ");
    return (element.textContent + " " + alt).trim();
  };
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title.trim()) faults.push("no title");
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  const headings = [...document.querySelectorAll("h1, h2, h3, h4")].filter(shown);
  if (headings.filter((one) => one.tagName === "H1").length !== 1) faults.push("not one h1");
  let level = 0;
  headings.forEach((one) => {
    const next = Number(one.tagName[1]);
    if (next > level + 1) faults.push(`heading skips to h${next}: ${one.textContent.trim()}`);
    level = next;
  });
  document.querySelectorAll("img").forEach((image) => { if (!image.hasAttribute("alt")) faults.push(`no alt: ${image.src}`); });
  document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea").forEach((element) => {
    if (shown(element) && !words(element)) faults.push(`no name: ${element.outerHTML.slice(0, 120)}`);
  });
  document.querySelectorAll("fieldset").forEach((set) => { if (!set.querySelector("legend")?.textContent.trim()) faults.push("no legend"); });
  document.querySelectorAll("[aria-describedby], [aria-controls], label[for]").forEach((element) => {
    const ids = [element.getAttribute("aria-describedby"), element.getAttribute("aria-controls"), element.getAttribute("for")];
    ids.filter(Boolean).join(" ").split(" ").forEach((id) => { if (!document.getElementById(id)) faults.push(`points at nothing: #${id}`); });
  });
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => faults.push(`twice: #${id}`));
  document.querySelectorAll("[tabindex]").forEach((element) => { if (element.tabIndex > 0) faults.push("tabindex above 0"); });
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  return faults;
}
