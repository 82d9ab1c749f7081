/* Interactive figures of Plotly and Altair: drawn when their slide is first shown, since a slide that is
   not shown has no size. */
(() => {
  "use strict";

  const draw = {
    plotly(place, { data, layout = {}, frames }) {
      const { width = 700, height = 450 } = layout;
      return Plotly.newPlot(place, { data, layout: { ...layout, width, height }, frames, config: { displaylogo: false } });
    },
    vega: (place, spec) => vegaEmbed(place, spec, { renderer: "svg", actions: false }),
  };

  function drawShown() {
    for (const place of document.querySelectorAll(".chart:not(.drawn)")) {
      if (!place.checkVisibility()) continue;
      const told = JSON.parse(place.querySelector("script").textContent);
      place.classList.add("drawn");
      const drawing = place.appendChild(document.createElement("div"));
      draw[place.dataset.kind](drawing, told).then(() => {
        const nameless = [drawing, ...drawing.querySelectorAll("*")]
          .filter((part) => part.role === "graphics-document" && !part.ariaLabel);
        nameless.forEach((part) => { part.ariaLabel = place.ariaLabel; });
      });
    }
  }

  const watch = new IntersectionObserver(drawShown);

  /** Draw the figures inside `root` when they are shown. */
  function watchCharts(root) {
    root.querySelectorAll(".chart:not(.drawn)").forEach((place) => watch.observe(place));
    drawShown();
  }

  document.addEventListener("slidecontent", ({ detail }) => watchCharts(detail)); // the live preview's
  watchCharts(document);
})();
