/* Filters the report's rows by text, kind and status. */
(() => {
  "use strict";

  const rows = [...document.querySelectorAll("#rows tbody tr")];
  const [text, kind, status, count] = ["text", "kind", "status", "count"].map((id) => document.getElementById(id));
  const texts = rows.map((row) => row.textContent.toLowerCase());

  function filter() {
    const terms = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row, number) => {
      const rightStatus = status.value === "warned" ? "warned" in row.dataset : !status.value || row.dataset.status === status.value;
      const rightKind = !kind.value || row.dataset.kind === kind.value;
      row.hidden = !(rightKind && rightStatus && terms.every((term) => texts[number].includes(term)));
    });
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = `${shown} of ${rows.length} rows`;
  }

  /** "/" goes to the text, Escape there clears it. */
  function key(event) {
    if (event.key === "/" && document.activeElement !== text) {
      text.focus();
      event.preventDefault();
    } else if (event.key === "Escape" && document.activeElement === text) {
      text.value = "";
      filter();
    }
  }

  const form = document.getElementById("filter");
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", key);
  filter(); // the browser may have kept what was typed
})();
