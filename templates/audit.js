/* What a reader sees of a page, and what of it cannot be read: run inside the page by `proofdeck audit`
   and by tests/test_tour.py. All in CSS pixels. A finding says its kind, what it is about, and the
   ids around it, from the inside out: those of snippets and claims lead to a line of the lecture. */
(() => {
  "use strict";

  const NOTHING = /^[\s\u200b]*$/;
  const SLACK = 1.5;
  const SMALLEST_TEXT = 18;
  const SMALLEST_CODE = 14; // also letters within formulas: exponents are small by nature
  const LARGE_TEXT = 24; // WCAG 1.4.3: 18 point, or 14 point and bold, need a contrast of 3 only
  const LARGE_BOLD = 18.66;

  const isSeen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const name = (element) => element.id ? `#${element.id}` : `${element.localName}.${element.className}`;
  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 60);

  function idsAround(element) {
    const ids = [];
    for (let at = element; at; at = at.parentElement) if (at.id) ids.push(at.id);
    return ids;
  }

  const finding = (kind, element, what, more = "") => ({ kind, what, more, ids: idsAround(element) });

  // What is drawn ------------------------------------------------------------------------------

  /** Rectangles of a formula: its width, and the height that TeX gave it (letters' own boxes are higher). */
  function formulaRects(formula) {
    return [...formula.querySelectorAll(".katex-html .katex-base")].map((base) => {
      const { left, right } = base.getBoundingClientRect();
      const { top, bottom } = base.querySelector(".katex-strut").getBoundingClientRect();
      return { left, right, top, bottom };
    });
  }

  /** Everything that is drawn inside `element`: each line of text, each picture, each formula. */
  function* drawn(element) {
    const kinds = NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT;
    const walker = document.createTreeWalker(element, kinds, (node) => {
      const parent = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
      if (!isSeen(parent) || parent.matches(".copy, .visually-hidden")) return NodeFilter.FILTER_REJECT;
      return parent.parentElement.closest(".katex") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
    });
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        if (NOTHING.test(node.data) || node.parentElement.matches(".katex")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const rect of range.getClientRects()) yield { what: short(node.data), rect, element: node.parentElement, isText: true };
      } else if (node.matches("img, svg, video, canvas, iframe")) {
        yield { what: node.alt || name(node), rect: node.getBoundingClientRect(), element: node };
      } else if (node.matches(".katex")) {
        for (const rect of formulaRects(node)) yield { what: short(texOf(node)), rect, element: node };
      }
    }
  }

  const texOf = (katex) => katex.querySelector("annotation")?.textContent ?? katex.textContent;

  // Where it is --------------------------------------------------------------------------------

  /** Where a slide's contents may be: inside its padding, and above the footer. */
  function area(slide) {
    const box = slide.getBoundingClientRect();
    const style = getComputedStyle(slide);
    const scale = box.width / slide.offsetWidth;
    const footer = document.querySelector(".deck-footer p").getBoundingClientRect();
    return {
      left: box.left + parseFloat(style.paddingLeft) * scale, right: box.right - parseFloat(style.paddingRight) * scale,
      top: box.top, bottom: Math.min(footer.top, innerHeight),
    };
  }

  const isInside = (rect, area) => rect.left >= area.left - SLACK && rect.right <= area.right + SLACK
    && rect.top >= area.top - SLACK && rect.bottom <= area.bottom + SLACK;

  /** Boxes that hide a part of what they hold. On a page they may scroll if a keyboard reaches them. */
  function hiding(root, mayScroll) {
    return [...root.querySelectorAll("*")].filter((box) => {
      const { overflowX, overflowY } = getComputedStyle(box);
      if (!isSeen(box) || box.closest(".katex, .visually-hidden, .scrollable")) return false;
      const scrolls = mayScroll && [overflowX, overflowY].includes("auto") && box.tabIndex >= 0;
      return !scrolls && ((overflowX !== "visible" && box.scrollWidth > box.clientWidth + SLACK)
        || (overflowY !== "visible" && box.scrollHeight > box.clientHeight + SLACK));
    }).map((box) => finding("hiding", box, short(box.textContent)));
  }

  /** Pairs of parts of the slide, one drawn over the other. */
  function overlaps(slide) {
    const parts = [...slide.children].filter((part) => isSeen(part) && !part.closest(".absolute, .r-stack"));
    const pieces = parts.map((part) => [...drawn(part)]);
    const cross = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > SLACK
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > SLACK;
    const found = [];
    pieces.forEach((some, index) => pieces.slice(index + 1).forEach((others) => {
      for (const one of some) {
        const other = others.find((piece) => cross(one.rect, piece.rect));
        if (other) found.push(finding("overlap", one.element, one.what, other.what));
      }
    }));
    return found;
  }

  // How large and how strong it is -------------------------------------------------------------

  function isTiny(element) {
    const size = parseFloat(getComputedStyle(element).fontSize);
    return size < (element.closest("pre, code, .katex") ? SMALLEST_CODE : SMALLEST_TEXT) - 0.05;
  }

  /** The element that text of a formula or of a paragraph hangs on, each once. */
  function textElements(root) {
    const found = new Set();
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (NOTHING.test(node.data) || element.closest(".katex-mathml, .visually-hidden")) continue;
      if (isSeen(element)) found.add(element);
    }
    return [...found];
  }

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();

  /** Any CSS colour as red, green, blue (0 to 255) and alpha (0 to 1). */
  function rgba(css) {
    if (!known.has(css)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = css;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(css, [red, green, blue, alpha / 255]);
    }
    return known.get(css);
  }

  function over([r, g, b, alpha], [R, G, B]) {
    return [r * alpha + R * (1 - alpha), g * alpha + G * (1 - alpha), b * alpha + B * (1 - alpha)];
  }

  function luminance(color) {
    const [r, g, b] = color.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  /** What `element` stands on, as one colour; null where that is a picture. */
  function ground(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      if (at.matches(".slides")) layers.push(document.querySelector(".backgrounds .present"));
      layers.push(at);
    }
    const styles = layers.filter(Boolean).map((layer) => getComputedStyle(layer));
    if (styles.some((style) => style.backgroundImage !== "none")) return null;
    return styles.reverse().reduce((below, style) => over(rgba(style.backgroundColor), below), [255, 255, 255]);
  }

  function isFaint(element) {
    const style = getComputedStyle(element);
    const below = ground(element);
    if (!below) return 0;
    const color = rgba(style.color).slice();
    for (let at = element; at; at = at.parentElement) color[3] *= parseFloat(getComputedStyle(at).opacity);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= LARGE_TEXT || (size >= LARGE_BOLD && style.fontWeight >= 700);
    const ratio = contrast(over(color, below), below);
    return ratio < (isLarge ? 3 : 4.5) ? ratio : 0;
  }

  /** Text that is too small for the last row, or too weak. */
  function hardToRead(root, smallest = true) {
    const texts = textElements(root);
    const weak = texts.map((text) => [text, isFaint(text)]).filter(([, ratio]) => ratio);
    return [
      ...(smallest ? texts.filter(isTiny) : []).map((text) => finding("tiny", text, short(text.textContent), getComputedStyle(text).fontSize)),
      ...weak.map(([text, ratio]) => finding("faint", text, short(text.textContent), ratio.toFixed(2))),
    ];
  }

  // Pictures, formulas and links ---------------------------------------------------------------

  function picture(image) {
    const { left, top, width, height } = image.getBoundingClientRect();
    return {
      src: image.getAttribute("src"), alt: image.alt, isFigure: !!image.closest(".output.figure"),
      natural: [image.naturalWidth, image.naturalHeight], box: [left, top, width, height], ids: idsAround(image),
    };
  }

  function formula(katex) {
    const rects = formulaRects(katex);
    const edge = (side, choose) => choose(...rects.map((rect) => rect[side]));
    const [left, top] = [edge("left", Math.min), edge("top", Math.min)];
    return {
      tex: katex.querySelector("annotation")?.textContent.trim(),
      text: katex.querySelector(".katex-html").textContent.replace(/[\s\u200b]/g, ""),
      failed: !!katex.querySelector(".katex-error"),
      box: [left, top, edge("right", Math.max) - left, edge("bottom", Math.max) - top],
    };
  }

  /** Pictures that say nothing to who cannot see them, or that are not there. */
  function badPictures(images) {
    const decorative = (image) => image.matches("[role=presentation], [aria-hidden=true]");
    return images.flatMap((image) => [
      ...(/^(figure|image|picture)?$/i.test(image.alt.trim()) && !decorative(image) ? [finding("alt", image, image.getAttribute("src"))] : []),
      ...(image.naturalWidth ? [] : [finding("missing", image, image.getAttribute("src"))]),
    ]);
  }

  /** Links to what the page does not have; links to files are for who can look for them. */
  function links(root) {
    return [...root.querySelectorAll("a[href]")].map((link) => {
      const href = link.getAttribute("href");
      const id = href.startsWith("#") ? decodeURIComponent(href.replace(/^#\/?/, "")).split("/")[0] : "";
      return { ...finding("link", link, href, short(link.textContent)), isDead: href.startsWith("#") && !document.getElementById(id) };
    });
  }

  // The slide, the deck, the page --------------------------------------------------------------

  async function settled(root) {
    await document.fonts.ready;
    await Promise.all([...root.querySelectorAll("img")].filter(isSeen).map((image) => image.decode().catch(() => {})));
  }

  /** What lies folded: each opened for a look, and closed again. */
  async function folded(slide, inside) {
    const found = [];
    for (const details of [...slide.querySelectorAll("details:not([open])")].filter(isSeen)) {
      const toggled = () => new Promise((resolve) => { details.addEventListener("toggle", resolve, { once: true }); });
      details.open = true;
      await toggled(); // deck.js places it then
      // What lies over the slide has a box that deck.js fits in, and may scroll up and down in it.
      const scrolls = details.matches(".claim-badge, .exercise-part");
      const within = scrolls ? { ...inside, top: -Infinity, bottom: Infinity } : inside;
      const out = [...drawn(details)].filter(({ rect }) => !isInside(rect, within));
      found.push(...out.map(({ element, what }) => finding("outside", element, what)), ...hardToRead(details));
      details.open = false;
      await toggled();
    }
    return found;
  }

  /** The slide that is shown, once its fonts and pictures are there. */
  globalThis.measureSlide = async () => {
    const slide = Reveal.getCurrentSlide();
    await settled(slide);
    const inside = area(slide);
    const seen = (selector) => [...slide.querySelectorAll(selector)].filter(isSeen);
    const outside = [...drawn(slide)].filter(({ rect }) => !isInside(rect, inside));
    return {
      id: slide.id,
      findings: [
        ...outside.map(({ element, what }) => finding("outside", element, what)),
        ...hiding(slide, false), ...overlaps(slide), ...hardToRead(slide), ...badPictures(seen("img")),
        ...await folded(slide, inside),
      ],
      pictures: seen("img").map(picture),
      formulas: seen(".katex").map(formula),
      links: links(slide),
    };
  };

  /** Slide number `index` with all its steps, its fonts and pictures there. */
  globalThis.showSlide = async (index) => {
    Reveal.slide(index, 0, 999);
    await settled(Reveal.getCurrentSlide());
  };

  /** The slide that is shown, and then with each of its other tabs and each frame of its dials. */
  globalThis.measureTabs = async () => {
    const slides = [await measureSlide()];
    const tabs = [...Reveal.getCurrentSlide().querySelectorAll("[role=tab][aria-selected=false]")];
    for (const tab of tabs) {
      tab.click();
      slides.push(await measureSlide());
    }
    for (const dial of Reveal.getCurrentSlide().querySelectorAll(".dial")) {
      const frames = [...dial.querySelectorAll(":scope > .frame")];
      const shown = frames.findIndex((frame) => !frame.hidden);
      const turn = (number) => dial.dispatchEvent(new CustomEvent("turn", { detail: number }));
      for (const number of frames.keys()) {
        if (number === shown) continue;
        turn(number);
        slides.push(await measureSlide());
      }
      turn(shown);
    }
    return slides;
  };

  /** Every slide, at the size that the window has. */
  globalThis.measureDeck = async () => {
    const slides = [];
    for (let index = 0; index < Reveal.getTotalSlides(); index += 1) {
      await showSlide(index);
      slides.push(...await measureTabs());
    }
    return slides;
  };

  /** The deck, or the course page, as a page to scroll. */
  globalThis.measurePage = async () => {
    await settled(document.body);
    const scrolled = (element) => {
      for (let at = element; at && at !== document.body; at = at.parentElement) {
        if (getComputedStyle(at).overflowX !== "visible") return true; // `hiding` looks at the box
      }
      return false;
    };
    const outside = [...drawn(document.body)]
      .filter(({ rect, element }) => (rect.left < -SLACK || rect.right > innerWidth + SLACK) && !scrolled(element));
    const images = [...document.images].filter(isSeen);
    return {
      id: "",
      findings: [
        ...outside.map(({ element, what }) => finding("outside", element, what)),
        ...hiding(document.body, true), ...hardToRead(document.body, false), ...badPictures(images),
      ],
      links: links(document.body),
    };
  };

  // axe-core -----------------------------------------------------------------------------------

  /** Violations of the rules with these tags. Only the slide that is shown is in the page meanwhile:
      axe looks at every element, and takes seconds for those of a whole deck. */
  globalThis.runAxe = async (tags) => {
    const parent = document.querySelector(".slides");
    const all = [...parent.children];
    const isPage = document.documentElement.classList.contains("page");
    if (!isPage) parent.replaceChildren(Reveal.getCurrentSlide());
    const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
    const found = violations.flatMap((rule) => rule.nodes.map((node) => finding(
      "axe", document.querySelector(node.target.flat()[0]), node.html.slice(0, 90), `${rule.id}: ${rule.help}`,
    )));
    parent.replaceChildren(...all);
    return found;
  };

  // A figure, as the SVG that Matplotlib wrote -------------------------------------------------

  /** The colour at a point of the drawing below `text`; null where that is a picture. */
  function groundOfText(text, page) {
    const { left, top, width, height } = text.getBoundingClientRect();
    const all = document.elementsFromPoint(left + width / 2, top + height / 2);
    const below = all.find((element) => {
      if (text.contains(element) || !element.closest("svg") || element.matches("svg, g, use")) return false;
      const style = getComputedStyle(element);
      return element.matches("image") || (style.fill !== "none" && rgba(style.fill)[3] * style.fillOpacity * style.opacity > 0.5);
    });
    if (!below) return page;
    return below.matches("image") ? null : rgba(getComputedStyle(below).fill);
  }

  /** Text of a figure: its size on the slide, and its contrast. */
  function figureText(text, page, scale) {
    const letters = text.querySelector("g[transform*=scale]");
    const size = parseFloat(letters?.getAttribute("transform").match(/scale\(([\d.]+)/)?.[1] ?? 1) * 100 * (96 / 72) * scale;
    const what = [...text.childNodes].find((node) => node.nodeType === Node.COMMENT_NODE)?.data.trim() ?? "";
    const letter = text.querySelector("use, path:not(defs *)");
    const found = letters && size < SMALLEST_TEXT - 0.5 ? [{ kind: "tiny", what, more: `${size.toFixed(1)}px` }] : [];
    const below = letter && groundOfText(text, page);
    if (!below) return found;
    const ratio = contrast(over(rgba(getComputedStyle(letter).fill), below), below);
    const least = size >= LARGE_TEXT ? 3 : 4.5;
    return ratio < least ? [...found, { kind: "faint", what, more: ratio.toFixed(2) }] : found;
  }

  /** A line of a figure that is hard to tell from the page; grid lines may be. */
  function figureLine(line, page) {
    const style = getComputedStyle(line);
    const isGrid = line.closest("[id^='matplotlib.axis']") && line.hasAttribute("clip-path");
    if (style.stroke === "none" || isGrid || !parseFloat(style.strokeWidth)) return [];
    const color = rgba(style.stroke).slice();
    color[3] *= style.strokeOpacity * style.opacity;
    const ratio = contrast(over(color, page), page);
    return ratio < 3 ? [{ kind: "line", what: style.stroke, more: ratio.toFixed(2) }] : [];
  }

  /** What of the figure in this page cannot be read. `scale` is its size on the slide to its own. */
  globalThis.measureFigure = (scale) => {
    const page = rgba(getComputedStyle(document.body).backgroundColor);
    const svg = document.querySelector("svg");
    const lines = svg.querySelectorAll("[id^=line2d] path:not(defs *), [id^=LineCollection] path:not(defs *)");
    const found = [
      ...[...svg.querySelectorAll("g[id^=text_]")].flatMap((text) => figureText(text, page, scale)),
      ...[...lines].flatMap((line) => figureLine(line, page)),
    ];
    return [...new Map(found.map((each) => [`${each.kind} ${each.what}`, each])).values()];
  };
})();
