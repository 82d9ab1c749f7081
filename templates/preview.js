/* The preview's own script: it replaces what changed in the open page and shows errors over their
   slides. The server adds it to the pages that it serves; it is never part of the site. */
(() => {
  "use strict";

  const start = JSON.parse(document.getElementById("preview-start").textContent);
  const KEPT = "preview-kept"; // what a page hands to itself over a reload
  const STATES = ["present", "past", "future"];
  let shown = start.shown;
  let troubles = [];
  const marks = { running: [], waiting: [] };

  const isDeck = () => window.Reveal?.isReady?.() ?? false;
  const isFrame = /receiver/.test(location.search); // one of the speaker view's

  // Open state that stays ------------------------------------------------------------------------

  const PARTS = "details, :is(input, select, textarea):not(.dial *), [role=tablist], .dial, pre, .scrollable";
  const frameOf = (dial) => [...dial.querySelectorAll(":scope > .frame")].findIndex((frame) => !frame.hidden);

  /** What a reader opened, chose and scrolled to, by the part's place in the slide. */
  function stateOf(section) {
    return [...section.querySelectorAll(PARTS)].map((part) => ({
      tag: part.tagName, open: part.open, value: part.value, checked: part.checked,
      tab: part.getAttribute("role") === "tablist"
        ? [...part.children].findIndex((tab) => tab.getAttribute("aria-selected") === "true") : -1,
      dial: part.dataset.dial, frame: part.matches(".dial") ? frameOf(part) : -1,
      top: part.scrollTop, left: part.scrollLeft,
    }));
  }

  function restoreState(section, kept) {
    [...section.querySelectorAll(PARTS)].forEach((part, index) => {
      const was = kept[index];
      if (!was || was.tag !== part.tagName) return;
      if (part.tagName === "DETAILS") part.open = was.open;
      if (part.matches("input, select, textarea")) {
        if (part.type !== "radio") part.value = was.value;
        if (was.checked !== undefined) part.checked = was.checked;
        if (part.type !== "radio" || part.checked) {
          for (const name of ["input", "change"]) part.dispatchEvent(new Event(name, { bubbles: true }));
        }
      }
      if (was.frame >= 0 && part.dataset.dial === was.dial) {
        part.dispatchEvent(new CustomEvent("turn", { detail: was.frame }));
      }
      if (was.tab > 0) part.children[was.tab]?.click();
      part.scrollTop = was.top;
      part.scrollLeft = was.left;
    });
  }

  // Slides ---------------------------------------------------------------------------------------

  function parse(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content.firstElementChild;
  }

  /** Give a slide its new content and attributes; what reveal.js put on it stays. */
  function replaceContent(section, fresh) {
    const kept = stateOf(section);
    const states = STATES.filter((name) => section.classList.contains(name));
    for (const { name } of [...section.attributes]) {
      if (!["style", "hidden", "aria-hidden"].includes(name)) section.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) section.setAttribute(name, value);
    section.classList.add(...states);
    section.replaceChildren(...fresh.childNodes);
    document.dispatchEvent(new CustomEvent("slidecontent", { detail: section }));
    restoreState(section, kept);
  }

  function patchSlides({ order, sections }) {
    const row = document.querySelector(".slides");
    const byId = new Map([...row.children].filter((part) => part.matches("section"))
      .map((section) => [section.id, section]));
    for (const [id, section] of byId) if (!order.includes(id)) section.remove();
    let last = null;
    for (const id of order) {
      let section = byId.get(id);
      const fresh = sections[id] && parse(sections[id]);
      if (section && fresh) replaceContent(section, fresh);
      if (!section) {
        section = fresh;
        row.insertBefore(section, last ? last.nextSibling : row.firstChild);
        document.dispatchEvent(new CustomEvent("slidecontent", { detail: section }));
      } else if (section.previousElementSibling !== last) {
        row.insertBefore(section, last ? last.nextSibling : row.firstChild);
      }
      last = section;
    }
  }

  /** Patch, and come back to the same slide and fragment, or to where the slide was. */
  function patchDeck(message) {
    if (!isDeck()) { patchSlides(message); return; }
    const { f } = Reveal.getIndices();
    const { h } = Reveal.getIndices();
    const current = Reveal.getCurrentSlide();
    const id = current?.id;
    patchSlides(message);
    Reveal.sync();
    const slides = [...document.querySelectorAll(".slides > section")];
    const at = slides.findIndex((slide) => slide.id === id);
    Reveal.slide(at < 0 ? Math.min(h, slides.length - 1) : at, 0, f);
    Reveal.layout();
    // The speaker view hears of notes and fragments only with an event.
    if (!isFrame) Reveal.dispatchEvent({ type: "closeoverlay" });
  }

  function patchAround({ title, footer, styles }) {
    document.title = parse(`<p>${title}</p>`).textContent;
    const old = document.querySelector(".deck-footer > p");
    const fresh = parse(footer)?.querySelector("p");
    if (old && fresh) old.replaceWith(fresh);
    const sheets = [...document.head.querySelectorAll("link[rel=stylesheet], style")];
    styles.forEach((html, index) => {
      if (sheets[index]?.outerHTML === html) return;
      const sheet = parse(html);
      if (!sheets[index]) { document.head.append(sheet); return; }
      sheets[index].after(sheet); // the old one goes when the new one is there, or all would flash
      if (sheet.tagName === "LINK") sheet.addEventListener("load", () => sheets[index].remove());
      else sheets[index].remove();
    });
    sheets.slice(styles.length).forEach((sheet) => sheet.remove());
  }

  // Marks and errors -----------------------------------------------------------------------------

  function element(tag, name, text = "") {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text;
    return made;
  }

  function showMarks() {
    document.querySelectorAll(".preview-mark").forEach((mark) => mark.remove());
    for (const [name, ids] of [["runs", marks.running], ["waits", marks.waiting]]) {
      for (const id of ids) {
        const mark = element("span", `preview-mark ${name}`);
        mark.setAttribute("role", "img");
        mark.setAttribute("aria-label", name === "runs" ? "Running" : "Waiting to run");
        document.getElementById(id)?.append(mark);
      }
    }
  }

  const panel = element("aside", "preview-errors");
  panel.setAttribute("role", "alert");
  panel.hidden = true;

  function article({ slide, place, message, source }, isHere) {
    const made = element("article", "");
    const head = element("h2", "", place);
    if (slide && !isHere) {
      const link = element("a", "", `${place} (on another slide)`);
      link.href = `#/${slide}`;
      head.replaceChildren(link);
    }
    made.append(head, element("p", "", message));
    if (isHere && source.length) {
      const lines = element("pre", "");
      for (const [number, text, atFault] of source) {
        lines.append(element("span", atFault ? "at-fault" : "", `${String(number).padStart(4)}  ${text}`), "\n");
      }
      made.append(lines);
    }
    return made;
  }

  function showTroubles() {
    const here = isDeck() ? Reveal.getCurrentSlide()?.id : "";
    const isHere = ({ slide }) => !slide || slide === here;
    const sorted = [...troubles.filter(isHere), ...troubles.filter((each) => !isHere(each))];
    panel.replaceChildren(...sorted.map((each) => article(each, isHere(each))));
    panel.hidden = !troubles.length;
  }

  // The connection -------------------------------------------------------------------------------

  function reload() {
    if (isDeck()) sessionStorage.setItem(KEPT, JSON.stringify(Reveal.getState()));
    location.reload();
  }

  function receive(message) {
    if (message.reload) { reload(); return; }
    if (message.styles) patchAround(message);
    if (message.order) patchDeck(message);
    shown = message.shown ?? shown;
    troubles = message.troubles ?? troubles;
    marks.running = message.running ?? marks.running;
    marks.waiting = message.waiting ?? marks.waiting;
    showMarks();
    showTroubles();
    document.documentElement.dataset.preview = "connected";
  }

  function connect() {
    const socket = new WebSocket(`ws://${location.host}${start.socket}`);
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify({ lecture: start.lecture, shown }));
    });
    socket.addEventListener("message", ({ data }) => receive(JSON.parse(data)));
    socket.addEventListener("close", () => {
      document.documentElement.dataset.preview = "lost";
      setTimeout(connect, 500);
    });
  }

  function begin() {
    if (isDeck()) {
      const kept = sessionStorage.getItem(KEPT);
      sessionStorage.removeItem(KEPT);
      if (kept) Reveal.setState(JSON.parse(kept));
      Reveal.on("slidechanged", showTroubles);
    }
    connect();
  }

  if (!isFrame) document.body.append(panel);
  if (window.Reveal && !isDeck() && !document.documentElement.classList.contains("page")) {
    Reveal.on("ready", begin);
  } else {
    begin();
  }
})();
