/* What a reader sees of the slide that is shown, for tests/test_browser.py. All in CSS pixels. */
(() => {
  "use strict";

  const NOTHING = /^[\s\u200b]*$/;
  const SLACK = 1.5;
  const SMALLEST_TEXT = 14;

  const isSeen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const name = (element) => element.id ? `#${element.id}` : `${element.localName}.${element.className}`;
  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 40);

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
        for (const rect of range.getClientRects()) yield { what: short(node.data), rect, text: node.parentElement };
      } else if (node.matches("img, svg, video, canvas, iframe")) {
        yield { what: name(node), rect: node.getBoundingClientRect() };
      } else if (node.matches(".katex")) {
        for (const rect of formulaRects(node)) yield { what: short(node.textContent), rect };
      }
    }
  }

  /** Where a slide's contents may be: inside its padding, and above the footer. */
  function area(slide) {
    const box = slide.getBoundingClientRect();
    const style = getComputedStyle(slide);
    const footer = document.querySelector(".deck-footer p").getBoundingClientRect();
    return {
      left: box.left + parseFloat(style.paddingLeft), right: box.right - parseFloat(style.paddingRight),
      top: box.top, bottom: Math.min(footer.top, innerHeight),
    };
  }

  const isInside = (rect, area) => rect.left >= area.left - SLACK && rect.right <= area.right + SLACK
    && rect.top >= area.top - SLACK && rect.bottom <= area.bottom + SLACK;

  /** Boxes that hide a part of what they hold. */
  function hiding(slide) {
    return [...slide.querySelectorAll("*")].filter((box) => {
      const { overflowX, overflowY } = getComputedStyle(box);
      if (!isSeen(box) || box.closest(".katex, .visually-hidden, .scrollable")) return false;
      return (overflowX !== "visible" && box.scrollWidth > box.clientWidth + SLACK)
        || (overflowY !== "visible" && box.scrollHeight > box.clientHeight + SLACK);
    }).map((box) => `${name(box)} ${short(box.textContent)}`);
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
        if (other) found.push(`${one.what} | ${other.what}`);
      }
    }));
    return found;
  }

  function picture(image) {
    const { left, top, width, height } = image.getBoundingClientRect();
    return {
      src: image.getAttribute("src"), alt: image.alt, isFigure: !!image.closest(".output.figure"),
      natural: [image.naturalWidth, image.naturalHeight], box: [left, top, width, height],
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

  /** The slide that is shown, once its fonts and pictures are there. */
  globalThis.measureSlide = async () => {
    await document.fonts.ready;
    const slide = Reveal.getCurrentSlide();
    await Promise.all([...slide.querySelectorAll("img")].map((image) => image.decode().catch(() => {})));
    const inside = area(slide);
    const pieces = [...drawn(slide)];
    const isTiny = ({ text }) => text && !text.closest("sup") && parseFloat(getComputedStyle(text).fontSize) < SMALLEST_TEXT;
    const seen = (selector) => [...slide.querySelectorAll(selector)].filter(isSeen);
    return {
      id: slide.id,
      outside: pieces.filter(({ rect }) => !isInside(rect, inside)).map(({ what }) => what),
      hiding: hiding(slide),
      overlaps: overlaps(slide),
      tiny: pieces.filter(isTiny).map(({ what }) => what),
      pictures: seen("img").map(picture),
      formulas: seen(".katex").map(formula),
    };
  };
})();
