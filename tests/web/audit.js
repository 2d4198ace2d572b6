// Looks over the page for what keeps people out; returns a sentence for each fault.
() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const named = (element) => element.outerHTML.slice(0, 80);

  if (!document.documentElement.lang) faults.push("no language on html");
  if (!document.title.trim()) faults.push("no title");
  if (all("h1").length !== 1) faults.push(`${all("h1").length} h1`);
  if (all("main").length !== 1) faults.push(`${all("main").length} main`);

  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6").filter(shown)) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) faults.push(`heading level ${next} follows ${level}: ${named(heading)}`);
    level = next;
  }

  const name = (element) => {
    const by = (element.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
    const texts = [
      ...by.map((id) => document.getElementById(id)?.textContent ?? ""),
      element.getAttribute("aria-label") ?? "",
      ...[...(element.labels ?? [])].map((label) => label.textContent),
      element.matches("input, audio, video") ? "" : element.textContent,
      ...[...element.querySelectorAll("img")].map((image) => image.alt),
    ];
    return texts.join(" ").trim();
  };
  const usable = "input:not([type=hidden]), button, select, textarea, a[href], summary, audio, video";
  for (const element of all(usable)) {
    if (!name(element)) faults.push(`no name: ${element.localName}: ${named(element)}`);
  }
  for (const image of all("img")) {
    if (!image.hasAttribute("alt")) faults.push(`no alt: ${named(image)}`);
  }
  const ids = all("[id]").map((element) => element.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) {
    faults.push(`id used twice: ${id}`);
  }
  for (const label of all("label[for]")) {
    if (!document.getElementById(label.htmlFor)) faults.push(`label of nothing: ${named(label)}`);
  }
  for (const button of all("button, input, summary").filter(shown)) {
    const { width, height } = button.getBoundingClientRect(); // WCAG 2.2, 2.5.8
    if (width < 24 || height < 24) faults.push(`too small to touch: ${named(button)}`);
  }

  const wide = document.documentElement.scrollWidth;
  if (wide > window.innerWidth) {
    const out = all("body *").find((e) => e.getBoundingClientRect().right > window.innerWidth + 1);
    faults.push(`wider than the window: ${wide} > ${window.innerWidth}: ${out && named(out)}`);
  }

  // Contrast of every text with the nearest ground below it (WCAG 2.2, 1.4.3).
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = parts(colour).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((parts(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || seen.has(element) || !shown(element)) continue;
    seen.add(element);
    const style = getComputedStyle(element);
    const [dark, light] = [luminance(style.color), luminance(ground(element))].sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${named(element)}`);
  }
  return faults;
}
