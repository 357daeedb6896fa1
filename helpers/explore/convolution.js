// Draws a kernel that sweeps over a picture. Every number and sentence comes from Python
// (convolution_words.py); here is only where it stands, and which output cell is the current one.

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, TOP, PANEL, KERNEL, GAP] = [940, 26, 368, 156, 24]; // pixels
const OUTPUT = PANEL + KERNEL + 2 * GAP; // where the output begins
const still = window.matchMedia("(prefers-reduced-motion: reduce)");
let drawings = 0;

function add(parent, name, attributes = {}, text = "") {
  const isSvg = parent.namespaceURI === SVG || name === "svg";
  const node = isSvg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== "") node.textContent = text;
  parent.append(node);
  return node;
}

function addPicture(root, title) {
  const svg = add(root, "svg", { viewBox: `0 0 ${WIDTH} ${TOP + PANEL + 4}`, role: "img",
    "aria-label": title });
  const hatch = `course-hatch-${drawings++}`;
  const pattern = add(add(svg, "defs"), "pattern", { id: hatch, width: 6, height: 6,
    patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  add(pattern, "path", { class: "hatch", d: "M0 0V6" });
  return { svg, hatch, tables: add(svg, "g") };
}

const split = (place, columns) => [Math.floor(place / columns), place % columns];

// One cell of a table, its group placed at its corner.
function addCell(table, row, column, size, kind, text) {
  const group = add(table, "g", { class: `cell ${kind}`,
    transform: `translate(${column * size} ${row * size})` });
  group.shade = add(group, "rect", { width: size, height: size });
  group.number = add(group, "text", { x: size / 2, y: size / 2 + Math.min(15, size * 0.42) * 0.36,
    "font-size": Math.min(15, size * 0.42) }, text);
  return group;
}

function addTable(parent, x, title) {
  add(parent, "text", { class: "title", x, y: 14 }, title);
  return add(parent, "g", { transform: `translate(${x} ${TOP})` });
}

function drawInput(parent, sweep, size, hatch) {
  const table = addTable(parent, 1, sweep.titles.input);
  const { padding, side } = sweep;
  const isRim = (place) => place < padding || place >= side - padding;
  sweep.picture.forEach((line, row) => line.forEach((value, column) => {
    const rim = isRim(row) || isRim(column);
    const cell = addCell(table, row, column, size, rim ? "rim" : "inside", value);
    if (!rim) cell.shade.style.fillOpacity = (0.45 * value) / 9;
    if (sweep.untouched[row][column]) {
      cell.classList.add("untouched");
      const rect = { width: size, height: size, fill: `url(#${hatch})` };
      cell.insertBefore(add(cell, "rect", rect), cell.number);
    }
  }));
  return table;
}

// The marks on the input: a frame on each cell of the window, and one around them all.
function drawWindow(table, sweep, size) {
  const span = (sweep.kernel.length - 1) * sweep.dilation + 1;
  const group = add(table, "g", { class: "window" });
  add(group, "rect", { class: "span", width: span * size, height: span * size });
  sweep.kernel.forEach((line, a) => line.forEach((weight, b) => {
    const [x, y] = [b * sweep.dilation * size, a * sweep.dilation * size];
    add(group, "rect", { class: "tap", x: x + 2, y: y + 2, width: size - 4, height: size - 4 });
    if (size > 29) add(group, "text", { class: "weight", x: x + size - 4, y: y + size - 5 },
      `×${weight}`);
  }));
  return group;
}

function drawSweep(picture, sweep) {
  const { tables, hatch } = picture;
  tables.replaceChildren();
  const size = Math.min(38, (PANEL - 2) / sweep.side);
  const input = drawInput(tables, sweep, size, hatch);
  const kernel = addTable(tables, PANEL + GAP, sweep.titles.kernel);
  const small = Math.min(size, (KERNEL - 8) / sweep.kernel.length);
  sweep.kernel.forEach((line, a) => line.forEach((weight, b) =>
    addCell(kernel, a, b, small, "weights", weight)));
  const table = addTable(tables, OUTPUT, sweep.titles.output);
  const output = sweep.output.map((text, place) => {
    const cell = addCell(table, ...split(place, sweep.output_size), size, "result", text);
    cell.shade.classList.add(sweep.shades[place] < 0 ? "below" : "above");
    cell.shade.style.setProperty("--shade", 0.45 * Math.abs(sweep.shades[place]));
    return cell;
  });
  const marks = output.length > 0 ? drawWindow(input, sweep, size) : null;
  const current = add(table, "rect", { class: "current", width: marks ? size : 0, height: size });
  return { output, marks, current, size };
}

function addSliders(root, plan, model) {
  const box = add(root, "div", { class: "sliders" });
  const sliders = {};
  const change = (name, value) => {
    model.set("settings", { ...model.get("settings"), [name]: value });
    model.save_changes();
  };
  for (const { name, label, low, high } of plan.sliders) {
    const row = add(box, "label", { class: "slider" });
    add(row, "span", {}, label);
    const range = add(row, "input", { type: "range", min: low, max: high, step: 1,
      "aria-label": label, "data-setting": name });
    const value = add(row, "output");
    range.addEventListener("input", () => change(name, Number(range.value)));
    sliders[name] = (number) => { range.value = value.textContent = number; };
  }
  const row = add(box, "label", { class: "slider" });
  add(row, "span", {}, "kernel");
  const select = add(row, "select", { "aria-label": "kernel", "data-setting": "kernel" });
  for (const name of plan.kernels) add(select, "option", { value: name }, name);
  select.addEventListener("change", () => change("kernel", select.value));
  sliders.kernel = (name) => { select.value = name; };
  return sliders;
}

function addTransport(root) {
  const bar = add(root, "div", { class: "transport", role: "group", "aria-label": "output cells" });
  const names = { back: "◀ Back", play: "Play", forward: "Forward ▶" };
  const [back, play, forward] = Object.entries(names).map(([key, text]) =>
    add(bar, "button", { type: "button", "data-press": key }, text));
  const scrub = add(bar, "input", { type: "range", min: 0, step: 1, "data-press": "scrub",
    "aria-label": "output cell" });
  return { back, play, forward, scrub, count: add(bar, "output") };
}

function addLegend(root) {
  const legend = add(root, "p", { class: "legend" });
  for (const [kind, text] of Object.entries({ rim: "dashed: padding, zeros",
    window: "framed: the cells of the window", untouched: "hatched: in no window" })) {
    const item = add(legend, "span");
    add(item, "span", { class: `sample ${kind}`, "aria-hidden": "true" });
    item.append(text);
  }
}

// The sum of the current cell, a line for each row of the kernel.
function writeSum(root, cell) {
  root.replaceChildren();
  add(root, "p", { class: "where" }, cell.where);
  const table = add(root, "div", { class: "products" });
  cell.lines.forEach((line, row) => {
    line.forEach((product, place) =>
      add(table, "span", {}, row + place === 0 ? product : `+ ${product}`));
    add(table, "strong", {}, row === cell.lines.length - 1 ? cell.total : "");
  });
  table.style.gridTemplateColumns = `repeat(${cell.lines.length}, max-content) max-content`;
}

function render({ model, el }) {
  const plan = model.get("plan");
  const root = add(el, "div", { class: "course-convolution" });
  const sliders = addSliders(root, plan, model);
  const formula = add(root, "div", { class: "formula", "aria-live": "polite" });
  const picture = addPicture(root, plan.title);
  addLegend(root);
  const press = addTransport(root);
  const sum = add(root, "div", { class: "sum", "aria-live": "polite" });
  let [sweep, drawn, timer] = [null, null, 0];

  const last = () => sweep.output.length - 1;
  const current = () => Math.max(0, Math.min(model.get("cell"), last()));

  function showSettings() {
    for (const [name, show] of Object.entries(sliders)) show(model.get("settings")[name]);
  }

  function redraw() {
    sweep = model.get("sweep");
    drawn = drawSweep(picture, sweep);
    formula.replaceChildren();
    const lines = [sweep.symbols, sweep.formula, ...sweep.remarks];
    for (const line of lines) add(formula, "p", {}, line);
    press.scrub.max = Math.max(0, last());
    for (const part of [press.play, press.scrub]) part.disabled = last() < 0;
    if (last() < 0) pause();
    move();
  }

  function move() {
    const place = current();
    const empty = last() < 0;
    drawn.output.forEach((cell, other) => cell.classList.toggle("filled", other <= place));
    press.scrub.value = place;
    press.count.textContent = empty ? "no cell" : `cell ${place + 1} of ${last() + 1}`;
    press.scrub.setAttribute("aria-valuetext", press.count.textContent);
    press.back.disabled = empty || place === 0;
    press.forward.disabled = empty || place === last();
    sum.hidden = empty;
    if (empty) return;
    const [row, column] = split(place, sweep.output_size);
    const shift = (steps) => `translate(${column * steps}px, ${row * steps}px)`;
    drawn.marks.style.transform = shift(sweep.stride * drawn.size);
    drawn.current.style.transform = shift(drawn.size);
    writeSum(sum, sweep.cells[place]);
  }

  // The place stays in the page: no message goes to the kernel for a step.
  const go = (place) => model.set("cell", Math.max(0, Math.min(place, last())));

  function pause() {
    clearInterval(timer);
    timer = 0;
    press.play.textContent = "Play";
    sum.setAttribute("aria-live", "polite");
  }

  function play() {
    if (current() === last()) go(0);
    // Twenty seconds for a large output, and no step too short to be followed.
    const pace = Math.max(still.matches ? 800 : 120, Math.min(800, 20000 / (last() + 1)));
    press.play.textContent = "Pause";
    sum.setAttribute("aria-live", "off"); // else every step would be read out
    timer = setInterval(() => {
      if (current() < last()) go(current() + 1);
      if (current() === last()) pause();
    }, pace);
  }

  const jump = (place) => { pause(); go(place); };
  const step = (by, button, other) => {
    jump(current() + by);
    if (button.disabled) other.focus(); // a disabled button loses the focus: hand it on
  };
  press.back.addEventListener("click", () => step(-1, press.back, press.forward));
  press.forward.addEventListener("click", () => step(1, press.forward, press.back));
  press.play.addEventListener("click", () => (timer ? pause() : play()));
  press.scrub.addEventListener("input", () => jump(Number(press.scrub.value)));
  picture.svg.addEventListener("click", (event) => {
    const place = drawn.output.indexOf(event.target.closest(".cell"));
    if (place >= 0) jump(place);
  });

  const watched = Object.entries({ settings: showSettings, sweep: redraw, cell: move });
  for (const [name, act] of watched) model.on(`change:${name}`, act);
  showSettings();
  redraw();
  return () => {
    clearInterval(timer);
    for (const [name, act] of watched) model.off(`change:${name}`, act);
  };
}

export default { render };
