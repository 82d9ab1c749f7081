/* Search over the slides of all lectures, as one types. The index is JSON in the page, so that it
   works from a file:// address; a few hundred slides need no more than a look at each. */
(() => {
  "use strict";

  const root = document.documentElement;
  const slides = JSON.parse(document.getElementById("slides").textContent);
  const query = document.getElementById("query");
  const results = document.getElementById("results");
  const lectures = document.getElementById("lectures");
  const count = document.getElementById("count");
  const MOST_RESULTS = 50;
  const EXCERPT = 160; // characters

  const fold = (text) => text.normalize("NFC").toLowerCase();
  const index = slides.map((slide) => ({ ...slide, inTitle: fold(slide.title), inText: fold(slide.text) }));

  /** Slides that have all the terms; those with most of them in the title come first. */
  function find(terms) {
    const inTitle = (slide) => terms.filter((term) => slide.inTitle.includes(term)).length;
    return index
      .filter((slide) => terms.every((term) => slide.inTitle.includes(term) || slide.inText.includes(term)))
      .sort((a, b) => inTitle(b) - inTitle(a));
  }

  /** The text around the first term, whole words. */
  function excerpt(slide, terms) {
    const places = terms.map((term) => slide.inText.indexOf(term)).filter((place) => place >= 0);
    const first = Math.min(...places, slide.text.length);
    const from = first < EXCERPT / 2 || !places.length ? 0 : slide.text.indexOf(" ", first - EXCERPT / 2) + 1;
    const cut = slide.text.slice(from, from + EXCERPT);
    const end = from + EXCERPT < slide.text.length ? cut.lastIndexOf(" ") : cut.length;
    return (from ? "… " : "") + cut.slice(0, end) + (end < cut.length ? " …" : "");
  }

  /** Appends `text` to `parent` with the terms in <mark>. */
  function appendMarked(parent, text, terms) {
    const escaped = terms.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    text.split(new RegExp(`(${escaped.join("|")})`, "i")).forEach((part, odd) => {
      if (odd % 2) parent.appendChild(document.createElement("mark")).textContent = part;
      else parent.append(part);
    });
  }

  function resultItem(slide, terms) {
    const item = document.createElement("li");
    const link = item.appendChild(document.createElement("a"));
    link.href = slide.url;
    const part = (name) => {
      const made = link.appendChild(document.createElement("span"));
      made.className = name;
      return made;
    };
    appendMarked(part("title"), slide.title || "Slide without a title", terms);
    part("lecture").textContent = ` · ${slide.lecture}`;
    appendMarked(part("excerpt"), excerpt(slide, terms), terms);
    return item;
  }

  function search() {
    const terms = fold(query.value).split(/\s+/).filter(Boolean);
    const found = terms.length ? find(terms) : [];
    results.replaceChildren(...found.slice(0, MOST_RESULTS).map((slide) => resultItem(slide, terms)));
    results.hidden = !found.length;
    lectures.hidden = terms.length > 0;
    count.textContent = !terms.length ? ""
      : found.length > MOST_RESULTS ? `${found.length} slides, the first ${MOST_RESULTS} shown`
        : found.length === 1 ? "1 slide" : `${found.length || "No"} slides`;
  }

  /** "/" goes to the search box, arrows walk through box and results, Escape clears. */
  function walk(event) {
    if (event.key === "/" && document.activeElement !== query) {
      query.focus();
      event.preventDefault();
    } else if (event.key === "Escape") {
      query.value = "";
      search();
      query.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const stops = [query, ...results.querySelectorAll("a")];
      const at = stops.indexOf(document.activeElement);
      const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (at < 0 || !next) return;
      next.focus();
      event.preventDefault();
    }
  }

  function switchTheme() {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("proofdeck-theme", root.dataset.theme); } catch { /* private mode */ }
  }

  query.addEventListener("input", search);
  query.form.addEventListener("submit", (event) => {
    event.preventDefault();
    results.querySelector("a")?.click();
  });
  document.addEventListener("keydown", walk);
  document.getElementById("theme").addEventListener("click", switchTheme);
  search(); // the browser may have kept the query
})();
