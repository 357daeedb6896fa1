// Draws a computational graph. Every number and sentence comes from Python (graph_words.py);
// here is only where it stands, and which nodes are lit in the step-by-step mode.

const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 27;
const GAP = 4; // between the line of values and the line of gradients

function add(parent, name, attributes = {}, text = "") {
  const isSvg = parent.namespaceURI === SVG || name === "svg";
  const node = isSvg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  parent.append(node);
  return node;
}

function drawEdge(svg, edge, places) {
  const [x1, y1] = places[edge.parent];
  const [x2, y2] = places[edge.child];
  const length = Math.hypot(x2 - x1, y2 - y1);
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  const group = add(svg, "g", {
    class: "edge",
    transform: `translate(${x1} ${y1}) rotate(${angle})`,
  });
  const [from, to] = [RADIUS + 3, length - RADIUS - 3];
  add(group, "path", { class: "line forward", d: `M${from} ${-GAP}H${to}`,
    "marker-end": "url(#course-forward)" });
  add(group, "path", { class: "dots forward", d: `M${from} ${-GAP}H${to - 8}` });
  add(group, "path", { class: "line backward", d: `M${to} ${GAP}H${from}`,
    "marker-end": "url(#course-backward)" });
  add(group, "path", { class: "dots backward", d: `M${to} ${GAP}H${from + 8}` });
  const middle = from + (to - from) * edge.along;
  const parts = { group };
  parts.value = add(group, "text", { class: "forward number", x: middle, y: -17 });
  parts.share = add(group, "text", { class: "backward number", x: middle, y: 27 });
  parts.box = add(group, "rect", { class: "local", x: middle - 24, y: -10, width: 48, height: 20, rx: 4 });
  parts.local = add(group, "text", { class: "local number", x: middle, y: 4.5 });
  parts.title = add(group, "title");
  return parts;
}

function drawNode(svg, node) {
  const [x, y] = node.place;
  const group = add(svg, "g", { class: "node", transform: `translate(${x} ${y})`,
    tabindex: "0", role: "img" });
  add(group, "circle", { r: RADIUS });
  add(group, "text", { class: "name", y: 6 }, node.label);
  return {
    group,
    value: add(group, "text", { class: "forward number", y: -RADIUS - 10 }),
    total: add(group, "text", { class: "backward number", y: RADIUS + 20 }),
    paths: add(group, "text", { class: "backward number", y: RADIUS + 37 }),
  };
}

