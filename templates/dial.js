/* Dials: of the frames of a swept figure the page shows one, chosen by a slider or by buttons. What is
   chosen stands in the address, as `?dial:gradient-flow:depth:20,activation:relu`: without a `=`, in
   which reveal.js would see an option of its own. The hash stays reveal's. */
(() => {
  "use strict";

  const PREFIX = "dial:";
  const MANY = 5; // words beside each other; more become a list to open
  const live = new Map();
  let made = 0;

  // The deck and the speaker's frames are windows of one address, which follow each other.
  const windows = "BroadcastChannel" in window ? new BroadcastChannel(`proofdeck${location.pathname}`) : null;

  function element(tag, attributes, ...parts) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...parts);
    return node;
  }

  // What is chosen, in the address -------------------------------------------------------------

  const partsOfQuery = () => location.search.replace(/^\?/, "").split("&").filter(Boolean);
  const head = (id) => `${PREFIX}${encodeURIComponent(id)}:`;

  function fromAddress({ id, parameters }, chosen) {
    const part = partsOfQuery().find((each) => each.startsWith(head(id)));
    if (!part) return chosen;
    const given = new Map(part.slice(head(id).length).split(",").map((pair) => pair.split(":").map((text) => {
      try { return decodeURIComponent(text); } catch { return text; }
    })));
    return parameters.map(({ name, values }, n) => {
      const index = values.indexOf(given.get(name));
      return index < 0 ? chosen[n] : index;
    });
  }

  function intoAddress({ id, parameters, first }, chosen) {
    const parts = partsOfQuery().filter((each) => !each.startsWith(head(id)));
    if (chosen.some((index, n) => index !== first[n])) {
      parts.push(head(id) + parameters.map(({ name, values }, n) =>
        `${encodeURIComponent(name)}:${encodeURIComponent(values[chosen[n]])}`).join(","));
    }
    const query = parts.length ? `?${parts.join("&")}` : "";
    try {
      history.replaceState(history.state, "", location.pathname + query + location.hash);
    } catch { /* a page without an address of its own */ }
  }

  // Frames: the last parameter changes first ------------------------------------------------------

  const numberOf = (parameters, chosen) =>
    parameters.reduce((number, { values }, n) => number * values.length + chosen[n], 0);

  function choiceOf(parameters, number) {
    const chosen = [];
    for (const { values } of [...parameters].reverse()) {
      chosen.unshift(number % values.length);
      number = Math.floor(number / values.length);
    }
    return chosen;
  }

  // Controls --------------------------------------------------------------------------------------

  const title = (name) => name.replaceAll("_", " ");

  function slider({ name, values }, choose) {
    const input = element("input", { type: "range", min: 0, max: values.length - 1, step: 1 });
    const output = element("output", {});
    input.addEventListener("input", () => choose(Number(input.value)));
    const show = (index) => {
      input.value = index;
      input.setAttribute("aria-valuetext", values[index]);
      output.textContent = values[index];
    };
    // As wide as its longest value, so that the slider stays where it is.
    output.style.minWidth = `${Math.max(...values.map((value) => value.length))}ch`;
    return [element("label", { class: "dial-slider" }, element("span", {}, title(name)), input, output), show];
  }

  function buttons({ name, values }, choose) {
    made += 1;
    const inputs = values.map((_, index) => {
      const input = element("input", { type: "radio", name: `dial-${made}`, value: index });
      input.addEventListener("change", () => choose(index));
      return input;
    });
    const labels = values.map((value, index) => element("label", {}, inputs[index], value));
    const set = element("fieldset", {}, element("legend", {}, title(name)), ...labels);
    return [set, (index) => { inputs[index].checked = true; }];
  }

  function list({ name, values }, choose) {
    const options = values.map((value, index) => element("option", { value: index }, value));
    const select = element("select", {}, ...options);
    select.addEventListener("change", () => choose(Number(select.value)));
    const set = element("label", { class: "dial-list" }, element("span", {}, title(name)), select);
    return [set, (index) => { select.value = index; }];
  }

  function control(parameter, choose) {
    if (parameter.slides) return slider(parameter, choose);
    return parameter.values.length > MANY ? list(parameter, choose) : buttons(parameter, choose);
  }

  /** Keys that turn pages turn slides also here, as a presenter's remote sends them; all others are
      for the controls, not for reveal. */
  function keepKeys(event) {
    const turns = { PageDown: "next", PageUp: "prev" };
    if (event.key === "Escape") event.target.blur();
    else if (event.key in turns && window.Reveal?.isReady()) Reveal[turns[event.key]]();
    else { event.stopPropagation(); return; }
    event.preventDefault();
    event.stopPropagation();
  }

  // A dial ------------------------------------------------------------------------------------------

  function makeDial(dial) {
    const told = JSON.parse(dial.dataset.dial);
    const { id, parameters } = told;
    const frames = [...dial.querySelectorAll(":scope > .frame")];
    told.first = choiceOf(parameters, told.start);
    let chosen = fromAddress(told, told.first);
    const status = element("p", { role: "status", class: "visually-hidden" });

    function show() {
      frames.forEach((frame, number) => { frame.hidden = number !== numberOf(parameters, chosen); });
      shows.forEach((each, n) => each(chosen[n]));
    }
    function turn(now) {
      chosen = now;
      show();
      intoAddress(told, chosen);
    }
    function choose(n, index) {
      turn(chosen.with(n, index));
      windows?.postMessage({ id, chosen });
      const pictures = frames[numberOf(parameters, chosen)].querySelectorAll("img:not(.on-dark)");
      status.textContent = [...pictures].map((picture) => picture.alt).join(" ");
    }
    const made = parameters.map((parameter, n) => control(parameter, (index) => choose(n, index)));
    const shows = made.map(([, each]) => each);
    const controls = element("div", { class: "dial-controls", role: "group", "aria-label": "Settings of the figure" });
    controls.append(...made.map(([node]) => node));
    controls.addEventListener("keydown", keepKeys);
    dial.prepend(controls, status);
    dial.addEventListener("turn", ({ detail }) => turn(choiceOf(parameters, detail)));
    live.set(id, turn);
    show();
  }

  /** Make the dials inside `root` that have no controls yet. */
  function makeDials(root) {
    for (const dial of root.querySelectorAll(".dial")) {
      if (!dial.querySelector(":scope > .dial-controls")) makeDial(dial);
    }
  }

  windows?.addEventListener("message", ({ data }) => live.get(data.id)?.(data.chosen));
  window.proofdeckDials = makeDials;
  makeDials(document);
})();
