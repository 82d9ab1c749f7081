/* The deck's own scripts. Plain functions on the page that Pandoc and the template made; everything
   works from a file:// address, and (but for stepping) also when a phone shows the deck as a page. */
(() => {
  "use strict";

  const REVEAL_DEFAULTS = {
    width: 1280,
    height: 720,
    margin: 0, // the slides bring their own, so that they fill a 16:9 screen
    center: false,
    display: "flex", // theme.css lays a slide out as a column, where figures take the space left
    hash: true,
    navigationMode: "linear",
    slideNumber: "c/t",
    showSlideNumber: "all",
    transition: "none",
    backgroundTransition: "none",
    controlsTutorial: false,
    pdfSeparateFragments: false,
    pdfMaxPagesPerSlide: 1,
    scrollActivationWidth: null, // narrow screens: html.page instead of reveal's scroll view
  };
  const root = document.documentElement;
  const slides = document.querySelector(".slides");
  const footer = document.querySelector(".deck-footer");
  const storage = {
    get(key) { try { return localStorage.getItem(`proofdeck-${key}`); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(`proofdeck-${key}`, value); } catch { /* private mode */ } },
  };

  function element(tag, attributes, text = "") {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  }

  // Theme: light or dark -----------------------------------------------------------------------

  function switchTheme() {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    storage.set("theme", root.dataset.theme);
  }

  /** Windows of one deck, as the speaker's frames, have one theme; all decks have one choice of tabs. */
  function follow({ key, newValue }) {
    if (key === "proofdeck-theme" && newValue) root.dataset.theme = newValue;
    if (key?.startsWith("proofdeck-tab-") && newValue) showTabs(setsOf(key.slice(14)), newValue);
  }

  // Copy button on each code block -------------------------------------------------------------

  async function copyText(text) {
    if (navigator.clipboard) {
      try { return await navigator.clipboard.writeText(text); } catch { /* not allowed here */ }
    }
    const area = document.body.appendChild(element("textarea", { class: "visually-hidden" }, text));
    area.select();
    document.execCommand("copy"); // old, but what file:// pages without a clipboard have
    area.remove();
  }

  function addCopyButton(block) {
    const button = element("button", { type: "button", class: "copy", "aria-label": "Copy code" });
    button.addEventListener("click", async () => {
      await copyText(block.querySelector("code").textContent);
      button.classList.add("copied");
      button.setAttribute("aria-label", "Copied");
      button.focus();
      setTimeout(() => {
        button.classList.remove("copied");
        button.setAttribute("aria-label", "Copy code");
      }, 1500);
    });
    block.append(button);
  }

  // Code line stepping -------------------------------------------------------------------------

  /** "|3|5-7,9" -> [[], [[3, 3]], [[5, 7], [9, 9]]]: for each step the line ranges to highlight. */
  function parseSteps(text) {
    return text.split("|").map((step) => step.split(",").filter((range) => /\d/.test(range))
      .map((range) => range.split("-").map(Number))
      .map(([first, last = first]) => [first, last]));
  }

  /** Each step after the first becomes an empty fragment, so that next and previous walk through. */
  function addCodeSteps(block) {
    const steps = parseSteps(block.dataset.codeLineNumbers);
    for (let step = 1; step < steps.length; step += 1) {
      block.append(element("span", { class: "fragment code-step", "aria-hidden": "true" }));
    }
    highlightLines(block);
  }

  function highlightLines(block) {
    const steps = parseSteps(block.dataset.codeLineNumbers);
    const printing = root.classList.contains("reveal-print");
    const ranges = printing ? [] : steps[block.querySelectorAll(".code-step.visible").length] || [];
    block.classList.toggle("stepping", ranges.length > 0);
    block.querySelectorAll("code > span").forEach((line, index) => {
      const on = ranges.some(([first, last]) => first <= index + 1 && index + 1 <= last);
      line.classList.toggle("on", on);
    });
  }

  // Tabs ---------------------------------------------------------------------------------------

  function makeTabs(set, number) {
    const panels = [...set.querySelectorAll(":scope > .tab")];
    const list = element("div", { role: "tablist", "aria-label": set.dataset.group || "Tabs" });
    const tabs = panels.map((panel, index) => {
      panel.id ||= `tabs-${number}-${index}`;
      const tab = element("button", {
        type: "button", role: "tab", id: `${panel.id}-tab`, "aria-controls": panel.id,
      }, panel.dataset.title);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      tab.addEventListener("click", () => chooseTab(set, panel.dataset.title));
      return list.appendChild(tab);
    });
    list.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -tabs.length, End: tabs.length };
      if (!(event.key in moves)) return;
      const at = tabs.indexOf(document.activeElement) + moves[event.key];
      const tab = tabs[Math.min(Math.max(at, 0), tabs.length - 1)];
      tab.focus();
      tab.click();
      event.preventDefault();
      event.stopPropagation(); // or reveal would change the slide
    });
    set.prepend(list);
    const kept = set.dataset.group && storage.get(`tab-${set.dataset.group}`);
    showTab(set, panels.some((panel) => panel.dataset.title === kept) ? kept : panels[0].dataset.title);
  }

  function showTab(set, title) {
    for (const panel of set.querySelectorAll(":scope > .tab")) {
      const chosen = panel.dataset.title === title;
      const tab = document.getElementById(`${panel.id}-tab`);
      panel.hidden = !chosen;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
      // Steps of a hidden tab must not cost the presenter key presses.
      for (const part of panel.querySelectorAll(".fragment, .fragment-off")) {
        part.classList.toggle("fragment", chosen);
        part.classList.toggle("fragment-off", !chosen);
      }
    }
  }

  /** Sets of one group change together, on all slides and, being stored, in all lectures. */
  function chooseTab(set, title) {
    const group = set.dataset.group;
    showTabs(group ? setsOf(group) : [set], title);
    if (group) storage.set(`tab-${group}`, title);
  }

  function setsOf(group) {
    return [...document.querySelectorAll(".panel-tabset")].filter((set) => set.dataset.group === group);
  }

  function showTabs(sets, title) {
    const has = (set) => [...set.children].some((panel) => panel.dataset.title === title);
    sets.filter(has).forEach((set) => showTab(set, title));
    if (Reveal.isReady()) Reveal.sync();
  }

  // Slides -------------------------------------------------------------------------------------

  /** What can be known only once a slide is shown: which steps are on, which boxes scroll. */
  function refresh() {
    document.querySelectorAll("[data-code-line-numbers]").forEach(highlightLines);
    const boxes = ".present pre, .present.scrollable, .present details, .page :is(pre, table, .katex-display)";
    document.querySelectorAll(boxes).forEach((box) => {
      if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
    });
  }

  /** Landmarks: reveal calls itself an application, which keeps screen readers from reading code
      line by line, and puts the slide number beside the page's regions. It also has each slide
      read aloud as one text without an end, in place of which `announce` stands. */
  function mendLandmarks() {
    Reveal.getRevealElement().removeAttribute("role");
    const number = document.querySelector(".slide-number");
    if (number) footer.append(number);
    const readAloud = document.querySelector(".aria-status");
    readAloud.removeAttribute("aria-live");
    readAloud.setAttribute("aria-hidden", "true");
  }

  // What screen readers are told -----------------------------------------------------------------

  const announcer = element("p", { role: "status", class: "visually-hidden" });

  /** Text as it is read: formulas once, as MathML. */
  function spoken(part) {
    const copy = part.cloneNode(true);
    copy.querySelectorAll("[aria-hidden=true], annotation, .copy").forEach((hidden) => hidden.remove());
    return copy.textContent.trim().replace(/\s+/g, " ");
  }

  /** Say which slide has come, and let reading and the tabulator key go on at its head. */
  function announce() {
    const slide = Reveal.getCurrentSlide();
    const title = slide.querySelector("h1, h2, h3");
    const number = `Slide ${Reveal.getSlidePastCount() + 1} of ${Reveal.getTotalSlides()}`;
    announcer.textContent = title?.textContent ? `${spoken(title)}. ${number}` : number;
    const focused = document.activeElement;
    if (focused !== document.body && !focused.closest(".slides section:not(.present)")) return;
    slide.tabIndex = -1;
    slide.focus({ preventScroll: true });
  }

  /** Say what a step has brought: its text, or the lines that it points at. */
  function announceStep({ fragments }) {
    const lines = (block) => [...block.querySelectorAll("code > span")]
      .flatMap((line, index) => (line.classList.contains("on") ? [index + 1] : []));
    announcer.textContent = fragments.map((step) => {
      if (!step.matches(".code-step")) return spoken(step);
      return `Lines ${lines(step.closest("[data-code-line-numbers]")).join(", ")}`;
    }).join(" ");
  }

  const OPENED = ".claim-badge, .exercise-part";

  /** Space and Enter on a button, link or summary are for it, not for reveal's "next slide"; so are
      the keys that scroll, in what is opened. */
  function keepKeysOfControls(event) {
    const isControl = event.target.closest("button, a, summary, input");
    const isOpened = event.target.closest(OPENED) && !event.target.matches("summary");
    if (isControl && (event.key === " " || event.key === "Enter")) event.stopPropagation();
    if (isOpened && (event.key === "ArrowUp" || event.key === "ArrowDown")) event.stopPropagation();
  }

  /** What is opened on a slide lies over it, beside its own summary: at the slide's foot, or at its
      head where it does not fit below the summary and there is more room above. */
  function placeOpened({ target }) {
    if (!target.matches(OPENED)) return;
    const slide = target.closest("section").getBoundingClientRect();
    const [summary, ...inner] = [...target.children].map((part) => part.getBoundingClientRect());
    const [over, under] = [summary.top - slide.top, slide.bottom - summary.bottom];
    const needed = inner.at(-1).bottom - inner[0].top + 0.09 * slide.height; // edge, gap, padding: 62 of 720
    const above = needed > under && over > under;
    target.classList.toggle("above", above);
    if (needed > Math.max(over, under)) target.children[1].tabIndex = 0; // from there it scrolls by keyboard
    target.style.setProperty("--room", `${(100 * (above ? over : under)) / slide.height}%`);
  }

  // Print --------------------------------------------------------------------------------------

  function openFolds() {
    document.querySelectorAll("details.code-fold").forEach((details) => { details.open = true; });
  }

  /** The browser's print command prints the deck as a page; ?print-pdf prints slides. */
  function printAsPage() {
    if (root.classList.contains("reveal-print") || root.classList.contains("page")) return;
    openFolds();
    root.classList.add("page");
    addEventListener("afterprint", () => root.classList.remove("page"), { once: true });
  }

  function finishPrintedSlides() {
    openFolds();
    footer.querySelector(".slide-number")?.remove(); // reveal numbers the pages
    document.querySelectorAll(".pdf-page").forEach((page) => page.append(footer.cloneNode(true)));
    refresh();
  }

  // Start --------------------------------------------------------------------------------------

  function startDeck() {
    const options = JSON.parse(document.getElementById("reveal-options").textContent);
    Reveal.initialize({
      ...REVEAL_DEFAULTS, ...options, plugins: [RevealNotes, RevealSearch, RevealZoom],
    });
    for (const event of ["ready", "slidechanged", "fragmentshown", "fragmenthidden"]) {
      Reveal.on(event, refresh);
    }
    Reveal.on("pdf-ready", finishPrintedSlides);
    Reveal.on("ready", mendLandmarks);
    Reveal.on("slidechanged", announce);
    Reveal.on("fragmentshown", announceStep);
    Reveal.addKeyBinding({ keyCode: 84, key: "T", description: "Light or dark theme" }, switchTheme);
  }

  /** The deck as a page: pictures that reveal would load are loaded here, deep links scroll. */
  function startPage() {
    for (const image of slides.querySelectorAll("img[data-src]")) image.src = image.dataset.src;
    const follow = () => {
      const name = decodeURIComponent(location.hash.replace(/^#\/?/, "")).split("/")[0];
      document.getElementById(name)?.scrollIntoView();
    };
    addEventListener("hashchange", follow);
    addEventListener("load", () => { follow(); refresh(); });
  }

  let tabsets = 0;

  /** Give the parts of a slide, or of all, what they need to work. */
  function enliven(part) {
    part.querySelectorAll("div.sourceCode").forEach(addCopyButton);
    part.querySelectorAll("[data-code-line-numbers]").forEach(addCodeSteps);
    part.querySelectorAll(".panel-tabset").forEach((set) => makeTabs(set, tabsets++));
    window.proofdeckDials(part);
  }

  footer.append(announcer);
  enliven(slides);
  document.addEventListener("slidecontent", ({ detail }) => enliven(detail)); // the live preview's
  slides.addEventListener("keydown", keepKeysOfControls);
  slides.addEventListener("toggle", placeOpened, true);
  addEventListener("beforeprint", printAsPage);
  addEventListener("storage", follow);
  // Turning a phone changes between slides and page.
  screen.orientation?.addEventListener("change", () => location.reload());
  if (root.classList.contains("page")) startPage(); else startDeck();
})();