function drawGraph(root, layout) {
  const [width, height] = layout.size;
  const svg = add(root, "svg", { viewBox: `0 0 ${width} ${height}`, role: "group",
    "aria-label": layout.title });
  svg.style.maxWidth = `${width}px`;
  const defs = add(svg, "defs");
  for (const way of ["forward", "backward"]) {
    const marker = add(defs, "marker", { id: `course-${way}`, viewBox: "0 0 8 8", refX: 7, refY: 4,
      markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" });
    add(marker, "path", { class: `head ${way}`, d: "M0 0L8 4L0 8Z" });
  }
  const places = Object.fromEntries(layout.nodes.map((node) => [node.name, node.place]));
  const edges = layout.edges.map((edge) => drawEdge(svg, edge, places));
  const nodes = Object.fromEntries(layout.nodes.map((node) => [node.name, drawNode(svg, node)]));
  return { svg, edges, nodes };
}

function drawSliders(root, layout, model) {
  const sliders = {};
  const start = model.get("inputs");
  let folded = null;
  const open = add(root, "div", { class: "sliders" });
  for (const input of layout.inputs) {
    if (input.folded && !folded) {
      const details = add(root, "details");
      add(details, "summary", {}, "Weights and biases");
      folded = add(details, "div", { class: "sliders" });
    }
    const row = add(input.folded ? folded : open, "label", { class: "slider" });
    add(row, "span", { class: "name" }, input.label);
    const range = add(row, "input", { type: "range", min: input.low, max: input.high,
      step: input.step, "aria-label": input.label, "data-input": input.name });
    range.value = start[input.name];
    const value = add(row, "output", { class: "forward" });
    const gradient = add(row, "span", { class: "backward gradient" });
    range.addEventListener("input", () => {
      model.set("inputs", { ...model.get("inputs"), [input.name]: Number(range.value) });
      model.save_changes();
    });
    sliders[input.name] = { range, value, gradient };
  }
  return sliders;
}

function render({ model, el }) {
  const layout = model.get("plan");
  const root = add(el, "div", { class: "course-graph" });
  const legend = add(root, "p", { class: "legend" });
  add(legend, "span", { class: "forward" }, "→ value, above the edge");
  add(legend, "span", { class: "backward" }, "⇠ gradient, below the edge");
  add(legend, "span", { class: "local" }, "▭ local derivative, on the edge");
  const { svg, edges, nodes } = drawGraph(root, layout);
  const sentence = add(root, "p", { class: "sentence", "aria-live": "polite" });
  const summary = add(root, "p", { class: "summary" });
  const buttons = add(root, "div", { class: "buttons", role: "toolbar",
    "aria-label": "Go through the graph node by node" });
  const sliders = drawSliders(root, layout, model);

  // How many nodes are lit: in the order of the computation, then in the opposite order.
  const order = layout.nodes.map((node) => node.name);
  const stage = { forward: order.length, backward: order.length, chosen: null };
  const hasValue = (name) => order.indexOf(name) < stage.forward;
  const hasGradient = (name) => order.length - 1 - order.indexOf(name) < stage.backward;

  function write() {
    const texts = model.get("texts");
    for (const [name, parts] of Object.entries(nodes)) {
      const { value, total, paths } = texts.nodes[name];
      parts.value.textContent = value;
      parts.total.textContent = total;
      parts.paths.textContent = paths;
      const seen = [hasValue(name) ? value : "", hasGradient(name) ? total : ""];
      parts.group.setAttribute("aria-label", seen.filter(Boolean).join(", ") || name);
    }
    edges.forEach((parts, place) => {
      const text = texts.edges[place];
      parts.value.textContent = text.value;
      parts.local.textContent = text.local;
      parts.share.textContent = text.share;
      parts.title.textContent = `${text.local_name} = ${text.local}`;
    });
    for (const [name, parts] of Object.entries(sliders)) {
      parts.value.textContent = texts.inputs[name].value;
      parts.gradient.textContent = texts.inputs[name].gradient;
      parts.range.setAttribute("aria-valuetext", texts.inputs[name].value);
    }
    speak(texts);
  }

  function speak(texts) {
    const complete = stage.backward === order.length;
    summary.textContent = complete ? texts.summary : "";
    if (!stage.chosen) {
      sentence.textContent = complete
        ? "Drag a slider, or point at a node to read how its numbers come about."
        : "Press Forward step: the values come first.";
      return;
    }
    const { name, way } = stage.chosen;
    const said = [texts.nodes[name].forward];
    if (way === "backward" || hasGradient(name)) said.push(texts.nodes[name].backward);
    sentence.textContent = way === "backward" ? said[1] : said.join("   |   ");
  }

  function light() {
    for (const [name, parts] of Object.entries(nodes)) {
      parts.group.classList.toggle("has-value", hasValue(name));
      parts.group.classList.toggle("has-gradient", hasGradient(name));
      parts.group.classList.toggle("chosen", stage.chosen?.name === name);
    }
    layout.edges.forEach((edge, place) => {
      edges[place].group.classList.toggle("has-value", hasValue(edge.child));
      edges[place].group.classList.toggle("has-gradient", hasGradient(edge.parent));
    });
    for (const [name, parts] of Object.entries(sliders)) {
      parts.gradient.style.visibility = stage.backward === order.length ? "" : "hidden";
    }
    press.forward.disabled = stage.forward === order.length;
    press.backward.disabled = !press.forward.disabled || stage.backward === order.length;
    write();
  }

  function step(way) {
    const name = order[way === "forward" ? stage.forward : order.length - 1 - stage.backward];
    stage[way] += 1;
    stage.chosen = { name, way };
    light();
    // A finished pass disables the button that has the focus: hand the focus on.
    if (press[way].disabled) (way === "forward" ? press.backward : press.restart).focus();
  }

  function set(lit) {
    Object.assign(stage, { forward: lit, backward: lit, chosen: null });
    light();
    if (lit === 0) press.forward.focus();
  }

  const press = {};
  for (const [key, label, act] of [
    ["restart", "Start over", () => set(0)],
    ["forward", "Forward step", () => step("forward")],
    ["backward", "Backward step", () => step("backward")],
    ["all", "Show all", () => set(order.length)],
  ]) {
    press[key] = add(buttons, "button", { type: "button", "data-press": key }, label);
    press[key].addEventListener("click", act);
  }

  for (const [name, parts] of Object.entries(nodes)) {
    const choose = () => {
      if (!hasValue(name)) return;
      stage.chosen = { name, way: "both" };
      light();
    };
    parts.group.addEventListener("pointerenter", choose);
    parts.group.addEventListener("focus", choose);
  }

  let stop = 0;
  const flow = () => {
    svg.classList.add("flowing");
    clearTimeout(stop);
    stop = setTimeout(() => svg.classList.remove("flowing"), 700);
    write();
  };
  model.on("change:texts", flow);
  light();
  return () => {
    clearTimeout(stop);
    model.off("change:texts", flow);
  };
}

export default { render };
